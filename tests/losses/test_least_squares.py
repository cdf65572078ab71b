"""The least-squares loss against its formula."""

import keras
import numpy as np
import pytest

from keras_gan_kit.losses import KerasLoss, LeastSquares

pytestmark = pytest.mark.backend

SHAPES = [(1, 1), (3, 1), (1, 2, 2, 1), (3, 2, 2, 1)]


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, "float32"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_losses_follow_the_formula(shape):
    num = int(np.prod(shape))
    real = np.linspace(-3, 2, num).reshape(shape)
    fake = np.linspace(1.5, -2.5, num).reshape(shape)
    expected = np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2
    found = LeastSquares().discriminator_loss(tensor(real), tensor(fake))
    assert number(found) == pytest.approx(expected, rel=1e-6)
    found = LeastSquares().generator_loss(None, tensor(fake))
    assert number(found) == pytest.approx(np.mean((fake - 1) ** 2) / 2, rel=1e-6)


def test_on_target_nothing_is_lost():
    ones, zeros = keras.ops.ones((2, 1)), keras.ops.zeros((2, 1))
    assert number(LeastSquares().discriminator_loss(ones, zeros)) == 0.0
    assert number(LeastSquares().generator_loss(None, ones)) == 0.0


def test_mse_is_the_same_without_the_factor_of_one_half():
    real, fake = tensor([[0.3], [-2.0]]), tensor([[1.0], [-0.5]])
    mse = KerasLoss(keras.losses.MeanSquaredError())
    for name in ("discriminator_loss", "generator_loss"):
        half = number(getattr(LeastSquares(), name)(real, fake))
        assert number(getattr(mse, name)(real, fake)) == pytest.approx(2 * half)
