"""Draws random numbers per patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_COLUMNS = 128  # random words per patient, more than are ever drawn


class Draws:
    """Draws one random number per patient at a time.

    The numbers of patient i depend on (`seed`, `stream`, i) and on the number of earlier draws, but
    not on the number of patients. They come from raw Philox words, which NumPy keeps stable; its
    distributions may change between versions.

    Args:
        num: The number of patients.
        seed: Selects the cohort; an integer of at least 0.
        stream: Selects one of the independent streams of a cohort.

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
        """Draws from a uniform distribution; returns shape (num,)."""
        shares: NDArray[np.float64] = next(self._columns)
        return low + (high - low) * shares

    def normal(self, mean: ArrayLike = 0.0, deviation: float = 1.0) -> NDArray[np.float64]:
        """Draws from normal distributions (Box and Muller 1958); returns shape (num,)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform()))
        return np.asarray(mean) + deviation * radius * np.cos(2.0 * np.pi * self.uniform())

    def yes(self, log_odds: ArrayLike) -> NDArray[np.int64]:
        """Draws from Bernoulli distributions with these log odds; returns shape (num,)."""
        return (self.uniform() < sigmoid(np.asarray(log_odds))).astype(np.int64)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Converts log odds to probabilities."""
    return 1.0 / (1.0 + np.exp(-values))
