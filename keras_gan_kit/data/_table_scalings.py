"""How the numbers of a column become inputs and outputs of a network, and numbers again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Blocks = tuple[tuple[str, int], ...]

_MODES = 10
_LEAST_WEIGHT = 0.005
_CONCENTRATION = 1e-3
_DEVIATIONS = 4.0
_LEAST_DEVIATION = 1e-3  # of that of all numbers
# The mixture is fitted until it stands still, for which CTGAN's 100 iterations are too few: they
# leave a normal column divided into four to nine modes, which synthetic values then show as peaks.
# That takes hundreds of iterations, which quantiles instead of all rows make affordable.
_ITERATIONS = 1000
_QUANTILES = 500


@dataclass(frozen=True)
class MinMax:
    """One number in [0, 1], and a second one for "missing" where values were missing.

    Args:
        low: The number that becomes 0.
        high: The number that becomes 1.
        filler: What stands, in [0, 1], where the value is missing; None where none was.
        empty: Whether all values were missing.
    """

    low: float
    high: float
    filler: float | None = None
    empty: bool = False

    def fits(self, levels: int, missing: bool) -> bool:
        """Tells whether it scales a column of so many levels; numbers have none."""
        return missing or (self.filler is None and not self.empty)

    @property
    def blocks(self) -> Blocks:
        """Activation and width of the outputs, one after the other."""
        return (("sigmoid", 1),) * (1 if self.filler is None else 2)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What to add to the column's name, for each output."""
        return ("",) if self.filler is None else ("", " missing")

    def encode(self, numbers: Floats) -> Floats:
        """Maps numbers `(n,)` to `(n, width)`."""
        # A constant column is 0, as by scikit-learn's `MinMaxScaler`.
        scaled = (numbers - self.low) / ((self.high - self.low) or 1.0)
        absent = np.isnan(numbers)
        if self.filler is None:
            return np.where(absent, 0.0, scaled)[:, None]
        return np.stack([np.where(absent, self.filler, scaled), absent], axis=1)

    def decode(self, outputs: Floats) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        numbers = self.low + outputs[:, 0] * (self.high - self.low)
        if self.filler is not None:
            return np.where(outputs[:, 1] < 0.5, numbers, np.nan)
        return np.full_like(numbers, np.nan) if self.empty else numbers


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
        """Tells whether it scales a column of so many levels; numbers have none."""
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

    def encode(self, numbers: Floats) -> Floats:
        """Maps numbers `(n,)` to `(n, width)`."""
        if not self.blocks:
            return np.empty((len(numbers), 0))
        states = np.where(np.isnan(numbers), self.levels, numbers).astype(np.intp)
        return np.eye(self.levels + self.missing)[states]

    def decode(self, outputs: Floats) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        if not self.blocks:
            return np.full(len(outputs), 0.0 if self.levels else np.nan)
        states = outputs.argmax(axis=1).astype(np.float64)
        return np.where(states < self.levels, states, np.nan)


@dataclass(frozen=True)
class Modes:
    """Where a number lies in a mode of a Gaussian mixture, and which mode it is.

    Mode-specific normalisation of CTGAN (Xu et al. 2019, arXiv 1907.00503, section 4.2): a number c
    of mode k becomes (c - mean_k) / scale_k and a one-hot vector for k; "missing" is one more mode.
    Two differences make it exact and repeatable: the mode is the most probable one, where the paper
    draws it; and scale_k is four deviations or, where the numbers of the mode reach further, as far
    as they reach, where CTGAN clips. Only what lies in a gap between them, and was never seen,
    moves to the edge of the nearest mode.

    Args:
        weights: Of the modes.
        means: Of the modes.
        deviations: Of the modes.
        scales: By how much distances from the mean are divided.
        missing: Whether "missing" is a state.
    """

    weights: list[float]
    means: list[float]
    deviations: list[float]
    scales: list[float]
    missing: bool

    def fits(self, levels: int, missing: bool) -> bool:
        """Tells whether it scales a column of so many levels; numbers have none."""
        if levels or (self.missing and not missing):
            return False
        lengths = {len(self.weights), len(self.means), len(self.deviations), len(self.scales)}
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

    def encode(self, numbers: Floats) -> Floats:
        """Maps numbers `(n,)` to `(n, width)`."""
        absent = np.isnan(numbers)
        known = np.where(absent, self.means[0], numbers)
        modes = _most_probable(known, self.weights, self.means, self.deviations, self.scales)
        places = (known - np.take(self.means, modes)) / np.take(self.scales, modes)
        places = np.where(absent, 0.0, np.clip(places, -1.0, 1.0))[:, None]
        states = len(self.means) + self.missing
        if states == 1:
            return places
        one_hot = np.eye(states)[np.where(absent, states - 1, modes)]
        return np.concatenate([places, one_hot], axis=1)

    def decode(self, outputs: Floats) -> Floats:
        """Maps outputs `(n, width)` to numbers `(n,)`."""
        states = len(self.means) + self.missing
        modes = outputs[:, 1:].argmax(axis=1) if states > 1 else np.zeros(len(outputs), np.intp)
        absent = modes == len(self.means)
        modes = np.where(absent, 0, modes)
        numbers = np.take(self.means, modes) + outputs[:, 0] * np.take(self.scales, modes)
        return np.where(absent, np.nan, numbers)


