"""How the numbers of a column become inputs and outputs of a network, and numbers again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.data._table_modes import Floats, find_modes, most_probable

# Conditions: numbers spread evenly over [-SPREAD, SPREAD] have a standard deviation of 1, as
# latents have.
SPREAD = 3.0**0.5
_LITTLE = 1e-8
Blocks = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class MinMax:
    """One number in [0, 1], and a second one for "missing" where values were missing.

    Args:
        low: The number that becomes 0.
        high: The number that becomes 1.
        filler: What stands, in [0, 1], where the value is missing; None where none was.
        empty: Whether all values were missing.
        log: The smallest number above 0 of a column on a log scale; None for a linear one.
    """

    low: float
    high: float
    filler: float | None = None
    empty: bool = False
    log: float | None = None

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it scales a column of so many levels; numbers have none."""
        return missing or (self.filler is None and not self.empty)

    @property
    def blocks(self) -> Blocks:
        """Activation and width of the outputs, one after the other."""
        return (("sigmoid", 1),) * (1 if self.filler is None else 2)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        return ("",) if self.filler is None else ("", " missing")

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes numbers `(n,)` as outputs `(n, width)`."""
        absent = np.isnan(numbers)
        scaled = self.scaled(numbers)
        out[:, 0] = np.where(absent, 0.0 if self.filler is None else self.filler, scaled)
        if self.filler is not None:
            out[:, 1] = absent

    def scaled(self, numbers: Floats) -> Floats:
        """Maps numbers `(n,)` to [0, 1], those beyond the bounds further."""
        if self.log is None:
            span = self.high - self.low
            if np.isinf(span):  # numbers near the largest one
                return np.asarray((numbers / 4 - self.low / 4) / (self.high / 4 - self.low / 4))
            # A constant column is 0, as by scikit-learn's `MinMaxScaler`.
            return (numbers - self.low) / (span or 1.0)
        low, high = self.logarithms()
        return np.asarray((self._logarithm(numbers) - low) / ((high - low) or 1.0))

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        shares = outputs[:, 0].astype(np.float64)
        if self.log is not None:
            low, high = self.logarithms()
            numbers = np.exp(low + shares * (high - low)) - self.shift
            if self.shift:  # there is nothing between 0 and the smallest number above it
                some = np.maximum(numbers, self.log)
                numbers = np.where(numbers < self.log / 2, 0.0, some)
        elif np.isinf(self.high - self.low):
            shares = np.clip(shares, 0.0, 1.0)
            numbers = self.low * (1.0 - shares) + self.high * shares
        else:
            numbers = self.low + shares * (self.high - self.low)
        if self.filler is not None:
            return np.where(outputs[:, 1] < 0.5, numbers, np.nan)
        return np.full_like(numbers, np.nan) if self.empty else numbers

    @property
    def shift(self) -> float:
        """What is added before the logarithm: it has a place for 0 only if there are zeros."""
        return 0.0 if self.log is None or self.low > 0 else self.log

    def _logarithm(self, numbers: Floats) -> Floats:
        least = (self.log or 0.0) if self.low > 0 else 0.0
        return np.asarray(np.log(np.maximum(numbers, least) + self.shift))

    def logarithms(self) -> Floats:
        """Returns the logarithms of the smallest and the largest number."""
        return self._logarithm(np.array([self.low, self.high]))


@dataclass(frozen=True)
class OneHot:
    """One output for each level, and one for "missing" where values were missing.

    Args:
        levels: How many levels there are.
        missing: Whether "missing" is a state.
    """

    levels: int
    missing: bool

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it scales a column of so many levels; numbers have none."""
        return levels == self.levels and (missing or not self.missing)

    @property
    def blocks(self) -> Blocks:
        """One softmax; nothing for a constant column."""
        states = self.levels + self.missing
        return (("softmax", states),) if states > 1 else ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        names = [f" state {i}" for i in range(self.levels)] + [" missing"] * self.missing
        return tuple(names) if self.blocks else ()

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes numbers `(n,)` as outputs `(n, width)`; -1, an unknown level, is all zeros."""
        if not self.blocks:
            return
        states = np.where(np.isnan(numbers), self.levels, numbers).astype(np.intp)
        out[:] = 0.0
        known = states >= 0
        out[np.flatnonzero(known), states[known]] = 1.0

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        if not self.blocks:
            return np.full(len(outputs), 0.0 if self.levels else np.nan)
        states = outputs.argmax(axis=1).astype(np.float64)
        return np.where(states < self.levels, states, np.nan)


@dataclass(frozen=True)
class Modes:
    """Where a number lies in a mode of a Gaussian mixture, and which mode it is.

    Mode-specific normalization of CTGAN (Xu et al. 2019, arXiv 1907.00503, section 4.2): a number c
    of mode k becomes (c - mean_k) / scale_k and a one-hot vector for k; "missing" is one more mode.
    Three differences make it exact and repeatable: the mode is the most probable one, where the
    paper draws it; scale_k is four deviations or, where the numbers of the mode reach further, as
    far as they reach, where CTGAN clips; and a number that many rows have, such as 0, is a mode of
    its own with scale 0. Only what lies in a gap between modes, and was never seen, moves to the
    edge of the nearest mode.

    Args:
        weights: Of the modes.
        means: Of the modes.
        deviations: Of the modes.
        scales: By how much distances from the mean are divided; 0 for a mode of one number.
        missing: Whether "missing" is a state.
        log: The smallest number above 0 of a column on a log scale, where all but modes of one
            number are logarithms; None for a linear scale.
        lows: The smallest number of each mode, on its scale; None in files of version 1.
        highs: The largest.
    """

    weights: list[float]
    means: list[float]
    deviations: list[float]
    scales: list[float]
    missing: bool
    log: float | None = None
    lows: list[float] | None = None
    highs: list[float] | None = None

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it scales a column of so many levels; numbers have none."""
        if levels or (self.missing and not missing):
            return False
        parts = (self.weights, self.means, self.deviations, self.scales, self.lows, self.highs)
        lengths = {len(part) for part in parts if part is not None}
        return len(lengths) == 1 and lengths != {0}

    @property
    def blocks(self) -> Blocks:
        """A tanh for the place in the mode, then a softmax over modes; none for one mode."""
        states = len(self.means) + self.missing
        return (("tanh", 1), ("softmax", states)) if states > 1 else (("tanh", 1),)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        names = [f" mode {i}" for i in range(len(self.means))] + [" missing"] * self.missing
        return ("", *names) if len(names) > 1 else ("",)

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes numbers `(n,)` as outputs `(n, width)`, with `extend` beyond the tanh's range."""
        absent = np.isnan(numbers)
        known = np.where(absent, self.means[0], numbers)
        points = np.array(self.scales) == 0
        places = known if self.log is None else np.log(np.maximum(known, self.log))
        modes = self._modes(known, places, np.flatnonzero(~points))
        for point in np.flatnonzero(points):
            modes[known == self.means[point]] = point
        scales = np.where(points, 1.0, self.scales)
        with np.errstate(over="ignore"):  # of numbers in the gap before a mode far away
            places = (places - np.take(self.means, modes)) / np.take(scales, modes)
        places = np.where(absent | points[modes], 0.0, places)
        out[:, 0] = places if extend else np.clip(places, -1.0, 1.0)
        states = len(self.means) + self.missing
        if states > 1:
            out[:, 1:] = 0.0
            out[np.arange(len(out)), 1 + np.where(absent, states - 1, modes)] = 1.0

    def _modes(self, known: Floats, places: Floats, others: NDArray[np.intp]) -> NDArray[np.intp]:
        """Returns the mode of each number, among `others` than modes of one number if any."""
        if not len(others):
            return np.asarray(np.abs(known[:, None] - np.array(self.means)).argmin(axis=1))
        found = (self.weights, self.means, self.deviations, self.scales)
        with np.errstate(over="ignore"):  # distances between numbers near the largest one
            chosen = most_probable(places, *(np.take(values, others) for values in found))
        return others[chosen]

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        states = len(self.means) + self.missing
        modes = outputs[:, 1:].argmax(axis=1) if states > 1 else np.zeros(len(outputs), np.intp)
        absent = modes == len(self.means)
        modes = np.where(absent, 0, modes)
        places = outputs[:, 0].astype(np.float64)
        with np.errstate(over="ignore"):
            numbers = np.take(self.means, modes) + places * np.take(self.scales, modes)
            if self.lows is not None and self.highs is not None and not extend:
                # The mean need not be in the middle: one end is nearer than the scale.
                numbers = np.clip(numbers, np.take(self.lows, modes), np.take(self.highs, modes))
            if self.log is not None:
                is_point = np.take(self.scales, modes) == 0
                numbers = np.where(is_point, numbers, np.exp(numbers))
        return np.where(absent, np.nan, numbers)


