import numpy as np
import pytest
from feature_sets import normal, two_sets

from keras_gan_kit.evaluation import kernel_distance


def naive(x, y):
    """The formula of the paper, pair by pair."""

    def kernel(a, b):
        return (a @ b / len(a) + 1.0) ** 3

    n, m = len(x), len(y)
    within_x = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j)
    within_y = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j)
    between = sum(kernel(a, b) for a in x for b in y)
    return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * between / (n * m)


def test_small_sets_are_evaluated_whole_and_once():
    x, y = two_sets(13, 9)
    mean, std = kernel_distance(x, y)
    assert mean == pytest.approx(naive(x, y), rel=1e-12)
    assert std == 0.0
    assert kernel_distance(y, x)[0] == pytest.approx(mean, rel=1e-12)


def test_two_points_each_by_hand():
    # d = 1: k(0, 0) = 1, k(0, 1) = 1, k(1, 1) = 8.
    x, y = np.zeros((2, 1)), np.ones((2, 1))
    assert kernel_distance(x, y)[0] == pytest.approx(1.0 + 8.0 - 2.0)
    assert kernel_distance(x, x)[0] == pytest.approx(0.0, abs=1e-15)


def test_it_is_unbiased():
    """Over many draws of one distribution the estimates scatter around 0, below it too."""
    values = [
        kernel_distance(normal(20, 3, seed=2 * i), normal(20, 3, seed=2 * i + 1))[0]
        for i in range(300)
    ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * error
    assert min(values) < 0


def test_a_set_above_the_subset_size_is_drawn_from():
    x, y = two_sets(60, 8)
    mean, std = kernel_distance(x, y, subset_size=10, subsets=50)
    assert std > 0
    # The mean over subsets estimates the same number.
    assert mean == pytest.approx(kernel_distance(x, y)[0], abs=4 * std / np.sqrt(50))
    assert (mean, std) == kernel_distance(x, y, subset_size=10, subsets=50)
    assert (mean, std) != kernel_distance(x, y, subset_size=10, subsets=50, seed=1)
    one = kernel_distance(x, y, subset_size=10, subsets=1)
    assert one[1] == 0.0


def test_a_subset_of_nearly_all_samples_leaves_the_rest_out():
    x, y = two_sets(5, 4, d=2)
    drawn = {
        round(kernel_distance(x, y, subset_size=4, subsets=1, seed=seed)[0], 9)
        for seed in range(40)
    }
    possible = {round(naive(np.delete(x, i, axis=0), y), 9) for i in range(5)}
    assert drawn == possible


def test_further_sets_are_further_apart():
    x = normal(100, 3)
    values = [kernel_distance(x, x + shift)[0] for shift in (0.5, 1.0, 2.0)]
    assert values == sorted(values)


def test_results_have_names():
    result = kernel_distance(*two_sets())
    assert (result.mean, result.std) == result


def test_products_in_float32_cost_no_accuracy():
    """Whole blocks of float32 features are multiplied in float32, and all else is float64."""
    x, y = (np.abs(normal(1100, 700, seed=seed)).astype("float32") for seed in (0, 1))
    exact = kernel_distance(x.astype("float64"), y.astype("float64"), subset_size=2000)[0]
    found = kernel_distance(x, y, subset_size=2000)[0]
    # Kernels are about (0.64 + 1)^3 = 4.4. With their cubes in float32 too, it is off by some 1e-7.
    assert 0 < abs(found - exact) < 1e-8
