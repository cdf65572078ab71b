"""How good predicted chances are: scores with intervals, and curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation._score import not_computable, score

__all__ = ["METRICS", "classification_scores", "ranked_right"]

# Name: goal, and why it may be undefined.
METRICS = {
    "auc": ("maximize", "the test rows are all of one class"),
    "accuracy": ("maximize", ""),
    "precision": ("maximize", "no row was predicted positive"),
    "recall": ("maximize", "no test row is positive"),
    "f1": ("maximize", "no test row is positive, nor predicted so"),
    "brier": ("minimize", ""),
    "calibration_error": ("minimize", ""),
}
_BINS = 10


def classification_scores(
    truth: NDArray[Any], chances: NDArray[Any], *, resamples: int = 500, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Scores predicted chances, each with its 95% bootstrap interval over the test rows.

    Args:
        truth: 0 or 1 for each row.
        chances: The predicted chances of 1. A row is predicted positive above 0.5.
        resamples: How many bootstrap samples.
        seed: Of the bootstrap.

    Returns:
        ROC AUC, accuracy, precision, recall, F1, Brier score, and the expected calibration error
        over ten bins.
    """
    measure = _Measure(truth, chances)
    values = measure(np.ones(len(truth)))
    random = np.random.default_rng(seed)
    drawn = np.full((resamples, len(METRICS)), np.nan)
    for i in range(resamples):
        chosen = random.integers(len(truth), size=len(truth))
        drawn[i] = measure(np.bincount(chosen, minlength=len(truth)).astype(float))
    found = {}
    for i, (name, (goal, reason)) in enumerate(METRICS.items()):
        if np.isnan(values[i]):
            found[name] = not_computable(reason, goal=goal)
            continue
        known = drawn[:, i][~np.isnan(drawn[:, i])]
        more: dict[str, Any] = {}
        if len(known):
            more["interval"] = [float(q) for q in np.quantile(known, (0.025, 0.975))]
        found[name] = score(float(values[i]), goal=goal, **more)
    return found


def ranked_right(truth: NDArray[Any], chances: NDArray[Any]) -> float:
    """Returns the ROC AUC; NaN where there is but one class."""
    return float(_Measure(truth, chances)(np.ones(len(truth)))[0])


class _Measure:
    """All scores of weighted rows in one pass.

    scikit-learn has each of them, but sorts and checks the rows again for every bootstrap sample.
    """

    def __init__(self, truth: NDArray[Any], chances: NDArray[Any]) -> None:
        self.truth = np.asarray(truth, float)
        self.chances = np.asarray(chances, float)
        # Rows with the same chance are tied: half right.
        _, self.rank = np.unique(self.chances, return_inverse=True)
        self.predicted = self.chances > 0.5
        self.bins = np.minimum((np.clip(self.chances, 0, 1) * _BINS).astype(int), _BINS - 1)

    def __call__(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        total = weights.sum()
        positive, negative = weights * self.truth, weights * (1.0 - self.truth)
        above, below = np.bincount(self.rank, positive), np.bincount(self.rank, negative)
        pairs = positive.sum() * negative.sum()
        auc = _ratio((above * (np.cumsum(below) - below / 2.0)).sum(), pairs)
        hits, alarms = positive[self.predicted].sum(), negative[self.predicted].sum()
        misses = positive.sum() - hits
        error = self.chances - self.truth
        gaps = np.bincount(self.bins, weights * error, _BINS)
        return np.array(
            [
                auc,
                (total - misses - alarms) / total,
                _ratio(hits, hits + alarms),
                _ratio(hits, hits + misses),
                _ratio(2.0 * hits, 2.0 * hits + misses + alarms),
                (weights * error**2).sum() / total,
                np.abs(gaps).sum() / total,
            ]
        )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
