"""Builders with a `seed` return equal networks in equal programs."""

import inspect
import random

import keras
import numpy as np
import pytest
from every_name import ARGUMENTS, BUILDERS, NAMES

from keras_gan_kit import GAN, networks


def build(name, seed):
    """Calls a builder; the networks that it wraps have the seed too."""
    arguments = ARGUMENTS[name]()
    for player in ("generator", "discriminator"):
        if player in arguments:
            inner = getattr(networks, f"dense_{player}")
            shape = {"latent_dim": 3} if player == "generator" else {}
            arguments[player] = inner((4, 4, 1), **shape, units=(4,), seed=seed)
    return NAMES[name](**arguments, seed=seed)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_seed_sets_every_weight(name):
    first, again, other = build(name, 7), build(name, 7), build(name, 8)
    assert len(first.variables) == len(again.variables)
    for a, b in zip(first.variables, again.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
    assert any(
        not np.array_equal(a.numpy(), b.numpy())
        for a, b in zip(first.variables, other.variables, strict=True)
    )


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_bad_seeds_are_named(name):
    for error, seed in ((ValueError, -1), (TypeError, 1.5), (TypeError, True)):
        with pytest.raises(error, match="Invalid `seed`"):
            NAMES[name](**ARGUMENTS[name](), seed=seed)
    assert inspect.signature(NAMES[name]).parameters["seed"].kind is inspect.Parameter.KEYWORD_ONLY


def test_without_a_seed_two_networks_differ_and_the_callers_random_numbers_stay():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    networks.dense_discriminator((4, 4, 1), (4,), seed=0)
    assert random.random() == expected
    one, two = (networks.dense_discriminator((4, 4, 1), (4,)) for _ in range(2))
    assert not np.array_equal(one.get_weights()[0], two.get_weights()[0])


def test_two_players_with_one_seed_do_not_share_numbers():
    generator = networks.dense_generator((4, 4, 1), 16, (16,), seed=0)
    discriminator = networks.dense_discriminator((4, 4, 1), (16,), seed=0)
    assert generator.get_weights()[0].shape == discriminator.get_weights()[0].shape == (16, 16)
    assert not np.allclose(generator.get_weights()[0], discriminator.get_weights()[0])


def test_two_equal_trainings_are_equal_bit_for_bit():
    """Dropout, weights, latents and the order of the data: all of it follows from the seeds."""
    images = np.random.default_rng(0).uniform(-1, 1, (24, 4, 4, 1)).astype("float32")

    def train():
        keras.utils.clear_session()
        gan = GAN(
            networks.dcgan_generator((4, 4, 1), 3, filters=(4, 3), strides=(1, 2), seed=5),
            networks.dcgan_discriminator((4, 4, 1), filters=(4,), dropout=0.5, seed=5),
            seed=5,
        )
        gan.compile(run_eagerly=True)
        losses = gan.fit(images, batch_size=8, epochs=2, verbose=0).history
        return losses, gan.get_weights()

    (losses, weights), (losses_again, weights_again) = train(), train()
    assert losses == losses_again
    for a, b in zip(weights, weights_again, strict=True):
        np.testing.assert_array_equal(a, b)
