"""Computes bootstrap intervals from weighted rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import Range, not_computable, score


@dataclass(frozen=True)
class Metric:
    """The goal and range of a score, and the reason to report if it is undefined."""

    goal: str = "maximize"
    limits: Range = (0.0, 1.0)
    undefined: str = "the result is not a finite number"


@dataclass(frozen=True)
class Cells:
    """Rows grouped into cells of similar rows: a measure of weighted cells, and the cell sizes."""

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
        measure: A function of row weights `(count,)`, the number of times that each row occurs. It
            returns a value for each metric, NaN if undefined.
        count: The number of rows.
        metrics: The metrics by name, in the order of the values.
        num_resamples: The number of bootstrap samples.
        seed: Seed of the bootstrap.
        units: The unit of each row as a number, if rows of a unit are dependent. Units are then
            resampled instead of rows. None for independent rows.
        cells: Cells of similar rows, which are resampled instead of many rows.

    Returns:
        A score for each metric. Intervals leave out bootstrap samples for which the score is
        undefined.
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
    """Draws the number of times that each row occurs in a bootstrap sample."""
    number = count if units is None else int(units.max()) + 1
    drawn = np.bincount(random.integers(number, size=number), minlength=number).astype(float)
    return drawn if units is None else drawn[units]
