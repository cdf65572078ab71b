"""Computes the diversity of images from their structural similarity."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.images._structure import SCALE_WEIGHTS
from keras_gan_kit.evaluation.images.ms_ssim import ms_ssim
from keras_gan_kit.evaluation.images.ssim import ssim
from keras_gan_kit.evaluation.samples._image_arrays import image_array


def ssim_diversity(images: Any, *, scales: int = 1, num_pairs: int = 1000, seed: int = 0) -> float:
    """Computes the diversity of images: 1 minus the mean structural similarity of random pairs.

    Odena et al. 2017 (arXiv 1610.09585) compare the mean MS-SSIM of pairs within a class between
    generated and real images. 0 means that all images are equal, as after mode collapse. There is
    no best value, so compare with the diversity of real images.

    Args:
        images: Images of shape (n, height, width, channels), floats in [-1, 1] or uint8; at least
            two images.
        scales: 1 for SSIM; 2 to 5 for MS-SSIM with the first of its five scales, whose weights are
            normalized to sum 1. Each scale halves the size, and the last needs 11 x 11 pixels.
        num_pairs: The number of random pairs of different images.
        seed: Seed of the pairs.

    Returns:
        The diversity, at least 0; at most 1 with several scales, at most 2 with one.

    Raises:
        TypeError: If `images` is not an array of floats or uint8, or a number is not an integer.
        ValueError: If there are fewer than two images, they are too small, or a number is out of
            range.

    Example:
        >>> image = np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 1)).astype("float32")
        >>> ssim_diversity(np.repeat(image, 5, axis=0))
        0.0
    """
    images = image_array("images", images)
    if len(images) < 2:
        raise invalid(
            "images",
            received=f"{len(images)} images",
            expected="at least 2",
            fix="pass more images",
        )
    scales = integer("scales", scales, maximum=5)
    random = np.random.default_rng(integer("seed", seed, minimum=0))
    first = random.integers(len(images), size=integer("num_pairs", num_pairs))
    second = (first + random.integers(1, len(images), size=len(first))) % len(images)
    total = 0.0
    for start in range(0, len(first), 100):  # a copy of all pairs might not fit in memory
        pair = images[first[start : start + 100]], images[second[start : start + 100]]
        total += float(np.sum(_similarity(*pair, scales)))
    return max(0.0, 1.0 - total / len(first))


def _similarity(first: Any, second: Any, scales: int) -> Any:
    if scales == 1:
        return ssim(first, second)
    weights = np.array(SCALE_WEIGHTS[:scales])
    return ms_ssim(first, second, weights=list(weights / weights.sum()))
