"""Bootstrap intervals: a measure of weighted rows, and resampled rows as weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import Range, not_computable, score


@dataclass(frozen=True)
class Metric:
    """The goal and range of a score, and the reason if it is undefined."""

    goal: str = "maximize"
    limits: Range = (0.0, 1.0)
    undefined: str = "the result is not a finite number"


@dataclass(frozen=True)
class Cells:
    """Rows in cells of about equal ones: a measure of weighted cells, and their sizes."""

    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    counts: NDArray[np.int64]


def bootstrapped(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    count: int,
    metrics: Mapping[str, Metric],
    *,
    num_resamples: int,
    seed: int,
    units: NDArray[np.intp] | None = None,
    cells: Cells | None = None,
) -> dict[str, dict[str, Any]]:
    """Computes scores with their percentile intervals (Efron and Tibshirani 1993).

    Args:
        measure: A function of the weights of rows `(count,)`, how often each occurs. It returns a
            value for each metric, NaN if it is undefined.
        count: The number of rows.
        metrics: The metrics by name, in the order of the values.
        num_resamples: The number of bootstrap samples.
        seed: Seed of the bootstrap.
        units: The number of the unit of each row, where rows of one unit are not independent:
            units are resampled then. None for rows.
        cells: A measure of few cells of about equal rows, which is resampled in place of many rows.

    Returns:
        A score for each metric. Intervals leave out bootstrap samples for which it is undefined.
    """
    values = measure(np.ones(count))
    random = np.random.default_rng(seed)
    drawn = np.full((num_resamples, len(metrics)), np.nan)
    for i in range(num_resamples):
        if cells is None:
            drawn[i] = measure(_weights(random, count, units))
        else:
            drawn[i] = cells.measure(random.multinomial(count, cells.counts / count).astype(float))
    found = {}
    for i, (name, metric) in enumerate(metrics.items()):
        if np.isnan(values[i]):
            reason = metric.undefined
            found[name] = not_computable(reason, goal=metric.goal, limits=metric.limits)
            continue
        known = drawn[:, i][~np.isnan(drawn[:, i])]
        more: dict[str, Any] = {}
        if len(known):
            more["interval"] = [float(q) for q in np.quantile(known, (0.025, 0.975))]
        found[name] = score(float(values[i]), goal=metric.goal, limits=metric.limits, **more)
    return found


def _weights(
    random: np.random.Generator, count: int, units: NDArray[np.intp] | None
) -> NDArray[np.float64]:
    """Draws how often each row occurs in a bootstrap sample."""
    number = count if units is None else int(units.max()) + 1
    drawn = np.bincount(random.integers(number, size=number), minlength=number).astype(float)
    return drawn if units is None else drawn[units]
