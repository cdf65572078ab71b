"""The hinge loss against its formula."""

import keras
import numpy as np
import pytest

from keras_gan_kit.losses import Hinge

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
    expected = np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))
    found = Hinge().discriminator_loss(tensor(real), tensor(fake))
    assert number(found) == pytest.approx(expected, rel=1e-6)
    assert number(Hinge().generator_loss(None, tensor(fake))) == pytest.approx(-np.mean(fake))


@pytest.mark.parametrize(
    ("real", "fake", "expected"),
    [(1.0, -1.0, 0.0), (7.0, -7.0, 0.0), (0.0, 0.0, 2.0), (-1.0, 1.0, 4.0), (0.5, -1.0, 0.5)],
)
def test_beyond_the_margin_the_discriminator_loses_nothing(real, fake, expected):
    found = Hinge().discriminator_loss(tensor([[real]]), tensor([[fake]]))
    assert number(found) == expected
