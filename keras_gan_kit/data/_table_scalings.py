"""Scales the numbers of a column to inputs and outputs of a network, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.data._table_modes import Floats, find_modes, most_probable

# For conditions: the uniform distribution on [-SPREAD, SPREAD] has standard deviation 1, like
# latents.
SPREAD = 3.0**0.5
_LITTLE = 1e-8
Blocks = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class MinMax:
    """Scales a column to [0, 1], with a second output for missing values if there were any.

    Args:
        low: The number that is mapped to 0.
        high: The number that is mapped to 1.
        filler: The output in [0, 1] for a missing value; None if no values were missing.
        empty: Whether all values were missing.
        log: The smallest positive number of a column on a log scale; None for a linear scale.
    """

    low: float
    high: float
    filler: float | None = None
    empty: bool = False
    log: float | None = None

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it suits a column with this number of levels (0 for numbers)."""
        return missing or (self.filler is None and not self.empty)

    @property
    def blocks(self) -> Blocks:
        """The activation and width of each block of outputs."""
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
        """Maps numbers `(n,)` to [0, 1]; numbers outside the bounds are not clipped."""
        if self.log is None:
            span = self.high - self.low
            if np.isinf(span):  # numbers near the largest float
                return np.asarray((numbers / 4 - self.low / 4) / (self.high / 4 - self.low / 4))
            # A constant column becomes 0, as with scikit-learn's `MinMaxScaler`.
            return (numbers - self.low) / (span or 1.0)
        low, high = self.logarithms()
        return np.asarray((self._logarithm(numbers) - low) / ((high - low) or 1.0))

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        shares = outputs[:, 0].astype(np.float64)
        if self.log is not None:
            low, high = self.logarithms()
            numbers = np.exp(low + shares * (high - low)) - self.shift
            if self.shift:  # no values exist between 0 and the smallest positive number
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
        """The number added before the logarithm, which is 0 unless there are zeros."""
        return 0.0 if self.log is None or self.low > 0 else self.log

    def _logarithm(self, numbers: Floats) -> Floats:
        least = (self.log or 0.0) if self.low > 0 else 0.0
        return np.asarray(np.log(np.maximum(numbers, least) + self.shift))

    def logarithms(self) -> Floats:
        """Returns the logarithms of the smallest and largest numbers."""
        return self._logarithm(np.array([self.low, self.high]))


@dataclass(frozen=True)
class OneHot:
    """Encodes levels as one-hot vectors, with one more output for missing values if there were any.

    Args:
        levels: The number of levels.
        missing: Whether "missing" is a state.
    """

    levels: int
    missing: bool

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it suits a column with this number of levels (0 for numbers)."""
        return levels == self.levels and (missing or not self.missing)

    @property
    def blocks(self) -> Blocks:
        """One softmax block; none for a constant column."""
        states = self.levels + self.missing
        return (("softmax", states),) if states > 1 else ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        names = [f" state {i}" for i in range(self.levels)] + [" missing"] * self.missing
        return tuple(names) if self.blocks else ()

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes numbers `(n,)` as outputs `(n, width)`; -1 (unknown level) becomes all zeros."""
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
    """Encodes a number as its mode in a Gaussian mixture and its position in the mode.

    Mode-specific normalization of CTGAN (Xu et al. 2019, arXiv 1907.00503, section 4.2): a number c
    of mode k becomes (c - mean_k) / scale_k and a one-hot vector for k; "missing" is one more mode.
    It differs from the paper in three ways, which make it exact and repeatable. The mode is the
    most probable one, while the paper samples it. scale_k is four standard deviations, or the
    largest distance from the mean if that is larger, while CTGAN clips. A number that many rows
    have, such as 0, is a mode of its own with scale 0. Only unseen numbers in a gap between modes
    move to the edge of the nearest mode.

    Args:
        weights: The weight of each mode.
        means: The mean of each mode.
        deviations: The standard deviation of each mode.
        scales: The divisor of distances from the mean; 0 for a mode of a single number.
        missing: Whether "missing" is a state.
        log: The smallest positive number of a column on a log scale, where all attributes but those
            of modes of a single number are logarithms; None for a linear scale.
        lows: The smallest number of each mode, on its scale; None in files of version 1.
        highs: The largest number of each mode, on its scale; None in files of version 1.
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
        """Returns whether it suits a column with this number of levels (0 for numbers)."""
        if levels or (self.missing and not missing):
            return False
        parts = (self.weights, self.means, self.deviations, self.scales, self.lows, self.highs)
        lengths = {len(part) for part in parts if part is not None}
        return len(lengths) == 1 and lengths != {0}

    @property
    def blocks(self) -> Blocks:
        """A tanh for the position in the mode, then a softmax over modes if there are several."""
        states = len(self.means) + self.missing
        return (("tanh", 1), ("softmax", states)) if states > 1 else (("tanh", 1),)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        names = [f" mode {i}" for i in range(len(self.means))] + [" missing"] * self.missing
        return ("", *names) if len(names) > 1 else ("",)

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes numbers `(n,)` as outputs `(n, width)`, with `extend` also outside [-1, 1]."""
        absent = np.isnan(numbers)
        known = np.where(absent, self.means[0], numbers)
        points = np.array(self.scales) == 0
        places = known if self.log is None else np.log(np.maximum(known, self.log))
        modes = self._modes(known, places, np.flatnonzero(~points))
        for point in np.flatnonzero(points):
            modes[known == self.means[point]] = point
        scales = np.where(points, 1.0, self.scales)
        with np.errstate(over="ignore"):  # for numbers in the gap before a distant mode
            places = (places - np.take(self.means, modes)) / np.take(scales, modes)
        places = np.where(absent | points[modes], 0.0, places)
        out[:, 0] = places if extend else np.clip(places, -1.0, 1.0)
        states = len(self.means) + self.missing
        if states > 1:
            out[:, 1:] = 0.0
            out[np.arange(len(out)), 1 + np.where(absent, states - 1, modes)] = 1.0

    def _modes(self, known: Floats, places: Floats, others: NDArray[np.intp]) -> NDArray[np.intp]:
        """Returns the mode of each number; `others` are the modes of more than a single number."""
        if not len(others):
            return np.asarray(np.abs(known[:, None] - np.array(self.means)).argmin(axis=1))
        found = (self.weights, self.means, self.deviations, self.scales)
        with np.errstate(over="ignore"):  # distances between numbers near the largest float
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
                # The mean may be off center, so one end may be closer than the scale.
                numbers = np.clip(numbers, np.take(self.lows, modes), np.take(self.highs, modes))
            if self.log is not None:
                is_point = np.take(self.scales, modes) == 0
                numbers = np.where(is_point, numbers, np.exp(numbers))
        return np.where(absent, np.nan, numbers)


