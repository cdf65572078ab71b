"""The saturating loss against its formula."""

import math

import keras
import numpy as np
import pytest

from keras_gan_kit._backend import input_gradients
from keras_gan_kit.losses import BinaryCrossentropy, Minimax

pytestmark = pytest.mark.backend

SHAPES = [(1, 1), (3, 1), (1, 2, 2, 1), (3, 2, 2, 1)]


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, "float32"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("from_logits", [True, False])
def test_both_losses_follow_the_formula(from_logits, shape):
    num = int(np.prod(shape))
    real = np.linspace(-3, 2, num).reshape(shape)
    fake = np.linspace(1.5, -2.5, num).reshape(shape)
    p_real, p_fake = sigmoid(real), sigmoid(fake)
    loss = Minimax(from_logits=from_logits)
    given = (real, fake) if from_logits else (p_real, p_fake)
    expected = -np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake))
    found = loss.discriminator_loss(*map(tensor, given))
    assert number(found) == pytest.approx(expected, rel=1e-5)
    found = loss.generator_loss(None, tensor(given[1]))
    assert number(found) == pytest.approx(np.mean(np.log(1 - p_fake)), rel=1e-5)


def test_the_game_is_zero_sum_in_the_fake_term():
    loss, zero = Minimax(), keras.ops.zeros((4, 1))
    assert number(loss.generator_loss(None, zero)) == pytest.approx(-math.log(2))
    real_term = math.log(2)
    total = number(loss.discriminator_loss(zero, zero)) + number(loss.generator_loss(None, zero))
    assert total == pytest.approx(real_term)


def test_the_discriminator_learns_as_with_the_non_saturating_loss():
    real, fake = tensor([[0.3], [-2.0]]), tensor([[1.0], [-0.5]])
    found = number(Minimax().discriminator_loss(real, fake))
    assert found == number(BinaryCrossentropy().discriminator_loss(real, fake))


def test_the_generators_gradient_vanishes_where_the_discriminator_is_sure():
    # d/dt log(1 - sigmoid(t)) = -sigmoid(t), which the non-saturating loss turns to sigmoid(t) - 1.
    fake = tensor([[-30.0]])
    for loss, expected in ((Minimax(), -sigmoid(-30.0)), (BinaryCrossentropy(), -1.0)):
        gradient = input_gradients(lambda x, f=loss.generator_loss: f(None, x), fake)
        assert number(gradient[0, 0]) == pytest.approx(expected, rel=1e-4)
