"""Computes the Fréchet distance between two sets of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._feature_arrays import blocks, features_of_both, mean_of


def frechet_distance(real: Any, synthetic: Any) -> float:
    """Computes the squared Fréchet distance between normal distributions fitted to two sets.

    Heusel et al. 2017 (arXiv 1706.08500, equation 6), with means m and covariances C (over n - 1):

        |m_r - m_s|^2 + tr(C_r + C_s - 2 (C_r C_s)^(1/2))

    It is 0 for equal means and covariances, and has no upper bound; lower is better. It depends on
    the features and on the number of samples (Chong and Forsyth 2020, arXiv 1911.07023), so compare
    only values with the same feature network and the same n.

    Args:
        real: Features of real samples, shape `(n, d)`, with n at least 2.
        synthetic: Features of synthetic samples, shape `(m, d)`, with m at least 2.

    Returns:
        The distance, at least 0, in squared units of the features.

    Raises:
        TypeError: If a set is not an array of numbers.
        ValueError: If a shape is wrong, or a value is not finite.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(100, 3))
        >>> round(frechet_distance(features, features + 2.0), 6)  # 3 * 2^2
        12.0
    """
    sets = features_of_both(real, synthetic, minimum=2)
    means = [mean_of(features) for features in sets]
    factors = [_factor(features, mean) for features, mean in zip(sets, means, strict=True)]
    return distance_of_normals(means[0] - means[1], factors[0], factors[1])


def distance_of_normals(
    shift: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> float:
    """Computes the distance between two normal distributions.

    Args:
        shift: The difference of their means, shape `(d,)`.
        first: A factor F with d columns, where F^T F is the first covariance.
        second: The same for the second distribution.
    """
    # The eigenvalues of C_r C_s are the squared singular values of F_r F_s^T, so tr (C_r C_s)^(1/2)
    # is their sum. This avoids the square root of a nearly singular matrix.
    total_variance = float(np.square(first).sum()) + float(np.square(second).sum())
    root = _sum_of_singular_values(first @ second.T, 1e-9 * total_variance)
    return max(0.0, float(shift @ shift) + total_variance - 2.0 * root)


def _sum_of_singular_values(matrix: NDArray[np.float64], tolerance: float) -> float:
    # Square roots of the eigenvalues of M M^T take a third of the time, but lose half of the digits
    # of small singular values. They are used if the sum of their rounding errors is negligible.
    rows, columns = matrix.shape
    gram = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    eigenvalues = np.linalg.eigvalsh(gram)
    if eigenvalues[0] > 0.0:
        singular_values = np.sqrt(eigenvalues)
        rounding = np.finfo(np.float64).eps * eigenvalues[-1]
        if (rounding / (2.0 * singular_values)).sum() <= tolerance:
            return float(singular_values.sum())
    return float(np.linalg.svd(matrix, compute_uv=False).sum())


def _factor(features: NDArray[Any], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns F with at most d rows, where F^T F is the covariance of the features."""
    factor = _cholesky_factor(features, mean) if len(features) > features.shape[1] else None
    return _triangular_factor(features, mean) if factor is None else factor


def _cholesky_factor(
    features: NDArray[Any], mean: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Factors the covariance, which is fast; None if it is nearly singular."""
    n, d = features.shape
    covariance = np.zeros((d, d))
    for _, block in blocks(features, mean):
        covariance += block.T @ block
    covariance /= n - 1
    try:
        factor = np.asarray(np.linalg.cholesky(covariance, upper=True), np.float64)
    except np.linalg.LinAlgError:
        return None
    # The variance not explained by other features must be well above the rounding error.
    left = np.square(factor.diagonal())
    return factor if bool((left >= 1e-7 * covariance.diagonal()).all()) else None


def _triangular_factor(features: NDArray[Any], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors the features, whose condition number is the square root of the covariance's."""
    n, d = features.shape
    # Only the triangular factor of a QR decomposition is kept.
    factor = np.empty((0, d))
    for _, block in blocks(features, mean, minimum=d):
        factor = np.concatenate([factor, block])
        if len(factor) > d:
            factor = np.asarray(np.linalg.qr(factor, mode="r"))
    factor /= np.sqrt(n - 1)
    return factor
