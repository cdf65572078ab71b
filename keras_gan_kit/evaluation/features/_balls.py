"""Finds the samples of one set that lie in the balls around those of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._feature_arrays import mean_of, slices
from keras_gan_kit.evaluation.features._neighbors import (
    inside,
    squared_distances,
    squared_radii,
)

_Found: TypeAlias = tuple[NDArray[np.bool_], NDArray[np.bool_]]
_WORTH_IT = 10**8  # multiplications, below which float64 is fast enough
_FEW = 0.25  # the largest share of samples to compare again in float64


def samples_in_balls(first: NDArray[Any], second: NDArray[Any], k: int) -> _Found:
    """Finds the samples of either set that lie in a ball of the other.

    The ball around a sample extends to its k-th nearest neighbor in its own set. Float32 features
    are compared in float32, which takes half the time, and again in float64 if rounding could
    change the result, so the result always equals that of float64.

    Args:
        first: Features (n, d).
        second: Features (m, d).
        k: The neighbor that defines the radius of a ball.

    Returns:
        Whether each row of the first set, and of the second, is in a ball.
    """
    single = first.dtype == second.dtype == np.float32
    if single and len(first) * len(second) * first.shape[1] >= _WORTH_IT:
        radii = [squared_radii(features, k) for features in (first, second)]
        margin = 2.0 * _largest_error(first, second)
        reaches = [[reach + side for reach in radii] for side in (-margin, margin)]
        sure, possible = _compared(first, second, reaches, np.float32)
        unknown = [np.flatnonzero(b & ~a) for a, b in zip(sure, possible, strict=True)]
        if all(len(some) <= _FEW * len(a) for some, a in zip(unknown, sure, strict=True)):
            for rows in slices(len(unknown[0])):
                some = unknown[0][rows]
                sure[0][some] = _decided(second, first[some], reaches[1][1], k)
            for rows in slices(len(unknown[1])):
                some = unknown[1][rows]
                sure[1][some] = _decided(first, second[some], reaches[1][0], k)
            return sure
    reaches = [[squared_radii(features, k) for features in (first, second)]]
    return _compared(first, second, reaches, np.float64)[0]


def _compared(
    first: NDArray[Any],
    second: NDArray[Any],
    reaches: Sequence[Sequence[NDArray[np.float64]]],
    dtype: Any,
) -> list[_Found]:
    """Returns the samples in balls, for several choices of squared radii of both sets."""
    found = [(np.zeros(len(first), bool), np.zeros(len(second), bool)) for _ in reaches]
    rounded = [[reach.astype(dtype) for reach in both] for both in reaches]
    for rows, columns, pairs in squared_distances(first, second, dtype):
        for (is_met, looks_real), (ours, theirs) in zip(found, rounded, strict=True):
            looks_real[columns] |= inside(pairs, ours[rows, None], border=True).any(axis=0)
            is_met[rows] |= inside(pairs, theirs[columns], border=True).any(axis=1)
    return found


def _decided(
    centers: NDArray[Any], samples: NDArray[Any], reach: NDArray[np.float64], k: int
) -> NDArray[np.bool_]:
    """Finds in float64 which of a few samples are in a ball. No radius exceeds `reach`."""
    needed = np.zeros(len(centers), bool)
    for rows, _, pairs in squared_distances(centers, samples):
        needed[rows] |= (pairs <= reach[rows, None]).any(axis=1)
    found = np.zeros(len(samples), bool)
    if needed.any():
        radii = squared_radii(centers, k, np.flatnonzero(needed))
        for rows, columns, pairs in squared_distances(centers[needed], samples):
            found[columns] |= inside(pairs, radii[rows, None], border=True).any(axis=0)
    return found


def _largest_error(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Bounds the rounding error of a squared distance in float32, after centering.

    With unit roundoff u, a sum of d products of centered rows has an error of at most d u |x| |y|,
    and occurs twice; rounding the rows, their norms and the sum of the three adds at most 128 u
    (Higham 2002, Accuracy and stability of numerical algorithms, section 3.1).
    """
    largest = 0.0
    for features, centered in ((first, first), (second, first), (second, second)):
        center = mean_of(centered)
        for rows in slices(len(features)):
            largest = max(largest, float(np.square(features[rows] - center).sum(axis=1).max()))
    unit_roundoff = 2.0**-24
    return float(2 * first.shape[1] + 128) * unit_roundoff * largest
