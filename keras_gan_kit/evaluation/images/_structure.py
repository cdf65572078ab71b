"""Computes the terms of structural similarity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.samples._image_arrays import image_array

RADIUS = 5  # radius of the 11 x 11 window in pixels
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003
_SIGMA = 1.5
_RANGE = 2.0  # of pixels in [-1, 1]
_C1, _C2 = (0.01 * _RANGE) ** 2, (0.03 * _RANGE) ** 2
_AT_ONCE = 2**22  # pixels, which take a few hundred MB


def pairs_of(first: Any, second: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Validates two sets of images that are compared pairwise.

    Raises:
        TypeError: If a set is not an array of floats or uint8.
        ValueError: If their shapes differ or pixels are out of range.
    """
    images = image_array("first", first), image_array("second", second)
    if images[0].shape != images[1].shape:
        raise invalid(
            "second",
            received=f"images of shape {images[1].shape}",
            expected=f"the shape of `first`: {images[0].shape}",
            fix="pass pairs of images of the same size",
        )
    return images


def check_size(images: NDArray[Any], scales: int = 1) -> None:
    """Checks that the smallest scale is at least as large as the window.

    Raises:
        ValueError: If the images are too small.
    """
    smallest = (2 * RADIUS + 1) * 2 ** (scales - 1)
    if min(images.shape[1:3]) < smallest:
        raise invalid(
            "first",
            received=f"images of {images.shape[1]} x {images.shape[2]} pixels",
            expected=f"at least {smallest} x {smallest} for {scales} scales",
            fix="pass fewer `weights`, one per scale"
            if scales > 1
            else "enlarge the images, or compare features instead",
        )


def blocks_of(count: int, images: NDArray[Any]) -> list[slice]:
    """Splits `count` pairs into blocks of limited memory."""
    size = max(1, _AT_ONCE // max(1, images[0].size))
    return [slice(start, start + size) for start in range(0, count, size)]


def structure(
    first: NDArray[Any], second: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Computes the mean structural similarity and the mean contrast term of pairs of images.

    Moments are weighted by a Gaussian window. As in torchmetrics, the similarity is averaged over
    all pixels, with the image reflected at its border, but the contrast term only over pixels where
    the window fits in the image.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    mean_a, mean_b = _window(a), _window(b)
    # Rounding may make the variance of constant areas negative.
    variance_a = np.maximum(_window(a * a) - mean_a**2, 0.0)
    variance_b = np.maximum(_window(b * b) - mean_b**2, 0.0)
    covariance = _window(a * b) - mean_a * mean_b
    contrast = (2 * covariance + _C2) / (variance_a + variance_b + _C2)
    brightness = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    axes = (1, 2, 3)
    inner = contrast[:, RADIUS:-RADIUS, RADIUS:-RADIUS]
    return (brightness * contrast).mean(axis=axes), inner.mean(axis=axes)


def _window(images: NDArray[Any]) -> NDArray[np.float64]:
    from scipy.ndimage import correlate1d

    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / _SIGMA) ** 2)
    weights /= weights.sum()
    rows = correlate1d(images, weights, axis=1, mode="mirror")  # the edge is not repeated
    found: NDArray[np.float64] = correlate1d(rows, weights, axis=2, mode="mirror")
    return found
