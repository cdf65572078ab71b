"""Measures how diverse samples are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from keras import tree
from numpy.typing import NDArray

_Paths = dict[str, NDArray[np.float64]]
# Two samples look alike if they are closer than this share of the usual distance to a neighbor.
_SAME = 0.1
# The usual distance is that of generated samples, but at least this share of that of real ones: if
# there are only a few shapes, the nearest neighbor of most samples is the same shape again.
_LEAST = 0.3


class Diversity(NamedTuple):
    """The diversity of one part of the samples.

    Args:
        deviation: The standard deviation over samples of one group, averaged over all else.
        distance: The median distance (root mean square) of a sample to the nearest other one.
        alike: The share of samples with another one nearby.
    """

    deviation: float
    distance: float
    alike: float


def parts_of(samples: Any) -> _Paths:
    """Returns each part of samples by its name, one float64 vector per sample."""
    leaves = tree.flatten_with_path(samples)
    return {
        "/".join(map(str, path)): np.asarray(leaf, "float64").reshape(len(leaf), -1)
        for path, leaf in leaves
    }


def measure(groups: list[NDArray[np.float64]], distance: float | None = None) -> Diversity:
    """Measures one part of samples.

    Args:
        groups: Arrays `(n, features)` with at least two samples each, such as one per class.
        distance: The distance between real neighbors, which `alike` takes into account, or None.
    """
    deviation = np.mean([group.std(axis=0).mean() for group in groups])
    nearest = np.concatenate([_nearest(group) for group in groups])
    median = float(np.median(nearest))
    reference = max(median, _LEAST * (distance or 0.0))
    # Duplicates differ by rounding.
    alike = nearest <= _SAME * reference + 1e-5 * deviation
    return Diversity(float(deviation), median, float(np.mean(alike)))


def _nearest(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the root mean square distance of each sample to its nearest neighbor."""
    squares = np.sum(samples**2, axis=1)
    distances = squares[:, None] + squares - 2.0 * samples @ samples.T
    np.fill_diagonal(distances, np.inf)
    nearest: NDArray[np.float64] = distances.min(axis=1).clip(0.0) / samples.shape[1]
    return np.sqrt(nearest)
