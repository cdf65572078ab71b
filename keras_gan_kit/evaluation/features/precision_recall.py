"""Computes the precision and recall of synthetic samples."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_gan_kit.evaluation.features._balls import samples_in_balls
from keras_gan_kit.evaluation.features._neighbors import features_and_k


class _PrecisionAndRecall(NamedTuple):
    precision: float
    recall: float


def precision_recall(real: Any, synthetic: Any, *, k: int = 3) -> tuple[float, float]:
    """Computes the precision and recall of synthetic samples.

    Kynkäänniemi et al. 2019 (arXiv 1904.06991). The ball around each sample extends to its k-th
    nearest neighbor in its own set. Precision is the share of synthetic samples within a ball of
    the real set; recall is the share of real samples within a ball of the synthetic set. Both are
    in [0, 1]; higher is better.

    Outliers have large balls, which inflate both scores; `density_coverage` is less sensitive to
    them.

    Args:
        real: Features of real samples, shape (n, d), n above k.
        synthetic: Features of synthetic samples, shape (m, d), m above k.
        k: The neighbor that defines the radius of a ball, at least 1.

    Returns:
        (precision, recall).

    Raises:
        TypeError: If a set is not an array of numbers, or `k` is not an integer.
        ValueError: If a shape is wrong, a value is not finite, or there are too few samples.

    Example:
        >>> import numpy as np
        >>> real = np.random.default_rng(0).normal(size=(100, 2))
        >>> precision_recall(real, real[:5] + 1e-3, k=3)[0]  # near real ones, but few
        1.0
    """
    first, second, k = features_and_k(real, synthetic, k)
    is_met, looks_real = samples_in_balls(first, second, k)
    return _PrecisionAndRecall(float(looks_real.mean()), float(is_met.mean()))
