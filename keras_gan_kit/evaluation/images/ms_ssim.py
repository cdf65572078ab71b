"""Computes the multi-scale structural similarity of pairs of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.images._structure import (
    SCALE_WEIGHTS,
    blocks_of,
    check_size,
    pairs_of,
    structure,
)


def ms_ssim(
    first: Any, second: Any, *, weights: Sequence[float] = SCALE_WEIGHTS
) -> NDArray[np.float64]:
    """Computes the multi-scale structural similarity (MS-SSIM) of pairs of images.

    Wang et al. 2003 (Asilomar): the product of the contrast and structure terms of all scales but
    the last and of the SSIM of the last scale, each raised to the power of the scale's weight. Each
    scale halves the size by averaging 2 x 2 pixels. As in torchmetrics, negative terms count as 0,
    and the contrast and structure term is averaged only where the window fits in the image.

    Args:
        first: Images of shape (n, height, width, channels), floats in [-1, 1] or uint8. The
            smallest scale must have 11 x 11 pixels: five scales need 176 x 176.
        second: Images of the same shape.
        weights: The exponent of each scale, the largest size first. For smaller images, pass fewer
            weights.

    Returns:
        The similarity of each pair, shape (n,), in [0, 1].

    Raises:
        TypeError: If an argument is not an array of floats or uint8.
        ValueError: If shapes differ or are too small, pixels are out of range, or a weight is not
            positive.

    Example:
        >>> images = np.random.default_rng(0).uniform(-1, 1, (2, 24, 24, 1)).astype("float32")
        >>> ms_ssim(images, images, weights=(0.5, 0.5)).tolist()
        [1.0, 1.0]
    """
    if not len(weights):
        raise invalid("weights", received="no weights", expected="at least one", fix="pass (1.0,)")
    exponents = [
        number(
            "weights",
            weight,
            lambda weight: weight > 0,
            received=repr(weights),
            expected="one positive number per scale",
            fix="pass for example weights=(0.3, 0.4, 0.3)",
        )
        for weight in weights
    ]
    one, other = pairs_of(first, second)
    check_size(one, len(exponents))
    parts = [_of_scales(one[rows], other[rows], exponents) for rows in blocks_of(len(one), one)]
    return np.concatenate([np.zeros(0), *parts])


def _of_scales(
    first: NDArray[Any], second: NDArray[Any], exponents: Sequence[float]
) -> NDArray[np.float64]:
    product: NDArray[np.float64] = np.ones(len(first))
    for scale, exponent in enumerate(exponents):
        if scale:
            first, second = _halved(first), _halved(second)
        whole, contrast = structure(first, second)
        term = whole if scale == len(exponents) - 1 else contrast
        product *= np.maximum(term, 0.0) ** exponent
    return product


def _halved(images: NDArray[Any]) -> NDArray[np.float64]:
    height, width = (side // 2 * 2 for side in images.shape[1:3])
    whole = images[:, :height, :width].astype(np.float64)
    pooled: NDArray[np.float64] = (
        whole[:, ::2, ::2] + whole[:, 1::2, ::2] + whole[:, ::2, 1::2] + whole[:, 1::2, 1::2]
    ) / 4
    return pooled
