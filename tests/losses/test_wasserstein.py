"""The Wasserstein loss against its formula."""

import keras
import numpy as np
import pytest

from keras_gan_kit.losses import Wasserstein

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
    fake = np.linspace(1.5, -2, num).reshape(shape)
    found = Wasserstein().discriminator_loss(tensor(real), tensor(fake))
    assert number(found) == pytest.approx(fake.mean() - real.mean(), rel=1e-5)
    found = Wasserstein().generator_loss(None, tensor(fake))
    assert number(found) == pytest.approx(-fake.mean(), rel=1e-5)


def test_a_common_shift_of_all_outputs_does_not_count():
    real, fake = tensor([[0.5], [-2.0]]), tensor([[1.0], [-0.5]])
    unshifted = number(Wasserstein().discriminator_loss(real, fake))
    shifted = number(Wasserstein().discriminator_loss(real + 8.0, fake + 8.0))
    assert shifted == unshifted
