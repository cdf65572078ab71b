"""Scores predicted probabilities, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._bootstrap import Cells, Metric, bootstrapped

METRICS = {
    "auc": Metric(undefined="all test rows have the same class"),
    "accuracy": Metric(),
    "precision": Metric(undefined="no row was predicted positive"),
    "recall": Metric(undefined="no test row is positive"),
    "f1": Metric(undefined="no test row is positive or predicted positive"),
    "brier": Metric(goal="minimize"),
    "calibration_error": Metric(goal="minimize"),
}
_BINS = 10
_MANY = 100_000  # from this number of rows on, intervals are computed from cells of a fine grid
_GRID = 4096


def classification_scores(
    truth: NDArray[Any],
    chances: NDArray[Any],
    *,
    classes: Sequence[str] = (),
    num_resamples: int = 500,
    seed: int = 0,
    units: NDArray[np.intp] | None = None,
) -> dict[str, dict[str, Any]]:
    """Scores predicted probabilities, each with its 95% bootstrap interval over the test rows.

    For several classes, AUC (one vs. rest), precision, recall and F1 are means over the classes
    that occur in the test rows. The Brier score is half the sum over classes of squared errors,
    which for two classes is the usual definition. The calibration error is that of the most likely
    class (Guo et al. 2017).

    Args:
        truth: 0 or 1 for each row; or class numbers.
        chances: The predicted probabilities of 1 (rows,), where above 0.5 is positive; or of each
            class (rows, classes), where the most likely class is predicted.
        classes: The names of the classes, if there are several.
        num_resamples: The number of bootstrap samples.
        seed: Seed of the bootstrap.
        units: The unit of each row, as in `bootstrapped`.

    Returns:
        ROC AUC, accuracy, precision, recall, F1, Brier score, and the expected calibration error
        over ten bins; under "classes", the one-vs.-rest AUC of each class.
    """
    options: dict[str, Any] = {"num_resamples": num_resamples, "seed": seed, "units": units}
    if chances.ndim == 1:
        cells = _cells(truth, chances) if len(truth) > _MANY and units is None else None
        measure = _Measure(truth, chances)
        return bootstrapped(measure, len(truth), METRICS, cells=cells, **options)
    one = Metric(undefined="no test row has this class, or all have")
    metrics = METRICS | {f"class {i}": one for i in range(len(classes))}
    found = bootstrapped(_ManyMeasure(truth, chances), len(truth), metrics, **options)
    each = {name: found.pop(f"class {i}") for i, name in enumerate(classes)}
    return found | {"classes": each}


class _Ranking:
    """The ROC AUC of weighted rows; NaN if there is only one class.

    scikit-learn computes all of these scores, but sorts and checks the rows in every bootstrap
    sample.
    """

    def __init__(self, truth: NDArray[Any], chances: NDArray[Any]) -> None:
        self.truth = np.asarray(truth, float)
        # Rows with the same probability are tied and count as half.
        _, self.rank = np.unique(np.asarray(chances, float), return_inverse=True)

    def __call__(self, weights: NDArray[Any]) -> float:
        positive, negative = weights * self.truth, weights * (1.0 - self.truth)
        above, below = np.bincount(self.rank, positive), np.bincount(self.rank, negative)
        pairs = positive.sum() * negative.sum()
        return _ratio((above * (np.cumsum(below) - below / 2.0)).sum(), pairs)


class _Measure:
    """Computes all scores of weighted rows of two classes."""

    def __init__(self, truth: NDArray[Any], chances: NDArray[Any]) -> None:
        self.truth = np.asarray(truth, float)
        self.chances = np.asarray(chances, float)
        self.ranking = _Ranking(truth, chances)
        self.predicted = self.chances > 0.5
        self.bins = _bins(self.chances)

    def __call__(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        total = weights.sum()
        positive, negative = weights * self.truth, weights * (1.0 - self.truth)
        hits, alarms = positive[self.predicted].sum(), negative[self.predicted].sum()
        misses = positive.sum() - hits
        error = self.chances - self.truth
        gaps = np.bincount(self.bins, weights * error, _BINS)
        return np.array(
            [
                self.ranking(weights),
                (total - misses - alarms) / total,
                _ratio(hits, hits + alarms),
                _ratio(hits, hits + misses),
                _ratio(2.0 * hits, 2.0 * hits + misses + alarms),
                (weights * error**2).sum() / total,
                np.abs(gaps).sum() / total,
            ]
        )


def _cells(truth: NDArray[Any], chances: NDArray[Any]) -> Cells:
    """Groups rows of the same class and similar probability into cells."""
    level = np.clip(np.asarray(chances, float) * _GRID, 0, _GRID - 1).astype(np.int64)
    # 0.5 itself counts as negative.
    side = np.asarray(chances) > 0.5
    key = (level * 2 + side) * 2 + np.asarray(truth, np.int64)
    counts = np.bincount(key)
    known = np.flatnonzero(counts)
    mean = np.bincount(key, chances)[known] / counts[known]
    return Cells(_Measure(known % 2, mean), counts[known])


class _ManyMeasure:
    """Computes all scores of weighted rows of several classes, and the AUC of each class."""

    def __init__(self, truth: NDArray[Any], chances: NDArray[Any]) -> None:
        self.count = chances.shape[1]
        truth = np.asarray(truth, int)
        guess = chances.argmax(axis=1)
        self.cells = truth * self.count + guess
        self.rankings = [_Ranking(truth == i, chances[:, i]) for i in range(self.count)]
        greatest = chances.max(axis=1)
        self.surplus = greatest - (truth == guess)
        self.bins = _bins(greatest)
        self.squares = ((chances - np.eye(self.count)[truth]) ** 2).sum(axis=1) / 2.0

    def __call__(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        total = weights.sum()
        table = np.bincount(self.cells, weights, self.count**2).reshape(self.count, self.count)
        occurs = table.sum(axis=1) > 0
        hits, those = table.diagonal()[occurs], table.sum(axis=1)[occurs]
        guessed = table.sum(axis=0)[occurs]
        aucs = np.array([ranking(weights) for ranking in self.rankings])
        known = aucs[~np.isnan(aucs)]
        gaps = np.bincount(self.bins, weights * self.surplus, _BINS)
        return np.array(
            [
                known.mean() if len(known) else np.nan,
                hits.sum() / total,
                (hits / np.maximum(guessed, 1.0)).mean(),  # 0 if never predicted
                (hits / those).mean(),
                (2.0 * hits / (those + guessed)).mean(),
                (weights * self.squares).sum() / total,
                np.abs(gaps).sum() / total,
                *aucs,
            ]
        )


def _bins(chances: NDArray[Any]) -> NDArray[Any]:
    bins: NDArray[Any] = np.minimum((np.clip(chances, 0, 1) * _BINS).astype(int), _BINS - 1)
    return bins


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
