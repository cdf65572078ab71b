import numpy as np
import pytest
from feature_sets import distances, normal, radii, two_sets

from keras_gan_kit.evaluation import precision_recall


def naive(x, y, k):
    pairs = distances(x, y)
    precision = (pairs <= radii(x, k)[:, None]).any(axis=0).mean()
    recall = (pairs <= radii(y, k)[None, :]).any(axis=1).mean()
    return precision, recall


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 40, 4), (30, 90, 2), (20, 20, 50)])
def test_it_is_the_formula(n, m, d, k):
    x, y = two_sets(n, m, d)
    result = precision_recall(x, y, k=k)
    assert result == naive(x, y, k)
    assert result == (result.precision, result.recall)


def test_a_line_by_hand():
    """Real at 0, 1, 3: with k=1 the balls reach 1, 1 and 2 far."""
    real = np.array([[0.0], [1.0], [3.0]])
    synthetic = np.array([[-1.0], [5.0], [5.1], [9.0]])  # balls of 6, 0.1, 0.1, 3.9
    # -1 and 5 lie on the border of a real ball, 5.1 and 9 outside of all.
    assert precision_recall(real, synthetic, k=1) == (0.5, 1.0)


def test_identical_sets_have_both_and_disjoint_sets_neither():
    x = normal(50, 3)
    assert precision_recall(x, x) == (1.0, 1.0)
    assert precision_recall(x, x + 100.0) == (0.0, 0.0)
    assert precision_recall(np.zeros((9, 2)), np.zeros((7, 2))) == (1.0, 1.0)
    assert precision_recall(np.zeros((9, 2)), np.ones((7, 2))) == (0.0, 0.0)


def test_a_collapsed_generator_is_precise_and_recalls_little():
    """This pins the order of the arguments."""
    modes = 10.0 * np.arange(5.0)[:, None] + normal(200, 1).reshape(5, 40)
    real = np.stack([modes.ravel(), normal(200, seed=1)], axis=1)
    collapsed = real[:40]  # one of the five modes
    precision, recall = precision_recall(real, collapsed)
    assert precision == 1.0
    assert recall == pytest.approx(0.2, abs=0.02)
    assert precision_recall(collapsed, real) == (recall, precision)
