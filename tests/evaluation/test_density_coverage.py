import numpy as np
import pytest
from feature_sets import distances, normal, radii, two_sets

from keras_gan_kit.evaluation import density_coverage


def naive(x, y, k):
    within = distances(x, y) < radii(x, k)[:, None]
    return within.sum() / (k * len(y)), within.any(axis=1).mean()


@pytest.mark.parametrize("k", [1, 5, 10])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 40, 4), (30, 90, 2), (20, 20, 50)])
def test_it_is_the_formula(n, m, d, k):
    x, y = two_sets(n, m, d)
    result = density_coverage(x, y, k=k)
    assert result == pytest.approx(naive(x, y, k), rel=1e-12)
    assert result == (result.density, result.coverage)


def test_a_line_by_hand():
    """Real at 0, 1, 3: with k=1 the open balls reach 1, 1 and 2 far."""
    real = np.array([[0.0], [1.0], [3.0]])
    synthetic = np.array([[0.5], [2.0]])  # in the first two balls; in the last, not the second
    assert density_coverage(real, synthetic, k=1) == (1.5, 1.0)
    assert density_coverage(real, synthetic[1:], k=1) == (1.0, pytest.approx(1 / 3))


@pytest.mark.parametrize("k", [1, 5])
def test_identical_sets_have_both_and_disjoint_sets_neither(k):
    x = normal(50, 3)
    assert density_coverage(x, x, k=k) == (1.0, 1.0)
    assert density_coverage(x, x + 100.0, k=k) == (0.0, 0.0)


def test_copies_of_a_single_point_meet_it():
    assert density_coverage(np.zeros((9, 2)), np.zeros((1, 2)))[1] == 1.0
    assert density_coverage(np.zeros((9, 2)), np.ones((7, 2))) == (0.0, 0.0)


def test_as_many_samples_of_the_same_distribution_cover_what_the_paper_expects():
    k, n = 5, 1000
    x, y = normal(n, 8), normal(n, 8, seed=1)
    density, coverage = density_coverage(x, y, k=k)
    steps = np.arange(k)
    expected = 1 - np.prod((n - 1 - steps) / (2 * n - 1 - steps))
    assert coverage == pytest.approx(expected, abs=0.03)
    assert density == pytest.approx(1.0, abs=0.1)


def test_a_collapsed_generator_covers_little():
    """This pins the order of the arguments."""
    x = normal(200, 2)
    collapsed = x[0] + 1e-3 * normal(200, 2, seed=1)
    density, coverage = density_coverage(x, collapsed)
    assert coverage < 0.1
    assert density > 0.5
    assert density_coverage(collapsed, x)[0] < 0.01


def test_an_outlier_does_not_raise_density_much():
    """The case of the paper's figure 3: recall counts the outlier's ball as a whole."""
    real = np.concatenate([normal(100, 2), [[50.0, 50.0]]])
    far = np.full((100, 2), 20.0) + normal(100, 2, seed=1)
    assert density_coverage(real, far)[0] <= 1 / 5


def test_with_repeated_values_density_is_about_1():
    """prdc, issue 7: without the weight of borders it is n / k for a constant."""
    assert density_coverage(np.ones((1024, 8)), np.ones((1024, 8))) == (1.0, 1.0)
    random = np.random.default_rng(0)
    for values in (
        random.integers(0, 3, (600, 2)),
        random.poisson(1.0, (600, 2)),
        np.repeat(np.arange(10), 60)[random.permutation(600), None],
    ):
        real, other = values[:300].astype(float), values[300:].astype(float)
        assert density_coverage(real, real)[0] == pytest.approx(1.0)
        assert density_coverage(real, other)[0] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_the_unit_does_not_count(unit):
    x, y = two_sets(40, 30, 3)
    assert density_coverage(x * unit, y * unit) == density_coverage(x, y)