@dataclass(frozen=True)
class Unlearnt:
    """No outputs: keys are made, not learnt."""

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it scales a column of so many levels; numbers have none."""
        return not levels

    @property
    def blocks(self) -> Blocks:
        """No activations."""
        return ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """No outputs to name."""
        return ()

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes nothing."""

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Returns zeros."""
        return np.zeros(len(outputs))


Scaling = MinMax | OneHot | Modes | Unlearnt


def fit_minmax(numbers: Floats, levels: int | None, log: float | None = None) -> MinMax:
    """Scales numbers, or the positions of that many levels, to [0, 1]."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return MinMax(0.0, 0.0, empty=True)
    low, high = (known.min(), known.max()) if levels is None else (0, levels - 1)
    scaling = MinMax(float(low), float(high), log=log)
    if len(known) == len(numbers):
        return scaling
    # Their mean: the jump to "missing" that a generator has to learn is then the shortest.
    filler = float(scaling.scaled(known).mean())
    return MinMax(scaling.low, scaling.high, filler, log=log)


def fit_one_hot(numbers: Floats, levels: int) -> OneHot:
    """Gives each level an output."""
    return OneHot(levels, missing=bool(levels and np.isnan(numbers).any()))


def fit_modes(numbers: Floats, log: float | None = None) -> Modes:
    """Finds the modes of numbers: of a Gaussian mixture, and numbers that many rows have.

    Args:
        numbers: Numbers `(n,)`, NaN for missing ones.
        log: The smallest number above 0 of a column on a log scale, whose zeros are a mode.
    """
    known = numbers[~np.isnan(numbers)]
    found = find_modes(known, log)
    weights, means, deviations, scales, lows, highs = (values.tolist() for values in found)
    missing = len(known) < len(numbers)
    return Modes(weights, means, deviations, scales, missing, log, lows, highs)


