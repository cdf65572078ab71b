"""Density and coverage of synthetic samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from keras_gan_kit.evaluation.features._neighbors import (
    features_and_k,
    inside,
    squared_distances,
    squared_radii,
)


class _DensityAndCoverage(NamedTuple):
    density: float
    coverage: float


def density_coverage(real: Any, synthetic: Any, *, k: int = 5) -> tuple[float, float]:
    """Computes density and coverage (Naeem et al. 2020, arXiv 2002.09797).

    The neighborhood of a real sample is the ball up to its k-th nearest real neighbor.

    - Density is the mean number of neighborhoods that contain a synthetic sample, divided by k. It
      is at least 0, about 1 for equal distributions, and larger if synthetic samples concentrate on
      common cases.
    - Coverage is the share of neighborhoods that contain a synthetic sample, in [0, 1]; higher is
      better. For equal distributions and sets of equal size, it is about 1 - 2^-k.

    As in the authors' code, the border does not belong to a ball. A copy of its center always does.

    Args:
        real: Features of real samples, shape `(n, d)`, with n above k.
        synthetic: Features of synthetic samples, shape `(m, d)`, with m at least 1.
        k: The number of neighbors, at least 1.

    Returns:
        (density, coverage).

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a shape does not match, a value is not finite, or there are too few samples.

    Example:
        >>> real = np.random.default_rng(0).normal(size=(100, 2))
        >>> density_coverage(real, real)
        _DensityAndCoverage(density=1.0, coverage=1.0)
    """
    first, second, k = features_and_k(real, synthetic, k, minimum_synthetic=1)
    radii = squared_radii(first, k)
    hits = 0
    is_met = np.zeros(len(first), bool)
    for rows, _, pairs in squared_distances(first, second):
        within = inside(pairs, radii[rows, None], border=False)
        hits += int(np.count_nonzero(within))
        is_met[rows] |= within.any(axis=1)
    return _DensityAndCoverage(hits / (k * len(second)), float(is_met.mean()))
