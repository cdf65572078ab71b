import numpy as np
import pytest
from feature_sets import distances, normal, radii, two_sets

from keras_gan_kit.evaluation import precision_recall
from keras_gan_kit.evaluation.features import _balls


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


def rough(n, d, seed):
    """Float32 features on a grid, far from 0: many ties, which float32 would break by chance."""
    return (1000.0 + np.round(2.0 * normal(n, d, seed=seed)) / 2.0).astype("float32")


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("d", [2, 9, 300])
def test_float32_first_and_float64_where_it_matters_is_float64(monkeypatch, k, d):
    x, y = rough(120, d, seed=0), rough(90, d, seed=1)
    y[:5], y[5:10] = x[:5], x[:1]  # copies, some of them several times
    expected = _balls.samples_in_balls(x.astype("float64"), y.astype("float64"), k)
    monkeypatch.setattr(_balls, "_WORTH_IT", 0)
    monkeypatch.setattr(_balls, "_FEW", 1.0)
    looked_at = []
    decided = _balls._decided
    monkeypatch.setattr(
        _balls, "_decided", lambda *given: [looked_at.append(len(given[1])), decided(*given)][1]
    )
    found = _balls.samples_in_balls(x, y, k)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert sum(looked_at) > 0
    assert tuple(part.mean() for part in found[::-1]) == naive(
        x.astype("float64"), y.astype("float64"), k
    )


def test_where_float32_says_little_float64_does_it_all(monkeypatch):
    """A single far sample makes the error bound too large for the others."""
    x, y = normal(80, 4).astype("float32"), normal(70, 4, seed=1).astype("float32")
    x[0] = 1e6
    expected = naive(x.astype("float64"), y.astype("float64"), 3)
    monkeypatch.setattr(_balls, "_WORTH_IT", 0)
    monkeypatch.setattr(_balls, "_decided", None)
    assert precision_recall(x, y) == expected


def test_the_error_bound_holds():
    for d, scale in ((3, 1.0), (700, 1.0), (700, 1e3)):
        x, y = (scale * np.abs(normal(60, d, seed=seed)) for seed in (0, 1))
        x, y = x.astype("float32"), y.astype("float32")
        pairs = {dtype: next(_balls.squared_distances(x, y, dtype))[2] for dtype in ("f4", "f8")}
        error = np.abs(pairs["f4"] - pairs["f8"]).max()
        assert 0 < error < _balls._largest_error(x, y)
