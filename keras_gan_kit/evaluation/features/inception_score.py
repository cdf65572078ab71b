"""Computes the Inception score."""

from __future__ import annotations

from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.features._feature_arrays import features_of, mean_of, slices

_TOLERANCE = 1e-3  # for sums of float16 probabilities


class _MeanAndStd(NamedTuple):
    mean: float
    std: float


@overload
def inception_score(probabilities: Any, *, splits: None = None) -> float: ...


@overload
def inception_score(probabilities: Any, *, splits: int) -> tuple[float, float]: ...


def inception_score(
    probabilities: Any, *, splits: int | None = None
) -> float | tuple[float, float]:
    """Computes the Inception score, which is high for confident and diverse predictions.

    Salimans et al. 2016 (arXiv 1606.03498):

        exp(mean over samples of KL(p(y | x) || mean p(y)))

    It is between 1 and the number of classes; higher is better. It doesn't use real samples: one
    perfect image per class already reaches the highest score. The paper averages it over ten
    splits. Small splits have lower scores, so the default is a single score of all samples.

    Args:
        probabilities: A classifier's probabilities for each synthetic sample, shape (n, classes);
            non-negative rows with sum 1.
        splits: The number of parts, in the order of the samples, that are scored separately, from 1
            to n; None for one score of all samples. The last part may be smaller, as in
            torchmetrics. Shuffle samples that are sorted by class.

    Returns:
        The score; with `splits` (mean, std) of the scores of the parts. The standard deviation is
        that of a sample (over n - 1), as in torchmetrics, and 0 for one part.

    Raises:
        TypeError: If `probabilities` is not an array of numbers, or `splits` is not an integer.
        ValueError: If the shape is wrong, a row is not a distribution, or there are fewer samples
            than splits.

    Example:
        >>> round(inception_score(np.eye(10)), 6)
        10.0
        >>> inception_score(np.tile(np.eye(10), (5, 1)), splits=5).std
        0.0
    """
    given = features_of("probabilities", probabilities)
    _check_distributions(given)
    if splits is None:
        return _score(given)
    size = -(-len(given) // integer("splits", splits, maximum=len(given)))
    scores = [_score(given[start : start + size]) for start in range(0, len(given), size)]
    deviation = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return _MeanAndStd(float(np.mean(scores)), deviation)


def _score(given: NDArray[Any]) -> float:
    marginal = mean_of(given)
    marginal /= marginal.sum()
    total = 0.0
    for rows in slices(len(given)):
        block = given[rows].astype(np.float64)
        block /= block.sum(axis=1, keepdims=True)
        # 0 log 0 is 0; a class with mean 0 is 0 in every row.
        ratio = np.divide(block, marginal, out=np.ones_like(block), where=block > 0)
        total += float((block * np.log(ratio)).sum())
    # Rounding may put it slightly outside the possible range.
    return float(np.clip(np.exp(total / len(given)), 1.0, given.shape[1]))


def _check_distributions(given: NDArray[Any]) -> None:
    low = float(given.min())
    worst = float(np.abs(given.sum(axis=1, dtype=np.float64) - 1.0).max())
    if low < 0.0 or worst > _TOLERANCE:
        raise invalid(
            "probabilities",
            received=f"values from {low:.3g}, in rows whose sums differ from 1 by up to "
            f"{worst:.3g}",
            expected="rows of non-negative probabilities with sum 1",
            fix="apply keras.ops.softmax to logits",
        )
