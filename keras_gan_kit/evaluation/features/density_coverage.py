"""Computes the density and coverage of synthetic samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._neighbors import (
    features_and_k,
    inside,
    on_border,
    radii_and_ties,
    squared_distances,
)


class _DensityAndCoverage(NamedTuple):
    density: float
    coverage: float


def density_coverage(real: Any, synthetic: Any, *, k: int = 5) -> tuple[float, float]:
    """Computes the density and coverage of synthetic samples.

    Naeem et al. 2020 (arXiv 2002.09797). The ball around each real sample extends to its k-th
    nearest real neighbor. Density is the average number of balls that contain a synthetic sample,
    divided by k: at least 0, about 1 for equal distributions, higher if synthetic samples are
    concentrated around common real ones. Coverage is the share of balls that contain a synthetic
    sample, in [0, 1]; higher is better. For equal distributions and sample sizes it is about
    `1 - 2^-k`.

    As in the authors' code, a ball is open, but always contains copies of its center. With repeated
    real samples, an open ball may contain fewer than k of them. Its border is then weighted so that
    the ball contains k real samples. This keeps density at about 1 for equal distributions with
    repeated values.

    Args:
        real: Features of real samples, shape (n, d), n above k.
        synthetic: Features of synthetic samples, shape (m, d), m at least 1.
        k: The neighbor that defines the radius of a ball, at least 1.

    Returns:
        (density, coverage).

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a shape is wrong, a value is not finite, or there are too few samples.

    Example:
        >>> real = np.random.default_rng(0).normal(size=(100, 2))
        >>> density_coverage(real, real)
        _DensityAndCoverage(density=1.0, coverage=1.0)
    """
    first, second, k = features_and_k(real, synthetic, k, minimum_synthetic=1)
    radii, is_tied = radii_and_ties(first, k)
    weights = _border_weights(first, radii, np.flatnonzero(is_tied), k)
    hits = 0.0
    is_met = np.zeros(len(first), bool)
    for rows, _, pairs in squared_distances(first, second):
        reach = radii[rows, None]
        within = inside(pairs, reach, border=False)
        is_met[rows] |= within.any(axis=1)
        tied = weights[rows] > 0
        hits += int(np.count_nonzero(within[~tied]))
        if tied.any():
            border = on_border(pairs[tied], reach[tied])
            strictly = within[tied] & ~border
            hits += float(strictly.sum() + (border.sum(axis=1) * weights[rows][tied]).sum())
    return _DensityAndCoverage(hits / (k * len(second)), float(is_met.mean()))


def _border_weights(
    features: NDArray[Any], radii: NDArray[np.float64], tied: NDArray[np.intp], k: int
) -> NDArray[np.float64]:
    """Returns the weights of the balls' borders for which each ball contains k real samples.

    The center counts as one of them. Without ties, the open ball contains k, and the weight is 0.
    """
    weights = np.zeros(len(features))
    if not len(tied):
        return weights
    border_size, strictly = np.zeros(len(tied)), np.zeros(len(tied))
    for rows, _, pairs in squared_distances(features[tied], features):
        reach = radii[tied[rows], None]
        border = on_border(pairs, reach)
        border_size[rows] += border.sum(axis=1)
        strictly[rows] += (inside(pairs, reach, border=False) & ~border).sum(axis=1)
    weights[tied] = np.maximum(k - strictly, 0.0) / np.maximum(border_size, 1.0)
    return weights
