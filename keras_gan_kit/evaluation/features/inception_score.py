"""The Inception score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.features._feature_arrays import features_of, mean_of, slices

_TOLERANCE = 1e-3  # of a sum over float16 probabilities


def inception_score(probabilities: Any) -> float:
    """Computes the Inception score of predicted class probabilities.

    Salimans et al. 2016 (arXiv 1606.03498), over all samples at once, because ten small splits
    lower the score:

        exp(mean over samples of KL(p(y | x) || mean p(y)))

    It lies between 1 and the number of classes; higher is better. It is high if the classifier is
    confident about each sample and predicts all classes equally often. It does not use real
    samples: one perfect image per class gets the best score.

    Args:
        probabilities: The classifier's predictions for synthetic samples, shape `(n, classes)`;
            each row is at least 0 and sums to 1.

    Returns:
        The score.

    Raises:
        TypeError: If they are not an array of numbers.
        ValueError: If the shape does not match, or a row is not a distribution.

    Example:
        >>> round(inception_score(np.eye(10)), 6)
        10.0
    """
    given = features_of("probabilities", probabilities)
    _check_distributions(given)
    marginal = mean_of(given)
    marginal /= marginal.sum()
    total = 0.0
    for rows in slices(len(given)):
        block = given[rows].astype(np.float64)
        block /= block.sum(axis=1, keepdims=True)
        # 0 log 0 is 0; a class with the mean 0 is 0 in every row.
        ratio = np.divide(block, marginal, out=np.ones_like(block), where=block > 0)
        total += float((block * np.log(ratio)).sum())
    # Rounding may leave it a little outside of what is possible.
    return float(np.clip(np.exp(total / len(given)), 1.0, given.shape[1]))


def _check_distributions(given: NDArray[Any]) -> None:
    low = float(given.min())
    worst = float(np.abs(given.sum(axis=1, dtype=np.float64) - 1.0).max())
    if low < 0.0 or worst > _TOLERANCE:
        raise invalid(
            "probabilities",
            received=f"values from {low:.3g}, rows whose sums are up to {worst:.3g} from 1",
            expected="rows of probabilities, at least 0, with the sum 1",
            fix="apply keras.ops.softmax to logits",
        )
