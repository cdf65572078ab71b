"""The classifier two-sample test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import NotComputableError, not_computable, score
from keras_gan_kit.evaluation.samples._columns import sampled

_FEWEST, _MOST = 20, 5000  # samples of each kind


def classifier_two_sample(
    real: NDArray[Any], synthetic: NDArray[Any], *, seed: int = 0
) -> dict[str, Any]:
    """Runs the classifier two-sample test (Lopez-Paz and Oquab 2017, ICLR).

    Gradient-boosted trees are trained on one half of equally many real and synthetic vectors. The
    score is the area under the ROC curve on the other half.

    Args:
        real: Vectors `(n, d)`.
        synthetic: Vectors `(m, d)`.
        seed: Seed of the subsample and the split.

    Returns:
        A score with goal 0.5, the `"accuracy"`, and the `"p_value"`: the probability of such an
        accuracy with random guesses.
    """
    try:
        return _tested(real, synthetic, seed)
    except NotComputableError as error:
        return not_computable(str(error), goal=0.5)


def _tested(real: NDArray[Any], synthetic: NDArray[Any], seed: int) -> dict[str, Any]:
    from scipy.stats import binomtest
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split
    from threadpoolctl import threadpool_limits

    count = min(len(real), len(synthetic), _MOST)
    if count < _FEWEST:
        raise NotComputableError(f"{count} samples of a kind; {_FEWEST} are needed to learn from")
    if not real.shape[1]:
        raise NotComputableError("all columns are constant")
    x = np.concatenate([sampled(real, count, seed), sampled(synthetic, count, seed + 1)])
    y = np.repeat([0, 1], count)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.5, stratify=y, random_state=seed
    )
    # One thread: the same sums on every machine, and no waiting on a busy one.
    with threadpool_limits(1):
        model = HistGradientBoostingClassifier(max_iter=60, random_state=seed)
        chances = model.fit(x_train, y_train).predict_proba(x_test)[:, 1]
    right = int(((chances > 0.5) == y_test).sum())
    p = binomtest(right, len(y_test), 0.5, alternative="greater").pvalue
    auc = float(roc_auc_score(y_test, chances))
    return score(auc, goal=0.5, accuracy=right / len(y_test), p_value=float(p), samples=2 * count)
