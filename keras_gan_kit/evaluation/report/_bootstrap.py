"""Scores with 95% bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import Range, not_computable, score


@dataclass(frozen=True)
class Metric:
    """The goal and the range of a score, and the reason why it may be undefined."""

    goal: str = "maximize"
    limits: Range = (0.0, 1.0)
    undefined: str = "the result is not a finite number"


def bootstrapped(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    count: int,
    metrics: Mapping[str, Metric],
    *,
    num_resamples: int,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Computes scores with their percentile intervals (Efron and Tibshirani 1993).

    Args:
        measure: A function from the weights of the rows `(count,)`, which are their multiplicities,
            to a value per metric, NaN if it is undefined.
        count: The number of rows.
        metrics: The metrics by name, in the order of the values.
        num_resamples: The number of bootstrap resamples.
        seed: Seed of the bootstrap.

    Returns:
        A score per metric. Resamples in which it is undefined are left out of its interval.
    """
    values = measure(np.ones(count))
    random = np.random.default_rng(seed)
    drawn = np.full((num_resamples, len(metrics)), np.nan)
    for i in range(num_resamples):
        chosen = random.integers(count, size=count)
        drawn[i] = measure(np.bincount(chosen, minlength=count).astype(float))
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
