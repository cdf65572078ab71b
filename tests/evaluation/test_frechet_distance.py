import numpy as np
import pytest

from keras_gan_kit.evaluation import frechet_distance


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def whitened(n, d, seed=0):
    """Features with mean 0 and the identity as covariance (over n - 1)."""
    x = normal(n, d, seed=seed)
    x -= x.mean(axis=0)
    q, _ = np.linalg.qr(x)
    return q * np.sqrt(n - 1)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (50, 3), (5, 20)])
def test_of_a_set_and_itself_it_is_0(n, d):
    x = normal(n, d)
    assert frechet_distance(x, x[::-1]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("n", [200, 8])
def test_a_shift_counts_squared(n):
    x, shift = normal(n, 5), np.arange(5.0)
    assert frechet_distance(x, x + shift) == pytest.approx(30.0, rel=1e-9)


def test_of_commuting_covariances_it_is_the_distance_of_deviations():
    x = whitened(100, 3)
    a, b = np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.5, 0.25])
    expected = ((a - b) ** 2).sum()
    assert frechet_distance(x * a, x * b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("smallest", [1e-2, 1e-5, 1e-8, 0.0])
@pytest.mark.parametrize("rotated", [False, True])
def test_however_nearly_singular_the_covariances(smallest, rotated):
    """Rotated, the features nearly depend on each other; the first pair is an easy one."""
    x, rotation = whitened(300, 5), np.linalg.qr(normal(5, 5, seed=3))[0]
    a = np.array([1.0, 0.5, 1.0, smallest, smallest])
    b = np.array([2.0, 1.5, 0.5, smallest, 3.0 * smallest])
    first, second = (x * scale @ (rotation if rotated else np.eye(5)) for scale in (a, b))
    expected = ((a - b) ** 2).sum()
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(first, first[::-1]) == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("smallest", [1e-2, 1e-5, 1e-7, 3e-8, 1e-8])
@pytest.mark.parametrize("rotated", [False, True])
def test_many_small_deviations_beside_large_ones_add_up_exactly(smallest, rotated):
    """Covariances have 1 and `smallest`^2 on their diagonals, at 3e-8 a few times the rounding."""
    x, rotation = whitened(300, 60), np.linalg.qr(normal(60, 60, seed=1))[0]
    deviations = np.where(np.arange(60) % 2, 1.0, smallest)
    first, second = (y @ (rotation if rotated else np.eye(60)) for y in (x * deviations, x))
    expected = ((1.0 - deviations) ** 2).sum()
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_covariances_that_do_not_commute():
    """For 2x2 matrices tr (A B)^(1/2) = sqrt(tr(A B) + 2 sqrt(det(A B)))."""
    x, y = normal(40, 2), normal(60, 2, seed=1) @ np.array([[1.0, 0.9], [0.0, 0.3]])
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.sqrt(np.trace(a @ b) + 2.0 * np.sqrt(np.linalg.det(a @ b)))
    shift = x.mean(axis=0) - y.mean(axis=0)
    expected = shift @ shift + np.trace(a) + np.trace(b) - 2.0 * root
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-9)


def test_it_does_not_change_under_rotation():
    x, y = normal(30, 4), 2.0 * normal(20, 4, seed=1) + 1.0
    rotation, _ = np.linalg.qr(normal(4, 4, seed=2))
    assert frechet_distance(x @ rotation, y @ rotation) == pytest.approx(
        frechet_distance(x, y), rel=1e-9
    )


def test_a_collapsed_generator_is_far_away():
    x = whitened(100, 6)
    assert frechet_distance(x, np.zeros((100, 6))) == pytest.approx(6.0, rel=1e-9)


def test_float16_features_are_computed_in_float64():
    x = (normal(64, 3) * 1e4).astype("float16")
    assert frechet_distance(x, x + np.float16(0)) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    ("error", "argument", "real", "synthetic"),
    [
        (ValueError, "real", np.zeros((1, 2)), np.zeros((3, 2))),
        (ValueError, "synthetic", np.zeros((3, 2)), np.zeros((1, 2))),
        (ValueError, "real", np.zeros(3), np.zeros((3, 1))),
        (ValueError, "synthetic", np.zeros((3, 2)), np.zeros((3, 4))),
        (ValueError, "synthetic", np.zeros((3, 2)), np.zeros((3, 2, 1))),
        (ValueError, "real", np.array([[0.0], [np.nan]]), np.zeros((3, 1))),
        (ValueError, "synthetic", np.zeros((3, 1)), np.array([[0.0], [np.inf]])),
        (TypeError, "real", "features.npy", np.zeros((3, 1))),
        (TypeError, "synthetic", np.zeros((3, 1)), None),
    ],
)
def test_bad_input_is_named(error, argument, real, synthetic):
    with pytest.raises(error) as caught:
        frechet_distance(real, synthetic)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
