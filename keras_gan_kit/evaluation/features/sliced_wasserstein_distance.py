"""Computes the sliced Wasserstein distance between two sets of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit.evaluation.features._feature_arrays import features_of_both


def sliced_wasserstein_distance(
    real: Any, synthetic: Any, *, num_projections: int = 200, seed: int = 0
) -> float:
    """Computes the sliced Wasserstein distance from random one-dimensional projections.

    Bonneel et al. 2015 (J. Math. Imaging Vis. 51), with the 2-Wasserstein distance W2 between the
    projections of both sets onto a direction u:

        sqrt(mean over directions u of W2(real . u, synthetic . u)^2)

    It is 0 for equal sets; lower is better. It has the unit of the features: if all features are
    shifted by v, its expectation is about |v| / sqrt(d).

    Args:
        real: Features of real samples, shape (n, d).
        synthetic: Features of synthetic samples, shape (m, d).
        num_projections: The number of directions, uniform on the sphere.
        seed: Seed of the directions.

    Returns:
        The distance, at least 0.

    Raises:
        TypeError: If a set is not an array of numbers, or a number is not an integer.
        ValueError: If a shape is wrong, or a value is not finite or out of range.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(100, 1))
        >>> round(sliced_wasserstein_distance(features, features + 3.0), 6)
        3.0
    """
    first, second = features_of_both(real, synthetic)
    count = integer("num_projections", num_projections)
    random = np.random.default_rng(integer("seed", seed, minimum=0))
    squares = []
    for _ in range(count):  # one at a time, in constant memory
        normal = random.normal(size=first.shape[1])
        direction = normal / np.linalg.norm(normal)
        squares.append(_squared_distance(first @ direction, second @ direction))
    return float(np.sqrt(np.mean(squares)))


def _squared_distance(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Returns the squared W2 of two one-dimensional samples, from their quantile functions."""
    first, second = np.sort(first), np.sort(second)
    if len(first) == len(second):
        return float(np.mean((first - second) ** 2))
    # Both quantile functions are step functions, constant between the union of their jumps.
    jumps = np.union1d(*(np.arange(1, len(x) + 1) / len(x) for x in (first, second)))
    width = np.diff(jumps, prepend=0.0)
    middle = jumps - width / 2
    steps = [x[np.minimum((middle * len(x)).astype(int), len(x) - 1)] for x in (first, second)]
    return float(np.sum(width * (steps[0] - steps[1]) ** 2))
