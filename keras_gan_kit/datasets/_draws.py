"""Random numbers of which each patient has its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_COLUMNS = 128  # random words for each patient, more than are ever asked for


class Draws:
    """Gives one random number for each patient at a time.

    The numbers of patient i depend on (`seed`, `stream`, i) and on how many were asked for before,
    but not on how many patients there are. They are made from raw Philox words, because numpy
    promises those for good, but may change what its distributions make of them.

    Args:
        num: How many patients.
        seed: Which cohort; an integer of at least 0.
        stream: Which of its independent sets of numbers.

    Example:
        >>> a, b = Draws(3, 0, 1).uniform(), Draws(9, 0, 1).uniform()
        >>> bool((a == b[:3]).all())
        True
    """

    def __init__(self, num: int, seed: int, stream: int) -> None:
        words = np.random.Philox(np.random.SeedSequence(seed, spawn_key=(stream,)))
        raw = words.random_raw(num * _COLUMNS).reshape(num, _COLUMNS)
        # The upper 53 bits, in the middle of their interval: never 0, whose logarithm is infinite.
        self._columns = iter(((raw >> np.uint64(11)) + 0.5).T * 2.0**-53)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
        """Draws from between two numbers, of shape (num,)."""
        shares: NDArray[np.float64] = next(self._columns)
        return low + (high - low) * shares

    def normal(self, mean: ArrayLike = 0.0, deviation: float = 1.0) -> NDArray[np.float64]:
        """Draws from normal distributions (Box and Muller 1958), of shape (num,)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform()))
        return np.asarray(mean) + deviation * radius * np.cos(2.0 * np.pi * self.uniform())

    def yes(self, log_odds: ArrayLike) -> NDArray[np.int64]:
        """Draws 1 with these log odds and 0 otherwise, of shape (num,)."""
        return (self.uniform() < sigmoid(np.asarray(log_odds))).astype(np.int64)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps log odds to a probability."""
    return 1.0 / (1.0 + np.exp(-values))
