"""Losses that layers add in a pass: activity regularizers and `add_loss`."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gan_kit import GAN, penalties

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).uniform(-0.9, 0.9, (8, 6)).astype("float32")


class Steady(GAN):
    """The latents are always the same, so that terms can be computed by hand."""

    def draw_latents(self, batch_size):
        row = ops.reshape(ops.arange(4, dtype="float32") / 4 - 0.4, (1, 4))
        return ops.tile(row, (batch_size, 1))


def train(d_regularizer=None, g_regularizer=None, **options):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(6, activation="tanh", activity_regularizer=g_regularizer),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activity_regularizer=d_regularizer, kernel_regularizer="l2"),
            layers.Dense(1),
        ]
    )
    gan = Steady(generator, discriminator, seed=0)
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        **options,
    )
    return gan, gan.fit(X, batch_size=8, verbose=0).history


@pytest.mark.parametrize(
    ("update", "weights", "run_eagerly"),
    [
        ("alternating", [], True),
        ("simultaneous", [], True),
        ("alternating", [1.0], False),
        ("simultaneous", [1.0], True),
    ],
)
def test_terms_of_both_passes_belong_to_the_losses(update, weights, run_eagerly):
    options = {"update": update, "run_eagerly": run_eagerly}
    options["penalties"] = [penalties.GradientPenalty(weight) for weight in weights]
    squares = keras.regularizers.L2(1.0)
    gan, plain = train(**options)
    fake = ops.convert_to_numpy(gan.generator(gan.draw_latents(8)))
    hidden = gan.discriminator.layers[0]
    terms = [float((ops.convert_to_numpy(hidden(x)) ** 2).sum() / 8) for x in (X, fake)]
    _, regularized = train(squares, squares, **options)
    assert regularized["d_loss"][0] - plain["d_loss"][0] == pytest.approx(sum(terms), abs=1e-3)
    assert regularized["g_loss"][0] - plain["g_loss"][0] == pytest.approx(
        (fake**2).sum() / 8, abs=1e-3
    )


def test_evaluation_adds_them_too():
    squares = keras.regularizers.L2(1.0)
    found = [
        gan.evaluate(X, batch_size=8, verbose=0, return_dict=True)
        for gan, _ in (train(run_eagerly=True), train(squares, squares, run_eagerly=True))
    ]
    assert found[1]["d_loss"] > found[0]["d_loss"] + 0.01
    assert found[1]["g_loss"] > found[0]["g_loss"] + 0.01
