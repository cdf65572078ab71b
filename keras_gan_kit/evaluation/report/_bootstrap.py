"""Scores with 95% intervals: a measure of weighted rows, and resampled rows as weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import Range, not_computable, score


@dataclass(frozen=True)
class Metric:
    """What a score should be, where it can lie, and why it may be undefined."""

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
    """Scores rows, each score with its percentile interval (Efron and Tibshirani 1993).

    Args:
        measure: Takes the weights of the rows `(count,)`, how often each occurs; returns a value
            for each metric, NaN where it is undefined.
        count: How many rows there are.
        metrics: By name, in the order of the values.
        num_resamples: How many bootstrap samples.
        seed: Of the bootstrap.

    Returns:
        A score for each metric. The interval leaves out samples in which it is undefined.
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
