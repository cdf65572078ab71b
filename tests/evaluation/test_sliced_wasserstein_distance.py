"""The sliced Wasserstein distance against closed forms."""

# Runs once: numpy alone computes it.

import numpy as np
import pytest

from keras_gan_kit.evaluation import sliced_wasserstein_distance


def test_one_dimension_is_the_wasserstein_distance():
    # Sorted, 0, 1, 5 and 2, 3, 4 differ by 2, 2 and 1.
    distance = sliced_wasserstein_distance(
        np.array([[5.0], [0.0], [1.0]]), np.array([[2.0], [4.0], [3.0]])
    )
    assert distance == pytest.approx(np.sqrt((4 + 4 + 1) / 3))


def test_sets_of_different_sizes():
    # The quantile functions are 0, 3 in halves and 0, 3, 3 in thirds: they differ by 3 on 1/6.
    distance = sliced_wasserstein_distance(
        np.array([[0.0], [3.0]]), np.array([[0.0], [3.0], [3.0]])
    )
    assert distance == pytest.approx(np.sqrt(9 / 6))
    assert sliced_wasserstein_distance(np.eye(3), np.tile(np.eye(3), (4, 1))) == pytest.approx(0.0)


def test_a_shift_in_many_dimensions():
    features = np.random.default_rng(0).normal(size=(50, 4))
    shift = np.array([1.0, -2.0, 0.0, 3.0])
    distance = sliced_wasserstein_distance(features, features + shift, num_projections=20_000)
    assert distance == pytest.approx(np.linalg.norm(shift) / np.sqrt(4), rel=0.02)


def test_bad_features_are_named():
    with pytest.raises(ValueError, match=r"Invalid `synthetic`"):
        sliced_wasserstein_distance(np.eye(3), np.eye(2))
    with pytest.raises(ValueError, match=r"Invalid `num_projections`"):
        sliced_wasserstein_distance(np.eye(3), np.eye(3), num_projections=0)
