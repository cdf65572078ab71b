"""The kernel distance between two sets of features."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._integer import integer
from keras_gan_kit.evaluation._features import features_of_both, slices

__all__ = ["kernel_distance"]


class _MeanAndStd(NamedTuple):
    mean: float
    std: float


def kernel_distance(
    real: Any, synthetic: Any, *, subset_size: int = 1000, subsets: int = 100, seed: int = 0
) -> tuple[float, float]:
    """Computes the kernel distance, the unbiased squared MMD with a cubic kernel.

    Bińkowski et al. 2018 (arXiv 1801.01401); with k(x, y) = (x . y / d + 1)^3:

        mean of k(r_i, r_j), i != j  +  mean of k(s_i, s_j), i != j  -  2 mean of k(r_i, s_j)

    Its expectation is 0 for equal distributions, and does not depend on the number of samples;
    lower is better. An estimate may be negative. Values of different feature networks do not
    compare.

    Args:
        real: Features of real samples, shape (n, d), n at least 2.
        synthetic: Features of synthetic samples, shape (m, d), m at least 2.
        subset_size: How many samples of each set a subset has, drawn without replacement, at
            least 2. A set that is no larger is evaluated whole; if both are, once.
        subsets: How many subsets are drawn, at least 1.
        seed: Chooses the subsets.

    Returns:
        (mean, std) over the subsets; the deviation of a single one is 0. It tells how far subsets
        scatter, and is no standard error of the mean.

    Raises:
        TypeError: If one is not an array of numbers, or a number is not an integer.
        ValueError: If a shape does not fit, or a value is not finite or out of range.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(200, 3))
        >>> mean, std = kernel_distance(features[:100], features[100:])
        >>> abs(mean) < 0.1, std
        (True, 0.0)
    """
    sets = features_of_both(real, synthetic, minimum=2)
    integer("subset_size", subset_size, minimum=2)
    integer("subsets", subsets)
    random = np.random.default_rng(integer("seed", seed, minimum=0))
    if max(map(len, sets)) <= subset_size:
        return _MeanAndStd(_unbiased(*sets), 0.0)
    values = [
        _unbiased(*(_drawn(features, subset_size, random) for features in sets))
        for _ in range(subsets)
    ]
    return _MeanAndStd(float(np.mean(values)), float(np.std(values)))


def _drawn(features: NDArray[Any], size: int, random: np.random.Generator) -> NDArray[Any]:
    if len(features) <= size:
        return features
    return features[random.choice(len(features), size, replace=False)]


def _unbiased(real: NDArray[Any], synthetic: NDArray[Any]) -> float:
    n, m = len(real), len(synthetic)
    within = _sum_within(real) / (n * (n - 1)) + _sum_within(synthetic) / (m * (m - 1))
    return within - 2.0 * _sum_between(real, synthetic) / (n * m)


def _sum_within(features: NDArray[Any]) -> float:
    """Sums the kernel over all ordered pairs of different samples."""
    total = 0.0
    for rows in slices(len(features)):
        block = features[rows].astype(np.float64)
        kernel = _kernel(block, block)  # one operand twice: half the arithmetic
        total += _sum_of_cubes(kernel) - float((kernel.diagonal() ** 3).sum())
        total += 2.0 * _sum_between(block, features[rows.stop :])
    return total


def _sum_between(first: NDArray[Any], second: NDArray[Any]) -> float:
    total = 0.0
    for rows in slices(len(first)):
        block = first[rows].astype(np.float64)
        for columns in slices(len(second)):
            total += _sum_of_cubes(_kernel(block, second[columns].astype(np.float64)))
    return total


def _kernel(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Computes x . y / d + 1 of all pairs, still to be cubed."""
    kernel: NDArray[np.float64] = first @ second.T
    kernel /= first.shape[1]
    kernel += 1.0
    return kernel


def _sum_of_cubes(kernel: NDArray[np.float64]) -> float:
    return float(np.vdot(np.square(kernel), kernel))
