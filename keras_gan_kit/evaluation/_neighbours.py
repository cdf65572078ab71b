"""Distances between all pairs of samples, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation._features import blocks, features_of_both, mean_of

# |x - y|^2 is computed as |x|^2 + |y|^2 - 2 x . y, whose rounding would tell equal samples apart
# and break ties by chance. Samples closer than 3e-7 of their norms count as equal: float32
# features do not resolve less.
_SAME = 1e-13
_TIE = 1e-10


def features_and_k(
    real: Any, synthetic: Any, k: Any, *, minimum_synthetic: int | None = None
) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Returns both sets of features and k, checked.

    Args:
        real: Features of real samples.
        synthetic: Features of synthetic samples.
        k: The number of a neighbour.
        minimum_synthetic: How few synthetic samples will do; None for as many as real ones.

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a set is not fit or too small, or `k` is below 1.
    """
    first, second = features_of_both(real, synthetic)
    k = integer("k", k)
    minima = {"real": k + 1, "synthetic": minimum_synthetic or k + 1}
    for (argument, minimum), features in zip(minima.items(), (first, second), strict=True):
        if len(features) < minimum:
            raise invalid(
                argument,
                received=f"{len(features)} samples, and k={k}",
                expected="more samples than k, each with k neighbours besides itself",
                fix="pass more samples, or a smaller k",
            )
    return first, second, k


def squared_distances(
    first: NDArray[Any], second: NDArray[Any], dtype: Any = np.float64
) -> Iterator[tuple[slice, slice, NDArray[Any]]]:
    """Yields blocks of squared distances: rows of the first, rows of the second, their pairs."""
    centre = mean_of(first)
    for rows, x in blocks(first, centre):
        x = x.astype(dtype, copy=False)
        for columns, y in blocks(second, centre):
            yield rows, columns, _pairs(x, y.astype(dtype, copy=False))


def squared_radii(features: NDArray[Any], k: int, dtype: Any = np.float64) -> NDArray[np.float64]:
    """Returns the squared distance of every sample to its k-th nearest other one."""
    nearest = np.full((len(features), k), np.inf, dtype)
    centre = mean_of(features)
    for rows, x in blocks(features, centre):
        x = x.astype(dtype, copy=False)
        # Each pair once: what follows the block's first row, and its transpose.
        for after, y in blocks(features[rows.start :], centre):
            columns = slice(rows.start + after.start, rows.start + after.stop)
            itself = rows == columns
            # One operand twice is half the arithmetic.
            pairs = _pairs(x, x if itself else y.astype(dtype, copy=False))
            if itself:
                np.fill_diagonal(pairs, np.inf)
            else:
                nearest[columns] = _smallest(nearest[columns], pairs.T)
            nearest[rows] = _smallest(nearest[rows], pairs)
    radii: NDArray[np.float64] = nearest.max(axis=1).astype(np.float64, copy=False)
    return radii


def squared_radii_of(
    features: NDArray[Any], chosen: NDArray[np.intp], k: int
) -> NDArray[np.float64]:
    """Returns what `squared_radii` does, for some of the samples."""
    nearest = np.full((len(chosen), k), np.inf)
    for rows, columns, pairs in squared_distances(features[chosen], features):
        itself = chosen[rows, None] == np.arange(columns.start, columns.stop)
        pairs[itself] = np.inf
        nearest[rows] = _smallest(nearest[rows], pairs)
    radii: NDArray[np.float64] = nearest.max(axis=1)
    return radii


def closest(
    first: NDArray[Any], second: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Finds the nearest row of the second set for each row of the first, and its distance."""
    index = np.zeros(len(first), np.intp)
    least = np.full(len(first), np.inf)
    for rows, columns, pairs in squared_distances(first, second):
        found = pairs.min(axis=1)
        nearer = found < least[rows]
        index[rows] = np.where(nearer, pairs.argmin(axis=1) + columns.start, index[rows])
        least[rows] = np.minimum(found, least[rows])
    return index, np.sqrt(least)


def inside(pairs: NDArray[Any], radii: NDArray[Any], *, border: bool) -> NDArray[np.bool_]:
    """Tells which squared distances lie within squared radii, shaped to broadcast.

    Args:
        pairs: Squared distances.
        radii: Squared radii.
        border: Whether the border belongs to the ball. The centre always does.
    """
    within: NDArray[np.bool_]
    if border:
        within = pairs <= radii * (1.0 + _TIE)
    else:
        within = (pairs < radii * (1.0 - _TIE)) | (pairs == 0.0)
    return within


def _pairs(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    norms = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)
    pairs: NDArray[Any] = x @ y.T
    pairs *= -2.0
    pairs += norms
    norms *= _SAME
    pairs[pairs < norms] = 0.0
    return pairs


def _smallest(known: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """Returns the smallest of each row of both, in any order, as many as are known."""
    k = known.shape[1]
    candidates = np.concatenate([known, more], axis=1)
    candidates.partition(k - 1, axis=1)
    return candidates[:, :k]
