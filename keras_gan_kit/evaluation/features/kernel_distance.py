"""Computes the kernel distance between two sets of features."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit.evaluation.features._feature_arrays import features_of_both

_BLOCK = 500  # samples multiplied at once; more take more memory, but not less time


class _MeanAndStd(NamedTuple):
    mean: float
    std: float


def kernel_distance(
    real: Any, synthetic: Any, *, subset_size: int = 1000, subsets: int = 100, seed: int = 0
) -> tuple[float, float]:
    """Computes the kernel distance, the unbiased squared MMD with a cubic kernel.

    Bińkowski et al. 2018 (arXiv 1801.01401), with k(x, y) = (x . y / d + 1)^3:

        mean of k(r_i, r_j), i != j  +  mean of k(s_i, s_j), i != j  -  2 mean of k(r_i, s_j)

    Its expectation is 0 for equal distributions, and doesn't depend on the number of samples; lower
    is better. An estimate may be negative. Don't compare values with different feature networks.

    It is computed in float64, except for products x . y of float32 features in full blocks of 500 x
    500 samples, which take half the time in float32. Their rounding errors average out over so many
    pairs, and change the mean kernel by a few billionths.

    Args:
        real: Features of real samples, shape (n, d), n at least 2.
        synthetic: Features of synthetic samples, shape (m, d), m at least 2.
        subset_size: The number of samples in a subset, drawn without replacement, at least 2. A set
            that is not larger is used as a whole. If neither set is larger, the distance is
            computed once.
        subsets: The number of pairs of subsets to compare, at least 1. Each set is randomly split
            into subsets, and every real subset is compared with every synthetic one before the sets
            are split again. The mean thus uses nearly all pairs of samples, while independent draws
            would repeat some and miss others.
        seed: Seed of the subsets.

    Returns:
        (mean, std) over the pairs of subsets; std is 0 for a single pair. It is the standard
        deviation between pairs, not the standard error of the mean.

    Raises:
        TypeError: If a set is not an array of numbers, or a number is not an integer.
        ValueError: If a shape is wrong, or a value is not finite or out of range.

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
        whole = [_Cut(features, subset_size, random) for features in sets]
        return _MeanAndStd(next(_compared(*whole)), 0.0)
    values: list[float] = []
    while len(values) < subsets:
        cuts = [_Cut(features, subset_size, random) for features in sets]
        values += itertools.islice(_compared(*cuts), subsets - len(values))
    return _MeanAndStd(float(np.mean(values)), float(np.std(values)))


class _Cut:
    """Splits a set into random subsets of equal size, without the remaining samples."""

    def __init__(self, features: NDArray[Any], size: int, random: np.random.Generator) -> None:
        self._features = features
        whole = len(features) <= size
        order = np.arange(len(features)) if whole else random.permutation(len(features))
        step = len(order) if whole else size
        self._rows = [order[i : i + step] for i in range(0, len(order) - step + 1, step)]
        self._means: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def blocks(self, i: int, start: int = 0) -> Iterator[NDArray[Any]]:
        """Yields the samples of a subset in blocks, beginning at `start`."""
        rows = self._rows[i]
        for begin in range(start, len(rows), _BLOCK):
            yield self._features[rows[begin : begin + _BLOCK]]

    def size(self, i: int) -> int:
        return len(self._rows[i])

    def mean_within(self, i: int) -> float:
        """Returns the cached mean kernel over all ordered pairs in a subset."""
        if i not in self._means:
            pairs = self.size(i) * (self.size(i) - 1)
            self._means[i] = self._sum_within(i) / pairs
        return self._means[i]

    def _sum_within(self, i: int) -> float:
        total = 0.0
        for number, x in enumerate(self.blocks(i)):
            kernel = _kernel(x, x)  # equal operands need half of the arithmetic
            total += _sum_of_cubes(kernel) - float((kernel.diagonal() ** 3).sum())
            for y in self.blocks(i, (number + 1) * _BLOCK):
                total += 2.0 * _sum_of_cubes(_kernel(x, y))
        return total


def _compared(real: _Cut, synthetic: _Cut) -> Iterator[float]:
    """Compares every real subset with every synthetic one."""
    for turn in range(len(synthetic)):
        for i in range(len(real)):
            j = (i + turn) % len(synthetic)
            between = _sum_between(real, i, synthetic, j) / (real.size(i) * synthetic.size(j))
            yield real.mean_within(i) + synthetic.mean_within(j) - 2.0 * between


def _sum_between(first: _Cut, i: int, second: _Cut, j: int) -> float:
    return sum(_sum_of_cubes(_kernel(x, y)) for x in first.blocks(i) for y in second.blocks(j))


def _kernel(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Computes x . y / d + 1 for all pairs, before cubing."""
    kernel = _products(first, second)
    kernel /= first.shape[1]
    kernel += 1.0
    return kernel


def _products(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    products: NDArray[Any]
    if first.dtype == second.dtype == np.float32 and len(first) == len(second) == _BLOCK:
        products = first @ second.T
    else:
        one = first.astype(np.float64)
        products = one @ (one if second is first else second.astype(np.float64)).T
    return products.astype(np.float64, copy=False)


def _sum_of_cubes(kernel: NDArray[np.float64]) -> float:
    return float(np.vdot(np.square(kernel), kernel))