def least_of_log(known: Floats) -> float | None:
    """Returns the smallest number above 0, if numbers span orders of magnitude; otherwise None.

    They do if those above 0 are at least a hundredfold from the 5th to the 95th percentile, and
    nearer to symmetric as logarithms. Numbers below 0 have no logarithm.
    """
    positive = known[known > 0]
    if len(positive) < 10 or known.min() < 0 or len(np.unique(positive)) < 10:
        return None
    first, middle, last = np.log(np.quantile(positive, (0.05, 0.5, 0.95)))
    if last - first < np.log(100.0):
        return None
    numbers = np.exp(np.array([first, middle, last]) - last)
    asymmetry = abs(last + first - 2 * middle) / (last - first)
    linear = abs(numbers[2] + numbers[0] - 2 * numbers[1]) / (numbers[2] - numbers[0])
    return float(positive.min()) if asymmetry < linear else None


def loses_values(scaling: Scaling, numbers: Floats) -> bool:
    """Returns whether outputs a little off give most different numbers as others.

    A little is less than the last digit that float32 has near 1.
    """
    different = np.unique(numbers[~np.isnan(numbers)])
    if len(different) < 3:
        return False
    width = sum(width for _, width in scaling.blocks)
    outputs = np.zeros((len(different), width), np.float32)
    scaling.encode(different, outputs)
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = outputs.astype(np.float64)
        outputs[:, 0] += np.where(outputs[:, 0] < 0.5, _LITTLE, -_LITTLE)
        wrong = np.median(np.abs(scaling.decode(outputs) - different))
        low, high = np.quantile(different, (0.25, 0.75))
        return bool(not wrong <= 0.01 * (high - low))
