"""Adam with a variable beta_2, against Keras' own and against its equations."""

import keras
import numpy as np
import pytest

from keras_gan_kit import ScheduledAdam

pytestmark = pytest.mark.backend


def run(optimizer, gradients, beta_2=()):
    """Takes a step for each gradient; returns where the variable was after each."""
    variable = keras.Variable(np.zeros(3, "float32"))
    optimizer.build([variable])
    path = []
    for step, gradient in enumerate(gradients):
        if beta_2:
            optimizer.beta_2.assign(beta_2[step])
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        path.append(np.array(keras.ops.convert_to_numpy(variable)))
    return np.array(path)


GRADIENTS = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}, {"weight_decay": 0.01}])
def test_it_is_adam_while_beta_2_stands_still(options):
    ours = run(ScheduledAdam(0.1, 0.5, 0.9, **options), GRADIENTS)
    keras_own = run(keras.optimizers.Adam(0.1, 0.5, 0.9, **options), GRADIENTS)
    # 1 - beta_2 is rounded to float32 in ours only: a relative error of 1e-7 / (1 - beta_2).
    np.testing.assert_allclose(ours, keras_own, rtol=1e-5, atol=1e-6)


def test_with_a_moving_beta_2_it_follows_the_equations():
    rate, beta_1, epsilon = 0.1, 0.5, 1e-7
    betas = np.linspace(0.9, 0.99, len(GRADIENTS))
    where = m = v = np.zeros(3)
    expected = []
    for t, (gradient, beta_2) in enumerate(zip(GRADIENTS.astype("float64"), betas, strict=True), 1):
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        rate_now = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        where = where - rate_now * m / (np.sqrt(v) + epsilon)
        expected.append(where)
    found = run(ScheduledAdam(rate, beta_1, 0.9), GRADIENTS, beta_2=betas.tolist())
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("over", [1000, 100_000])
def test_the_correction_by_the_beta_2_of_now_is_within_a_percent(over):
    steps = np.arange(1, over + 1)
    betas = 0.99 - 0.09 * (1 + np.cos(np.pi * steps / over)) / 2
    exact = np.sqrt(1 - np.exp(np.cumsum(np.log(betas))))
    ours = np.sqrt(1 - betas**steps)
    assert (ours <= exact + 1e-12).all()
    assert (ours / exact).min() > 0.99


def test_config_and_state_are_saved_separately():
    optimizer = ScheduledAdam(0.1, beta_2=0.9)
    optimizer.beta_2.assign(0.95)
    assert any(variable is optimizer.beta_2 for variable in optimizer.variables)
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(copy) is ScheduledAdam
    assert copy.get_config() == optimizer.get_config()
    assert float(keras.ops.convert_to_numpy(copy.beta_2)) == pytest.approx(0.9)
