"""Finds nearest neighbors, and computes distances between all pairs of samples in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.features._feature_arrays import (
    blocks,
    features_of_both,
    mean_of,
    slices,
)

# |x - y|^2 is computed as |x|^2 + |y|^2 - 2 x . y, whose rounding errors would separate equal
# samples and break ties at random. Samples closer than 3e-7 of their norms count as equal, because
# float32 features have no finer resolution.
_SAME = 1e-13
_TIE = 1e-10
_FEW_PAIRS = 10_000_000  # below this, threads cost more than they save
_NUMBERS_AT_ONCE = 2**22  # float64 values of a block of differences: 32 MB


def features_and_k(
    real: Any, synthetic: Any, k: Any, *, minimum_synthetic: int | None = None
) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Validates two sets of features and the number of neighbors.

    Args:
        real: Features of real samples.
        synthetic: Features of synthetic samples.
        k: The number of neighbors.
        minimum_synthetic: The smallest number of synthetic samples; None for k + 1.

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a set is invalid or too small, or `k` is below 1.
    """
    first, second = features_of_both(real, synthetic)
    k = integer("k", k)
    minima = {"real": k + 1, "synthetic": minimum_synthetic or k + 1}
    for (argument, minimum), features in zip(minima.items(), (first, second), strict=True):
        if len(features) < minimum:
            raise invalid(
                argument,
                received=f"{len(features)} samples, and k={k}",
                expected=f"at least {minimum} samples",
                fix="pass more samples, or a smaller k",
            )
    return *_moderate(first, second), k


def _moderate(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Divides both sets by a number if squares of their features would overflow or vanish."""
    size = max(float(np.abs(features).max()) for features in (first, second))
    if first.dtype == second.dtype == np.float32 or 1e-100 < size < 1e100 or size == 0:
        return first, second
    unit = 2.0 ** np.floor(np.log2(size))
    return first / unit, second / unit


class _Search:
    """Searches nearest neighbors among a set of samples, in constant memory."""

    def __init__(self, known: NDArray[Any]) -> None:
        from sklearn.neighbors import NearestNeighbors

        self.known = known
        # Float64 features are centered, which keeps rounding errors of products small. scikit-learn
        # computes products of float32 features in float64.
        self.center = None if known.dtype == np.float32 else mean_of(known)
        # Search trees are slow beyond a dozen dimensions.
        self.search = NearestNeighbors(algorithm="brute").fit(self._centered(known))

    def _centered(self, features: NDArray[Any]) -> NDArray[Any]:
        return features if self.center is None else features - self.center

    def __call__(
        self, asked: NDArray[Any], count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Returns distances (m, count) and indices, the nearest first."""
        from threadpoolctl import threadpool_limits

        asked = asked.astype(self.known.dtype, copy=False)
        with threadpool_limits(1 if len(self.known) * len(asked) < _FEW_PAIRS else None):
            places = self.search.kneighbors(self._centered(asked), count, return_distance=False)
        distances = np.empty(places.shape)
        step = max(1, _NUMBERS_AT_ONCE // (count * self.known.shape[1]))
        for start in range(0, len(asked), step):
            rows = slice(start, start + step)
            differences = self.known[places[rows]].astype(np.float64) - asked[rows, None]
            distances[rows] = np.sqrt(np.square(differences).sum(axis=2))
        # Rounding in the search may have swapped neighbors at almost the same distance.
        order = np.argsort(distances, axis=1, kind="stable")
        return np.take_along_axis(distances, order, 1), np.take_along_axis(places, order, 1)


def nearest(
    known: NDArray[Any], asked: NDArray[Any], count: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Finds the nearest neighbors of samples in another set.

    Args:
        known: The samples to search, shape (n, d).
        asked: The samples whose neighbors to find, shape (m, d).
        count: The number of neighbors, at most n.

    Returns:
        Distances (m, count) and indices into `known`, the nearest first. Distances are computed
        from differences, so equal samples have a distance of exactly 0.
    """
    if known.dtype != asked.dtype:
        known, asked = known.astype(np.float64), asked.astype(np.float64)
    search = _Search(known)
    distances = np.empty((len(asked), count))
    places = np.empty((len(asked), count), np.intp)
    for rows in slices(len(asked)):
        distances[rows], places[rows] = search(asked[rows], count)
    return distances, places


def squared_radii(
    features: NDArray[Any], k: int, chosen: NDArray[np.intp] | None = None
) -> NDArray[np.float64]:
    """Returns the squared distance of each sample to its k-th nearest other sample.

    Args:
        features: Features (n, d), with n above k.
        k: The number of neighbors.
        chosen: Indices of the samples; None for all.
    """
    return _radii(features, k, chosen)[0]


def radii_and_ties(features: NDArray[Any], k: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns the squared radii, and whether several samples tie for the k-th nearest."""
    return _radii(features, k, None)


def _radii(
    features: NDArray[Any], k: int, chosen: NDArray[np.intp] | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    search = _Search(features)
    number = len(features) if chosen is None else len(chosen)
    radii, is_tied = np.empty(number), np.empty(number, bool)
    for rows in slices(number):
        some = np.arange(rows.start, rows.stop) if chosen is None else chosen[rows]
        distances, places = search(features[some], min(k + 2, len(features)))
        itself = places == some[:, None]
        # Among more than k equal samples, a sample may be missing from its own neighbors.
        itself[~itself.any(axis=1), 0] = True
        # Without the sample itself, the k-th neighbor has the index k - 1.
        others = np.square(distances[~itself].reshape(len(some), -1))
        radii[rows] = others[:, k - 1]
        is_tied[rows] = on_border(others, radii[rows, None]).sum(axis=1) > 1
    return radii, is_tied


def squared_distances(
    first: NDArray[Any], second: NDArray[Any], dtype: Any = np.float64
) -> Iterator[tuple[slice, slice, NDArray[Any]]]:
    """Yields blocks of rows of the first set, rows of the second, and their squared distances."""
    center = mean_of(first)
    for rows, x in blocks(first, center):
        x = x.astype(dtype, copy=False)
        for columns, y in blocks(second, center):
            yield rows, columns, _pairs(x, y.astype(dtype, copy=False))


def inside(pairs: NDArray[Any], radii: NDArray[Any], *, border: bool) -> NDArray[np.bool_]:
    """Returns which squared distances are within squared radii, which must broadcast.

    Args:
        pairs: Squared distances.
        radii: Squared radii.
        border: Whether the border belongs to the ball. The center always does.
    """
    within: NDArray[np.bool_]
    if border:
        within = pairs <= radii * (1.0 + _TIE)
    else:
        within = (pairs < radii * (1.0 - _TIE)) | (pairs == 0.0)
    return within


def on_border(pairs: NDArray[Any], radii: NDArray[Any]) -> NDArray[np.bool_]:
    """Returns which squared distances equal squared radii, which must broadcast."""
    at: NDArray[np.bool_] = np.abs(pairs - radii) <= _TIE * radii
    return at


def _pairs(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    norms = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)
    pairs: NDArray[Any] = x @ y.T
    pairs *= -2.0
    pairs += norms
    norms *= _SAME
    pairs[pairs < norms] = 0.0
    return pairs
