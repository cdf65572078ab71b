"""Random orders that a key tells, and no state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def permutation(length: int, *, seed: int, key: tuple[int, ...]) -> NDArray[np.intp]:
    """Returns an order of `length` things, a function of its arguments alone.

    Example:
        >>> sorted(permutation(4, seed=0, key=(1,)).tolist())
        [0, 1, 2, 3]
    """
    # Sorting raw Philox words, because numpy promises those for good, but may change
    # what `Generator.permutation` returns: an old checkpoint must resume on a new numpy.
    words = np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)).random_raw(length)
    return np.argsort(words, kind="stable")


def endless(
    places: NDArray[np.intp], length: int, order: Callable[[int], NDArray[np.intp]] | None
) -> NDArray[np.intp]:
    """Finds what is at places of the endless sequence that passes over `length` things make.

    Args:
        places: Counted from 0, any shape.
        length: How many things there are.
        order: Gives the order of a pass by its number; None for the same in every pass.

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
