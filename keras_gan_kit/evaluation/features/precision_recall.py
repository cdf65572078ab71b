"""Precision and recall of synthetic samples."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_gan_kit.evaluation.features._balls import samples_in_balls
from keras_gan_kit.evaluation.features._neighbors import features_and_k


class _PrecisionAndRecall(NamedTuple):
    precision: float
    recall: float


def precision_recall(real: Any, synthetic: Any, *, k: int = 3) -> tuple[float, float]:
    """Computes precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991).

    The neighborhood of a sample is the ball up to its k-th nearest neighbor in its own set.
    Precision is the share of synthetic samples within a neighborhood of a real sample: how
    realistic they are. Recall is the share of real samples within a neighborhood of a synthetic
    sample: how much of the real distribution they cover. Both are in [0, 1]; higher is better.

    A single outlier has a large neighborhood. `density_coverage` is less sensitive to it.

    Args:
        real: Features of real samples, shape `(n, d)`, with n above k.
        synthetic: Features of synthetic samples, shape `(m, d)`, with m above k.
        k: The number of neighbors, at least 1.

    Returns:
        (precision, recall).

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a shape does not match, a value is not finite, or there are too few samples.

    Example:
        >>> import numpy as np
        >>> real = np.random.default_rng(0).normal(size=(100, 2))
        >>> precision_recall(real, real[:5] + 1e-3, k=3)[0]  # real-looking, a few alone
        1.0
    """
    first, second, k = features_and_k(real, synthetic, k)
    is_met, looks_real = samples_in_balls(first, second, k)
    return _PrecisionAndRecall(float(looks_real.mean()), float(is_met.mean()))
