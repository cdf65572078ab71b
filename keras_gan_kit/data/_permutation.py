"""Stateless random permutations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def permutation(length: int, *, seed: int, key: tuple[int, ...]) -> NDArray[np.intp]:
    """Returns a permutation that depends only on the arguments.

    Example:
        >>> sorted(permutation(4, seed=0, key=(1,)).tolist())
        [0, 1, 2, 3]
    """
    # Sorts raw Philox words, which NumPy keeps stable, unlike the results of
    # `Generator.permutation`: an old checkpoint must resume on a new version of NumPy.
    words = np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)).random_raw(length)
    return np.argsort(words, kind="stable")


def endless(
    places: NDArray[np.intp], length: int, order: Callable[[int], NDArray[np.intp]] | None
) -> NDArray[np.intp]:
    """Returns elements of the infinite sequence of passes over `length` items.

    Args:
        places: Positions in the sequence, counted from 0, of any shape.
        length: The number of items.
        order: Returns the order of a pass, given its number; None for ascending order in every
            pass.

    Example:
        >>> endless(np.array([2, 3, 4]), 3, lambda number: np.arange(3)[::-1]).tolist()
        [0, 2, 1]
    """
    numbers, found = np.divmod(places, length)
    if order is not None:
        for number in np.unique(numbers):
            here = numbers == number
            found[here] = order(int(number))[found[here]]
    return found
