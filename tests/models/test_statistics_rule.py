"""One rule for BatchNormalization: each player's step moves its own statistics only."""

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN

pytestmark = pytest.mark.backend

MOMENTUM = 0.75


def gan_with_statistics(**options):
    """D = BatchNormalization and a linear layer; G draws 0.5; both count in moving means."""
    latent = keras.Input((1,))
    normalized = keras.layers.BatchNormalization(momentum=MOMENTUM, name="g_bn")(latent)
    out = keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(0.5))
    drawn = out(0.0 * normalized)
    sample = keras.Input((1,))
    seen = keras.layers.BatchNormalization(momentum=MOMENTUM, name="d_bn")(sample)
    gan = GAN(
        keras.Model(latent, drawn),
        keras.Model(sample, keras.layers.Dense(1)(seen)),
        seed=0,
        **options,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        run_eagerly=True,
    )
    return gan


def moving_mean(network, name):
    return keras.ops.convert_to_numpy(network.get_layer(name).moving_mean).item()


@pytest.mark.parametrize("discriminator_steps", [1, 2])
def test_the_discriminators_statistics_follow_its_own_steps(discriminator_steps):
    gan = gan_with_statistics(discriminator_steps=discriminator_steps)
    gan.fit(np.full((4, 1), 3.0, "float32"), batch_size=4, verbose=0)
    mean = 0.0
    for _ in range(discriminator_steps):
        for batch_mean in (3.0, 0.5):  # real, then fake; the generator's step leaves no trace
            mean = MOMENTUM * mean + (1 - MOMENTUM) * batch_mean
    assert moving_mean(gan.discriminator, "d_bn") == pytest.approx(mean, rel=1e-5)


def test_the_generators_statistics_follow_its_own_steps():
    one, three = gan_with_statistics(), gan_with_statistics(discriminator_steps=3)
    for gan in (one, three):
        gan.fit(np.full((64, 1), 3.0, "float32"), batch_size=64, verbose=0)
        variance = keras.ops.convert_to_numpy(gan.generator.get_layer("g_bn").moving_variance)
        # One update from 1 with the variance of 64 normal numbers; three would be nearer to it.
        batch_variance = (variance.item() - MOMENTUM) / (1 - MOMENTUM)
        batch_mean = moving_mean(gan.generator, "g_bn") / (1 - MOMENTUM)
        assert 0.4 < batch_variance < 1.9
        assert abs(batch_mean) < 0.5


def test_evaluate_moves_nothing(make_gan, images, state_of, check_same):
    gan = make_gan(ema_momentum=0.9)
    gan.compile(run_eagerly=True)
    gan.fit(images, verbose=0)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in gan.variables]
    first = gan.evaluate(images, verbose=0, return_dict=True)
    second = gan.evaluate(images, verbose=0, return_dict=True)
    check_same(before, [np.array(keras.ops.convert_to_numpy(v)) for v in gan.variables])
    assert first == second
