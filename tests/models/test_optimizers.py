"""Options of Keras' optimizers do what they do for one network."""

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN

pytestmark = pytest.mark.backend
BACKEND = keras.backend.backend()
REAL = np.random.default_rng(0).uniform(-1, 1, (12, 3)).astype("float32")
FAKE = 0.5


def scorer():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(1)]
    )


def constant_generator():
    return keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, kernel_initializer="zeros", bias_initializer="ones"),
            keras.layers.Rescaling(FAKE),
        ]
    )


def plain_keras(network, optimizer, epochs):
    """Trains one network to tell real samples from a constant, as the discriminator does."""
    crossentropy = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(
        optimizer,
        lambda labels, logits: 2 * crossentropy(labels, logits),  # the sum of both halves
        run_eagerly=BACKEND != "jax",
        auto_scale_loss=False,
    )
    fake = np.full((4, 3), FAKE, "float32")
    samples = [np.concatenate([REAL[start : start + 4], fake]) for start in (0, 4, 8)]
    labels = np.tile(np.repeat([[1.0], [0.0]], 4, axis=0), (3, 1))
    network.fit(
        np.concatenate(samples), labels, batch_size=8, epochs=epochs, shuffle=False, verbose=0
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda o: o.Adam(0.05, use_ema=True, ema_momentum=0.5),
        lambda o: o.SGD(0.1, use_ema=True, ema_overwrite_frequency=2),
        lambda o: o.Adam(0.05, gradient_accumulation_steps=2),
        lambda o: o.LossScaleOptimizer(o.SGD(0.1), initial_scale=4.0, dynamic_growth_steps=2),
        lambda o: o.SGD(o.schedules.ExponentialDecay(0.1, 2, 0.5)),
        lambda o: o.SGD(0.5, clipnorm=0.1),
        lambda o: o.RMSprop(0.05, global_clipnorm=0.1),
        lambda o: o.AdamW(0.05, weight_decay=0.2),
        lambda o: o.Lion(0.01),
        lambda o: o.Muon(0.05),
        lambda o: o.Adafactor(0.05),
    ],
    ids=[
        "ema",
        "overwriting_ema",
        "accumulation",
        "loss_scale",
        "schedule",
        "clipnorm",
        "global_clipnorm",
        "weight_decay",
        "lion",
        "muon",
        "adafactor",
    ],
)
def test_a_player_learns_like_one_network_of_keras(make, tmp_path):
    network = scorer()
    discriminator = keras.models.clone_model(network)
    discriminator.set_weights(network.get_weights())
    gan = GAN(constant_generator(), discriminator, seed=0)
    gan.compile(
        discriminator_optimizer=make(keras.optimizers),
        generator_optimizer=keras.optimizers.SGD(0.0),
        run_eagerly=BACKEND != "jax",
    )
    gan.fit(REAL, batch_size=4, epochs=2, shuffle=False, verbose=0)
    plain_keras(network, make(keras.optimizers), epochs=2)
    for found, expected in zip(discriminator.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    # Another `fit` and a file go on from there.
    gan.fit(REAL, batch_size=4, epochs=3, initial_epoch=2, shuffle=False, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    states = [[np.array(v) for v in map(_numpy, g.optimizer.variables)] for g in (gan, loaded)]
    for found, expected in zip(*states, strict=True):
        np.testing.assert_array_equal(found, expected)


def _numpy(variable):
    return keras.ops.convert_to_numpy(variable)
