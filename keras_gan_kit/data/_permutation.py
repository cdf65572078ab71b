"""Random orders that a key tells, and no state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["permutation"]


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
