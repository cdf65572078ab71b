"""The gradient penalty at real samples against closed forms."""

import keras
import numpy as np
import pytest

from keras_gan_kit._backend import value_and_gradients
from keras_gan_kit.penalties import R1

pytestmark = pytest.mark.backend

POINTS = np.array([[3.0, -4.0], [0.0, 0.0], [0.5, 1.0]], "float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("gamma", [0.0, 0.1, 10])
@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_a_linear_critic_pays_for_its_squared_slope(gamma, batch_size):
    slope = np.array([[2.0], [-0.5], [1.0]], "float32")
    real = keras.random.normal((batch_size, 3), seed=0)
    found = R1(gamma)(lambda x: keras.ops.matmul(x, slope), real, real)
    assert number(found) == pytest.approx(gamma / 2 * (4 + 0.25 + 1), rel=1e-6)


def test_a_quadratic_critic_pays_for_where_the_real_samples_are():
    # D(x) = 3 |x|^2 / 2 has the gradient 3 x.
    def critic(x):
        return 1.5 * keras.ops.sum(x * x, axis=1, keepdims=True)

    fake = np.full_like(POINTS, 100.0)
    expected = 2.0 / 2 * np.mean([9 * 25, 0, 9 * 1.25])
    assert number(R1(2.0)(critic, POINTS, fake)) == pytest.approx(expected, rel=1e-6)


def test_its_gradient_for_a_linear_critic_is_gamma_times_the_slope():
    slope = keras.Variable(np.array([[2.0], [-0.5]], "float32"))

    def objective():
        value = R1(0.7)(lambda x: keras.ops.matmul(x, slope), POINTS, POINTS)
        return [value], {}

    gradients, _ = value_and_gradients(objective, [[slope]])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(gradients[0][0]), [[0.7 * 2.0], [0.7 * -0.5]], rtol=1e-6
    )


@pytest.mark.parametrize("gamma", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_a_gamma_out_of_range_is_refused(gamma):
    with pytest.raises(ValueError, match=r"Invalid `gamma`\. Received: .* Fix: "):
        R1(gamma)


@pytest.mark.parametrize("gamma", ["1", None, (1.0,), True])
def test_a_gamma_that_is_no_number_is_refused(gamma):
    with pytest.raises(TypeError, match=r"Invalid `gamma`\. Received: .* Fix: "):
        R1(gamma)
