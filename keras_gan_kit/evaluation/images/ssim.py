"""Computes the structural similarity of pairs of images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.images._structure import (
    blocks_of,
    check_size,
    pairs_of,
    structure,
)


def ssim(first: Any, second: Any) -> NDArray[np.float64]:
    """Computes the structural similarity (SSIM) of pairs of images.

    Wang et al. 2004 (IEEE TIP 13), with the moments of both images in an 11 x 11 Gaussian window:

        (2 m1 m2 + c1) (2 cov + c2) / ((m1^2 + m2^2 + c1) (var1 + var2 + c2))

    averaged over pixels and channels; 1 for equal images. Images are reflected at the border, as in
    torchmetrics. To measure the diversity of generated images, use `ssim_diversity`.

    Args:
        first: Images of shape (n, height, width, channels), floats in [-1, 1] or uint8, at least
            11 x 11 pixels.
        second: Images of the same shape.

    Returns:
        The similarity of each pair, shape (n,), at most 1.

    Raises:
        TypeError: If an argument is not an array of floats or uint8.
        ValueError: If shapes differ or are too small, or pixels are out of range.

    Example:
        >>> images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
        >>> ssim(images, images).tolist()
        [1.0, 1.0]
    """
    one, other = pairs_of(first, second)
    check_size(one)
    parts = [structure(one[rows], other[rows])[0] for rows in blocks_of(len(one), one)]
    return np.concatenate([np.zeros(0), *parts])