@dataclass(frozen=True)
class Unlearnt:
    """Has no outputs, because keys are generated rather than learned."""

    def fits(self, levels: int, missing: bool) -> bool:
        """Returns whether it suits a column with this number of levels (0 for numbers)."""
        return not levels

    @property
    def blocks(self) -> Blocks:
        """No activations."""
        return ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Returns no suffixes."""
        return ()

    def encode(self, numbers: Floats, out: NDArray[np.float32], extend: bool = False) -> None:
        """Writes nothing."""

    def decode(self, outputs: NDArray[Any], extend: bool = False) -> Floats:
        """Returns zeros."""
        return np.zeros(len(outputs))


Scaling = MinMax | OneHot | Modes | Unlearnt


def fit_minmax(numbers: Floats, levels: int | None, log: float | None = None) -> MinMax:
    """Fits a scaling of numbers, or of the positions of levels, to [0, 1]."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return MinMax(0.0, 0.0, empty=True)
    low, high = (known.min(), known.max()) if levels is None else (0, levels - 1)
    scaling = MinMax(float(low), float(high), log=log)
    if len(known) == len(numbers):
        return scaling
    # The mean, so that the jump to "missing" that a generator has to learn is small.
    filler = float(scaling.scaled(known).mean())
    return MinMax(scaling.low, scaling.high, filler, log=log)


def fit_one_hot(numbers: Floats, levels: int) -> OneHot:
    """Fits a one-hot encoding of levels."""
    return OneHot(levels, missing=bool(levels and np.isnan(numbers).any()))


def fit_modes(numbers: Floats, log: float | None = None) -> Modes:
    """Fits the modes of a Gaussian mixture, and of single numbers that many rows have.

    Args:
        numbers: Numbers `(n,)`, NaN for missing ones.
        log: The smallest positive number of a column on a log scale, whose zeros are a mode; None
            for a linear scale.
    """
    known = numbers[~np.isnan(numbers)]
    found = find_modes(known, log)
    weights, means, deviations, scales, lows, highs = (values.tolist() for values in found)
    missing = len(known) < len(numbers)
    return Modes(weights, means, deviations, scales, missing, log, lows, highs)


def least_of_log(known: Floats) -> float | None:
    """Returns the smallest positive number if a log scale suits the numbers; otherwise None.

    A log scale is chosen if no number is negative, the 95th percentile of the positive ones is at
    least 100 times the 5th, and their logarithms are less skewed.
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
    """Returns whether tiny errors in the outputs distort the decoded numbers.

    An error below the spacing of float32 numbers near 1 may change the distinct numbers by 1% of
    their interquartile range in the median.
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
