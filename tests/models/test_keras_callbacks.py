"""Callbacks of Keras do what they do for a model with one loss and one optimizer."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import GAN, networks
from keras_gan_kit.data import DifferentiableAugment
from keras_gan_kit.models._callbacks import direction

pytestmark = pytest.mark.backend


def images(num=16):
    return np.tanh(np.random.default_rng(0).normal(size=(num, 4, 4, 1))).astype("float32")


def small_gan(rate=0.1, **options):
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (4,), seed=0),
        networks.dense_discriminator((4, 4, 1), (4,), seed=0),
        seed=0,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(rate),
        discriminator_optimizer=keras.optimizers.SGD(10 * rate),
        run_eagerly=True,
        **options,
    )
    return gan


@pytest.mark.parametrize(
    ("monitor", "expected"),
    [
        ("g_loss", "min"),
        ("d_loss", "min"),
        ("val_g_loss", "min"),
        ("loss", "min"),
        ("frechet_distance", "min"),
        ("val_frechet_distance", "min"),
        ("kernel_distance_mean", "min"),
        ("gradient_penalty", "min"),
        ("val_r1", "min"),
        ("coverage", "max"),
        ("density_coverage_coverage", "max"),
        ("precision_recall_recall", "max"),
        ("val_dice", "max"),
        ("inception_score", "max"),
        ("d_accuracy", None),
        ("d_real", None),
        ("hero1", None),
    ],
)
def test_the_direction_of_a_name(monitor, expected):
    assert direction(monitor) == expected


def test_auto_keeps_the_best_of_a_score_that_keras_does_not_know(tmp_path):
    """Coverage rises, then falls: the checkpoint is that of the second epoch."""
    scores = iter([0.1, 0.9, 0.5])

    class Score(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["coverage"] = next(scores)

    path = tmp_path / "best.weights.h5"
    best = keras.callbacks.ModelCheckpoint(
        path, monitor="coverage", save_best_only=True, save_weights_only=True
    )
    kept = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(path.read_bytes())
    )
    small_gan().fit(images(), epochs=3, callbacks=[Score(), best, watch], verbose=0)
    assert kept[0] != kept[1]
    assert kept[1] == kept[2]


@pytest.mark.parametrize("monitor", ["g_loss", "d_loss", "val_g_loss"])
def test_early_stopping_needs_no_mode(monitor):
    """With a rate of 0, nothing improves after the first epoch, and patience is 2 epochs."""
    stop = keras.callbacks.EarlyStopping(monitor=monitor, patience=2, min_delta=10.0)
    gan = small_gan(0.0)
    history = gan.fit(
        images(), epochs=9, callbacks=[stop], validation_data=images(), verbose=0
    ).history
    assert len(history["g_loss"]) == 3
    assert stop.mode == "min"


def test_an_unknown_direction_is_still_asked_for():
    stop = keras.callbacks.EarlyStopping(monitor="d_accuracy")
    with pytest.raises(ValueError, match="mode='max'"):
        small_gan().fit(images(), callbacks=[stop], verbose=0)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_terminate_on_nan_ends_a_training_whose_losses_are_nan(player):
    gan = small_gan()
    weights = getattr(gan, player).get_weights()
    getattr(gan, player).set_weights([np.full_like(weight, np.nan) for weight in weights])
    stop = keras.callbacks.TerminateOnNaN()
    history = gan.fit(images(), batch_size=4, epochs=5, callbacks=[stop], verbose=0).history
    assert gan.steps_taken == 1
    assert "loss" not in history
    with pytest.raises(RuntimeError, match="NaN or Inf loss"):
        raising = keras.callbacks.TerminateOnNaN(raise_error=True)
        gan.fit(images(), batch_size=4, callbacks=[raising], verbose=0)


def test_terminate_on_nan_lets_a_sound_training_go_on():
    gan = small_gan()
    history = gan.fit(
        images(), batch_size=4, epochs=2, callbacks=[keras.callbacks.TerminateOnNaN()], verbose=0
    ).history
    assert gan.steps_taken == 8
    assert "loss" not in history


def rates(gan):
    optimizers = (gan.generator_optimizer, gan.discriminator_optimizer)
    return [float(keras.ops.convert_to_numpy(each.learning_rate)) for each in optimizers]


def test_a_scheduler_sets_the_rate_of_each_player_from_its_own():
    gan = small_gan()
    half = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(images(), epochs=2, callbacks=[half], verbose=0)
    np.testing.assert_allclose(rates(gan), [0.025, 0.25], rtol=1e-6)


def test_a_plateau_reduces_the_rate_of_each_player():
    gan = small_gan()
    plateau = keras.callbacks.ReduceLROnPlateau("g_loss", factor=0.1, patience=1, min_delta=10.0)
    gan.fit(images(), epochs=2, callbacks=[plateau], verbose=0)
    np.testing.assert_allclose(rates(gan), [0.01, 0.1], rtol=1e-6)


# What a last layer states about the range of its output.


def generator_of(*tail):
    return keras.Sequential([keras.Input((3,)), layers.Dense(16), *tail, layers.Reshape((4, 4, 1))])


@pytest.mark.parametrize(
    "tail",
    [
        layers.Activation("relu"),
        layers.ReLU(),
        layers.Activation("softplus"),
        layers.Activation("hard_sigmoid"),
    ],
    ids=["relu", "ReLU", "softplus", "hard_sigmoid"],
)
def test_a_generator_that_has_no_negative_values_refuses_negative_data(tail):
    gan = GAN(generator_of(tail), networks.dense_discriminator((4, 4, 1), (4,)), seed=0)
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="the generator's range, 0 to"):
        gan.fit(images(), verbose=0)
    gan.fit(np.abs(images()), verbose=0)


@pytest.mark.parametrize(
    "tail", [layers.LeakyReLU(0.2), layers.ReLU(negative_slope=0.2), layers.Activation("linear")]
)
def test_a_generator_without_bounds_takes_any_data(tail):
    gan = GAN(generator_of(tail), networks.dense_discriminator((4, 4, 1), (4,)), seed=0)
    gan.compile(run_eagerly=True)
    gan.fit(images(), verbose=0)
    assert gan.steps_taken == 1


@pytest.mark.parametrize("pool", [layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D])
@pytest.mark.parametrize(("activation", "from_logits"), [("sigmoid", False), (None, True)])
def test_averaged_probabilities_are_probabilities(pool, activation, from_logits):
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(1, 3, activation=activation), pool()]
    )
    gan = GAN(networks.dense_generator((4, 4, 1), 3, (4,)), discriminator, seed=0)
    gan.compile(loss="bce")
    assert gan.adversarial_loss.from_logits is from_logits


# Averages.


def test_an_average_of_a_short_training_has_forgotten_the_initial_weights():
    """After t steps the momentum is at most (1 + t) / (10 + t)."""
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (4,), seed=0),
        networks.dense_discriminator((4, 4, 1), (4,), seed=0),
        ema_momentum=0.999,
        seed=0,
    )
    gan.compile(run_eagerly=True)
    expected = [weight.copy() for weight in gan.generator.get_weights()]
    for step in range(6):
        gan.fit(images(4), batch_size=4, verbose=0)
        momentum = (1 + step) / (10 + step)
        expected = [
            momentum * old + (1 - momentum) * new
            for old, new in zip(expected, gan.generator.get_weights(), strict=True)
        ]
    for average, value in zip(gan.ema_generator.get_weights(), expected, strict=True):
        np.testing.assert_allclose(average, value, atol=1e-6)


# Layers and augmenters that can't work.


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="it trains on other backends")
def test_spectral_normalization_of_keras_names_the_one_that_works():
    layer = layers.SpectralNormalization(layers.Dense(1))
    discriminator = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layer])
    with pytest.raises(ValueError, match=r"use keras_gan_kit\.networks\.SpectralNormalization"):
        GAN(networks.dense_generator((4, 4, 1), 3, (4,)), discriminator)


def test_rows_have_nothing_to_augment():
    with pytest.raises(ValueError, match=r"`augmenter`.*DifferentiableAugment"):
        GAN(
            networks.table_generator(5, 3, units=(4,)),
            networks.table_discriminator(5, units=(4,)),
            augmenter=DifferentiableAugment(),
        )
