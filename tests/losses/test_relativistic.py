"""The relativistic pairing loss against its formula."""

import math

import keras
import numpy as np
import pytest

from keras_gan_kit.losses import Relativistic

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
    expected = np.mean(np.log1p(np.exp(-(real - fake))))
    found = Relativistic().discriminator_loss(tensor(real), tensor(fake))
    assert number(found) == pytest.approx(expected, rel=1e-5)
    expected = np.mean(np.log1p(np.exp(-(fake - real))))
    found = Relativistic().generator_loss(tensor(real), tensor(fake))
    assert number(found) == pytest.approx(expected, rel=1e-5)


def test_only_the_difference_of_a_pair_counts_and_changing_sides_swaps_the_players():
    real, fake = tensor([[0.5], [-2.0]]), tensor([[1.0], [-0.5]])
    loss = Relativistic()
    unshifted = number(loss.discriminator_loss(real, fake))
    assert number(loss.discriminator_loss(real + 8.0, fake + 8.0)) == pytest.approx(unshifted)
    assert number(loss.generator_loss(fake, real)) == unshifted


def test_samples_are_paired_by_their_place_in_the_batch():
    # Pairs (10, 10) and (-10, -10): both undecided, though the means are far from the samples.
    outputs = tensor([[10.0], [-10.0]])
    assert number(Relativistic().discriminator_loss(outputs, outputs)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("gap", [1e4, -1e4])
def test_an_extreme_gap_costs_what_it_is_wrong_by(gap):
    real, fake = tensor([[gap]]), tensor([[0.0]])
    assert number(Relativistic().discriminator_loss(real, fake)) == max(0.0, -gap)
    assert number(Relativistic().generator_loss(real, fake)) == max(0.0, gap)
