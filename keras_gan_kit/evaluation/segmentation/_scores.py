"""Computes pixel scores, with intervals over images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.segmentation._data import Segmentation

_LEVELS = 1024  # quantization levels of predictions for intervals
_COVERAGE = 95.0  # percent


def area_under_pr(true: NDArray[np.bool_], found: NDArray[np.float32]) -> float:
    """Computes the area under the precision-recall curve with the trapezoidal rule.

    Average precision, a step-wise sum, is slightly lower; with millions of pixels the two agree.
    """
    from sklearn import metrics

    precision, recall, _ = metrics.precision_recall_curve(true, found)
    return float(metrics.auc(recall, precision))


def at_threshold(true: NDArray[np.bool_], found: NDArray[np.float32], threshold: float) -> Any:
    """Returns Dice, sensitivity, specificity and accuracy; NaN for 0 / 0."""
    return _ratios(*_confusion(true, found, threshold))


def _confusion(
    true: NDArray[np.bool_], found: NDArray[np.float32], threshold: float
) -> tuple[int, int, int, int]:
    """Counts true positives, false positives, false negatives and true negatives."""
    positive = found >= threshold
    hits = int(np.count_nonzero(positive & true))
    alarms, misses = int(np.count_nonzero(positive)) - hits, int(np.count_nonzero(true)) - hits
    return hits, alarms, misses, true.size - hits - alarms - misses


def _ratios(hits: Any, alarms: Any, misses: Any, rest: Any) -> dict[str, Any]:
    with np.errstate(invalid="ignore"):
        return {
            "dice": np.divide(2 * hits, 2 * hits + alarms + misses),
            "sensitivity": np.divide(hits, hits + misses),
            "specificity": np.divide(rest, rest + alarms),
            "accuracy": np.divide(hits + rest, hits + rest + alarms + misses),
        }


def pixel_scores(data: Segmentation, threshold: float) -> dict[str, float]:
    """Computes all scores of pixels in the field of view. Areas are NaN if a class is missing."""
    from sklearn import metrics

    true, found = data.pixels()
    areas = {"auc_roc": np.nan, "auc_pr": np.nan}
    if true.any() and not true.all():
        areas = {
            "auc_roc": float(metrics.roc_auc_score(true, found)),
            "auc_pr": area_under_pr(true, found),
        }
    return areas | {k: float(v) for k, v in at_threshold(true, found, threshold).items()}


def best_threshold(data: Segmentation) -> tuple[float, float]:
    """Finds the threshold with the highest Dice over all pixels in the field of view.

    Returns the threshold and its Dice.

    Raises:
        ValueError: If no pixel is positive.
    """
    from sklearn import metrics

    true, found = data.pixels()
    precision, recall, thresholds = metrics.precision_recall_curve(true, found)
    total = precision + recall
    dice = 2 * precision * recall / np.where(total > 0, total, 1.0)
    best = int(np.argmax(dice[:-1]))
    return float(thresholds[best]), float(dice[best])


def intervals(
    data: Segmentation, threshold: float, *, num_resamples: int, seed: int
) -> dict[str, list[float]]:
    """Bootstraps 95% intervals over images, because pixels of an image are dependent.

    For the areas, predictions are rounded to 1,024 levels, so each image is represented by two
    histograms, and a bootstrap sample by their sums.
    """
    pixels = [data.image(i).pixels() for i in range(len(data.labels))]
    confusions = np.array([_confusion(*image, threshold) for image in pixels])
    histograms = np.stack([_histograms(*image) for image in pixels])
    draw = np.random.default_rng(seed)
    shares = draw.multinomial(len(pixels), [1 / len(pixels)] * len(pixels), size=num_resamples)
    values = _ratios(*(shares @ confusions).T)
    values |= _areas(np.einsum("ri,ick->rck", shares, histograms))
    edges = (50 - _COVERAGE / 2, 50 + _COVERAGE / 2)
    return {
        name: [float(edge) for edge in np.nanpercentile(found, edges)]
        for name, found in values.items()
        if not np.isnan(found).all()
    }


def _histograms(true: NDArray[np.bool_], found: NDArray[np.float32]) -> NDArray[np.int64]:
    """Counts pixels by class and prediction level, int64 (2, levels)."""
    levels = np.floor(found * (_LEVELS - 1)).astype(np.int64)
    return np.stack([np.bincount(levels[true == kind], minlength=_LEVELS) for kind in (0, 1)])


def _areas(pooled: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Computes the areas under both curves from histograms (resamples, 2, levels)."""
    # From the highest threshold to the lowest.
    alarms, hits = np.moveaxis(np.cumsum(pooled[..., ::-1], axis=-1), 1, 0).astype("float64")
    with np.errstate(invalid="ignore"):
        rates = alarms / alarms[:, -1:], hits / hits[:, -1:]
        precision = hits / (alarms + hits)
    precision = np.where(np.isnan(precision), 1.0, precision)
    zero, one = np.zeros((len(hits), 1)), np.ones((len(hits), 1))
    sensitivity = np.hstack([zero, rates[1]])
    return {
        "auc_roc": np.trapezoid(sensitivity, np.hstack([zero, rates[0]]), axis=-1),
        "auc_pr": np.trapezoid(np.hstack([one, precision]), sensitivity, axis=-1),
    }