Scaling = MinMax | OneHot | Modes


def fit_minmax(numbers: Floats, levels: int | None) -> MinMax:
    """Scales numbers, or the positions of that many levels, to [0, 1]."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return MinMax(0.0, 0.0, empty=True)
    low, high = (known.min(), known.max()) if levels is None else (0, levels - 1)
    filler = None
    if len(known) < len(numbers):
        # Their mean: the jump to "missing" that a generator has to learn is then the shortest.
        filler = float((known.mean() - low) / ((high - low) or 1.0))
    return MinMax(float(low), float(high), filler)


def fit_one_hot(numbers: Floats, levels: int) -> OneHot:
    """Gives each level an output."""
    return OneHot(levels, missing=bool(levels and np.isnan(numbers).any()))


def fit_modes(numbers: Floats) -> Modes:
    """Finds the modes of numbers, at most ten, by a variational Gaussian mixture."""
    known = numbers[~np.isnan(numbers)]
    # What the mixture finds is drawn towards the mean and the spread of all numbers, small modes
    # most of all: each becomes the mean and the deviation of the numbers that are in it.
    found = _of_modes(known, _most_probable(known, *_mixture(known)))
    modes = _most_probable(known, *found)
    used = np.unique(modes)
    weights, means, deviations = (values[used] for values in found)
    modes = np.searchsorted(used, modes)
    scales = _DEVIATIONS * deviations
    np.maximum.at(scales, modes, np.abs(known - means[modes]))
    return Modes(
        weights.tolist(),
        means.tolist(),
        deviations.tolist(),
        scales.tolist(),
        missing=len(known) < len(numbers),
    )


def _of_modes(known: Floats, modes: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """Returns share, mean and deviation of the numbers in each mode, by the means."""
    inside = [known[modes == mode] for mode in np.unique(modes)]
    # Many equal numbers, such as zeros, are a mode without a deviation.
    least = _LEAST_DEVIATION * known.std()
    found = sorted((x.mean(), max(x.std(), least), len(x) / len(known)) for x in inside)
    means, deviations, weights = np.array(found).T
    return weights, means, deviations


def _mixture(known: Floats) -> tuple[Floats, Floats, Floats]:
    """Returns weights, means and deviations of the modes."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    center, spread = known.mean(), known.std()
    if len(known) > _QUANTILES:
        shares = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
        known = np.quantile(known, shares, method="nearest")
    mixture: Any = BayesianGaussianMixture(
        n_components=min(_MODES, len(np.unique(known))),
        weight_concentration_prior=_CONCENTRATION,
        max_iter=_ITERATIONS,
        random_state=0,
    )
    with warnings.catch_warnings():
        # A mixture that is still moving is as good a division into modes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(((known - center) / spread)[:, None])
    kept = mixture.weights_ > _LEAST_WEIGHT
    return (
        mixture.weights_[kept],
        center + spread * mixture.means_[kept, 0],
        spread * np.sqrt(mixture.covariances_[kept, 0, 0]),
    )


def _most_probable(
    numbers: Floats, weights: Any, means: Any, deviations: Any, scales: Any = None
) -> NDArray[np.intp]:
    """Returns the mode that each number most probably comes from, of those that reach it.

    With `scales`, a mode reaches so far from its mean; without, everywhere. A number that no mode
    reaches gets the one that is nearest to reaching it.
    """
    best, beyond = np.full(len(numbers), -np.inf), np.full(len(numbers), np.inf)
    modes = np.zeros(len(numbers), np.intp)
    # Mode by mode: a table of all probabilities would take ten times the memory of the column.
    for k, (weight, mean, deviation) in enumerate(zip(weights, means, deviations, strict=True)):
        distance = np.abs(numbers - mean)
        log = np.log(weight / deviation) - 0.5 * (distance / deviation) ** 2
        excess = np.zeros_like(log) if scales is None else np.maximum(distance - scales[k], 0.0)
        better = (excess < beyond) | ((excess == beyond) & (log > best))
        best[better], beyond[better], modes[better] = log[better], excess[better], k
    return modes
