"""Finds the modes of a numeric column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Weights, means, standard deviations, scales, and smallest and largest numbers of the modes.
Found = tuple[Floats, ...]

_MODES = 10
_LEAST_WEIGHT = 0.005
_CONCENTRATION = 1e-3
_DEVIATIONS = 4.0
_LEAST_DEVIATION = 1e-3  # relative to that of all numbers
# The mixture is fitted until it converges. CTGAN's 100 iterations are too few: they divide a normal
# column into four to nine modes, which appear as peaks in synthetic values. Convergence takes
# hundreds of iterations, so the mixture is fitted on quantiles instead of all rows.
_ITERATIONS = 1000
_QUANTILES = 500
# A single number becomes a mode if its count is at least this share of the rows, this many times
# the median count of a number, and this many rows.
_REPEATED, _TIMES, _ROWS = 0.05, 5, 5
_GAP = 100.0  # groups are split at a gap this many times as wide as the groups


def find_modes(known: Floats, log: float | None = None) -> Found:
    """Returns weights, means, deviations, scales, smallest and largest numbers of the modes.

    Args:
        known: Numbers `(n,)`, none of them missing.
        log: The smallest positive number of a column on a log scale. The results then are
            logarithms, except for modes of a single number, whose deviation and scale are 0.
    """
    points = _repeated(known)
    if log is not None:
        points = np.union1d(points, known[known <= 0])
    rest = known[~np.isin(known, points)]
    rows = [(np.mean(known == point), point, 0.0, 0.0, point, point) for point in points]
    if len(rest):
        if log is not None:
            rest = np.log(rest)
        share = len(rest) / len(known)
        for weight, *others in zip(*_of_groups(rest), strict=True):
            rows.append((weight * share, *others))
    return tuple(np.array(sorted(rows, key=lambda row: row[1])).T)


def _repeated(known: Floats) -> Floats:
    """Returns numbers that are frequent enough to be a state of their own, such as costs of 0."""
    numbers, counts = np.unique(known, return_counts=True)
    if len(numbers) < 3:
        return numbers[:0]
    usual = np.median(counts)
    most = np.argsort(-counts, kind="stable")[:_MODES]
    least = max(_REPEATED * len(known), _TIMES * usual, _ROWS)
    return np.sort(numbers[most[counts[most] >= least]])


def _of_groups(known: Floats) -> Found:
    """Returns the modes of all numbers, fitted separately for groups that are far apart."""
    groups = _groups(np.sort(known))
    parts = []
    for low, high in groups:
        group = known[(known >= low) & (known <= high)]
        # Squares of numbers near the smallest or largest float would be 0 or infinite.
        largest = float(np.abs(group).max())
        is_usual = 1e-100 <= largest <= 1e100 or not largest
        unit = 1.0 if is_usual else np.ldexp(1.0, int(np.frexp(largest)[1]) - 1)
        weights, *others = _of_group(group / unit)
        share = len(group) / len(known)
        parts.append((weights * share, *(lengths * unit for lengths in others)))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _groups(ordered: Floats) -> list[tuple[float, float]]:
    """Splits sorted numbers at gaps that are much wider than the numbers on both sides."""
    quarters = ordered / 4  # so that differences don't overflow
    steps = np.diff(quarters)
    if len(steps):
        place = int(steps.argmax())
        sides = quarters[place] - quarters[0], quarters[-1] - quarters[place + 1]
        if steps[place] > _GAP * max(sides) and max(sides) > 0:
            return _groups(ordered[: place + 1]) + _groups(ordered[place + 1 :])
    return [(float(ordered[0]), float(ordered[-1]))]


def _of_group(known: Floats) -> Found:
    """Fits at most ten modes by a variational Gaussian mixture."""
    if known.min() == known.max():
        return np.ones(1), known[:1], np.zeros(1), np.zeros(1), known[:1], known[:1]
    # The prior biases the mixture, especially small modes, toward the mean and spread of all
    # numbers, so the mean and deviation of each mode are computed from its numbers.
    found = _of_modes(known, most_probable(known, *_mixture(known)))
    modes = most_probable(known, *found)
    used = np.unique(modes)
    weights, means, deviations = (values[used] for values in found)
    modes = np.searchsorted(used, modes)
    scales = _DEVIATIONS * deviations
    np.maximum.at(scales, modes, np.abs(known - means[modes]))
    lows, highs = np.full_like(means, np.inf), np.full_like(means, -np.inf)
    np.minimum.at(lows, modes, known)
    np.maximum.at(highs, modes, known)
    point = (lows == highs) & (np.bincount(modes) > 1)  # a mode of a single number
    means[point], deviations[point], scales[point] = lows[point], 0.0, 0.0
    return weights, means, deviations, scales, lows, highs


def _of_modes(known: Floats, modes: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """Returns the share, mean and deviation of each mode's numbers, sorted by mean."""
    inside = [known[modes == mode] for mode in np.unique(modes)]
    # Many equal numbers, such as zeros, are a mode with deviation 0.
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
        # A mixture that has not converged still divides the numbers into modes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(((known - center) / spread)[:, None])
    kept = mixture.weights_ > _LEAST_WEIGHT
    return (
        mixture.weights_[kept],
        center + spread * mixture.means_[kept, 0],
        spread * np.sqrt(mixture.covariances_[kept, 0, 0]),
    )


def most_probable(
    numbers: Floats, weights: Any, means: Any, deviations: Any, scales: Any = None
) -> NDArray[np.intp]:
    """Returns the most probable mode of each number.

    With `scales`, only modes whose mean is at most their scale away from the number count. If there
    is none, the mode with the smallest excess is returned.
    """
    best, beyond = np.full(len(numbers), -np.inf), np.full(len(numbers), np.inf)
    modes = np.zeros(len(numbers), np.intp)
    # Loops over modes, because a matrix of all probabilities takes ten times the column's memory.
    for k, (weight, mean, deviation) in enumerate(zip(weights, means, deviations, strict=True)):
        distance = np.abs(numbers - mean)
        log = np.log(weight / deviation) - 0.5 * (distance / deviation) ** 2
        excess = np.zeros_like(log) if scales is None else np.maximum(distance - scales[k], 0.0)
        better = (excess < beyond) | ((excess == beyond) & (log > best))
        best[better], beyond[better], modes[better] = log[better], excess[better], k
    return modes
