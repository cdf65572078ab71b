"""Scores predicted numbers, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._bootstrap import Metric, bootstrapped

NUMBER_METRICS = {
    "r2": Metric(limits=(None, 1.0), undefined="all test values are equal"),
    "mae": Metric(goal="minimize", limits=(0.0, None)),
}


def regression_scores(
    truth: NDArray[Any], predicted: NDArray[Any], *, num_resamples: int = 500, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Scores predicted numbers, each with its 95% bootstrap interval over the test rows.

    Args:
        truth: The numbers (rows,).
        predicted: The predictions (rows,).
        num_resamples: The number of bootstrap samples.
        seed: Seed of the bootstrap.

    Returns:
        R2, the share of explained variance, which is at most 1, 0 for predicting the mean of the
        test values, and negative for worse predictions; and the mean absolute error, in the unit of
        the numbers.
    """
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    # Scaled first, because squares of very large or small numbers would overflow or underflow.
    unit = float(np.abs(truth).max()) or 1.0
    truth, predicted = truth / unit, predicted / unit
    size, error = np.abs(predicted - truth) * unit, (predicted - truth) ** 2

    def measure(weights: NDArray[Any]) -> NDArray[np.float64]:
        total = weights.sum()
        # If all resampled values are equal, the variance is only rounding error.
        drawn = truth[weights > 0]
        spread = (weights * (truth - (weights * truth).sum() / total) ** 2).sum()
        known = drawn.min() < drawn.max() and spread > 0
        r2 = 1.0 - (weights * error).sum() / spread if known else np.nan
        return np.array([r2, (weights * size).sum() / total])

    return bootstrapped(measure, len(truth), NUMBER_METRICS, num_resamples=num_resamples, seed=seed)
