"""Density and coverage of a set of synthetic samples."""

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
    """Computes how densely synthetic samples lie around real ones, and how many of those they meet.

    Naeem et al. 2020 (arXiv 2002.09797). Around each real sample lies a ball that reaches to its
    k-th nearest real neighbour. Density is the number of balls that a synthetic sample lies in, on
    average, divided by k: at least 0, about 1 for equal distributions, more where synthetic
    samples crowd around the common real ones. Coverage is the share of balls with a synthetic
    sample in it, in [0, 1]; higher is better. For equal distributions and as many samples it is
    about 1 - 2^-k.

    As in the authors' program a ball is open; a copy of its centre lies in it, whatever its size.

    Args:
        real: Features of real samples, shape (n, d), n above k.
        synthetic: Features of synthetic samples, shape (m, d), m at least 1.
        k: Which neighbour a ball reaches to, at least 1.

    Returns:
        (density, coverage).

    Raises:
        TypeError: If one is not an array of numbers, or `k` is not an integer.
        ValueError: If a shape does not fit, a value is not finite, or there are too few samples.

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
