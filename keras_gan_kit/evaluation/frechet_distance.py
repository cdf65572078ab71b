"""The Fréchet distance between two sets of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation._features import features_of_both

__all__ = ["frechet_distance"]


def frechet_distance(real: Any, synthetic: Any) -> float:
    """Computes the squared Fréchet distance of the normal distributions that fit best.

    Heusel et al. 2017 (arXiv 1706.08500, equation 6); with means m and covariances C (over n - 1):

        |m_r - m_s|^2 + tr(C_r + C_s - 2 (C_r C_s)^(1/2))

    It is 0 for equal means and covariances, and has no upper bound; lower is better. It depends
    on the features, and on the number of samples (Chong and Forsyth 2020, arXiv 1911.07023): only
    values of the same feature network and the same n compare.

    Args:
        real: Features of real samples, shape (n, d), n at least 2.
        synthetic: Features of synthetic samples, shape (m, d), m at least 2.

    Returns:
        The distance, at least 0, in squared units of the features.

    Raises:
        TypeError: If one is not an array of numbers.
        ValueError: If a shape does not fit, or a value is not finite.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(100, 3))
        >>> round(frechet_distance(features, features + 2.0), 6)  # 3 * 2^2
        12.0
    """
    first, second = features_of_both(real, synthetic, minimum=2)
    shift = first.mean(axis=0) - second.mean(axis=0)
    # With C = F^T F, the eigenvalues of C_r C_s are the squared singular values of F_r F_s^T, so
    # that tr (C_r C_s)^(1/2) is their sum: no square root of a nearly singular matrix.
    factors = [_factor(features) for features in (first, second)]
    singular_values = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False)
    total_variance = sum(float(np.square(factor).sum()) for factor in factors)
    distance = float(shift @ shift) + total_variance - 2.0 * float(singular_values.sum())
    return max(0.0, distance)


def _factor(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns F of at most d rows with F^T F the covariance of the features."""
    centred: NDArray[np.float64] = features - features.mean(axis=0)
    centred /= np.sqrt(len(features) - 1)
    return centred if len(centred) <= centred.shape[1] else np.linalg.qr(centred)[1]
