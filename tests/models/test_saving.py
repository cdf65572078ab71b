"""The whole state is in a `.keras` file."""

import warnings

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, WGANGP, losses, networks, penalties

pytestmark = pytest.mark.backend


def rich_gan():
    """Dropout, BatchNormalization and an average: everything that has a state."""
    keras.utils.set_random_seed(1)
    sample = keras.Input((4, 4, 1))
    hidden = keras.layers.Flatten()(sample)
    hidden = keras.layers.Dense(8, activation="relu")(hidden)
    hidden = keras.layers.Dropout(0.3)(hidden)
    discriminator = keras.Model(sample, keras.layers.Dense(1)(hidden))
    return GAN(
        networks.dense_generator((4, 4, 1), 3, (8,)), discriminator, ema_momentum=0.9, seed=3
    )


@pytest.mark.parametrize("update", ["alternating", "simultaneous"])
def test_a_loaded_model_trains_on_exactly(tmp_path, images, update, state_of, check_same):
    gan = rich_gan()
    gan.compile(update=update, penalties=[penalties.R1(0.1)], loss="hinge")
    gan.fit(images, batch_size=8, epochs=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert type(loaded) is GAN
    check_same(state_of(gan), state_of(loaded))
    for model in (gan, loaded):
        model.fit(images, batch_size=8, epochs=3, initial_epoch=2, verbose=0)
    check_same(state_of(gan), state_of(loaded))
    assert loaded.steps_taken == 18


def test_compile_settings_come_back(tmp_path, make_gan, several_steps):
    gan = make_gan(WGANGP, discriminator_steps=2)
    gan.compile(
        generator_optimizer=keras.optimizers.RMSprop(1e-3),
        loss={"discriminator": "hinge", "generator": losses.LeastSquares()},
        penalties=[penalties.GradientPenalty(5.0, one_sided=True), penalties.R2(0.3)],
        metrics=[keras.metrics.MeanSquaredError(name="distance")],
        steps_per_execution=several_steps,
    )
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert type(loaded) is WGANGP
    assert loaded.get_compile_config() == gan.get_compile_config()
    assert repr(loaded.adversarial_loss) == repr(gan.adversarial_loss)
    assert repr(loaded.penalties) == repr(gan.penalties)
    assert loaded.steps_per_execution == several_steps
    assert [metric.name for metric in loaded.evaluation_metrics] == ["distance"]
    assert [type(o).__name__ for o in loaded.optimizer.optimizers] == ["Adam", "RMSprop"]


@pytest.mark.parametrize("loss", ["mse", keras.losses.mean_squared_error, keras.losses.Poisson()])
def test_keras_losses_come_back(tmp_path, loss):
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (8,)),
        networks.dense_discriminator((4, 4, 1), (8,), activation="sigmoid"),
    )
    gan.compile(loss={"discriminator": "bce", "generator": loss})
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    logits = np.full((3, 1), 0.25, "float32")
    expected = float(gan.adversarial_loss.generator_loss(None, keras.ops.array(logits)))
    found = float(loaded.adversarial_loss.generator_loss(None, keras.ops.array(logits)))
    assert found == expected


def test_an_uncompiled_model_saves_loads_and_generates(tmp_path, make_gan):
    gan = make_gan(ema_momentum=0.5)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.generate(5, seed=1), gan.generate(5, seed=1))


@pytest.mark.parametrize("name", ["generator.keras", "generator.h5"])
def test_the_generator_alone(tmp_path, make_gan, name):
    gan = make_gan()
    gan.generator.save(tmp_path / name)
    loaded = keras.saving.load_model(tmp_path / name, compile=False)
    latents = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    np.testing.assert_array_equal(loaded.predict(latents, verbose=0), gan.generate(latents=latents))


def test_weights_files_hold_the_optimizers(tmp_path, make_gan, images, state_of, check_same):
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, verbose=0)
    gan.save_weights(tmp_path / "gan.weights.h5")
    other = make_gan(seed=7)
    other.compile()
    other.load_weights(tmp_path / "gan.weights.h5")
    check_same(state_of(gan), state_of(other))


def test_a_file_of_other_layers_is_refused(tmp_path, make_gan):
    gan, other = make_gan(), rich_gan()
    gan.save_weights(tmp_path / "gan.weights.h5")
    with pytest.raises(ValueError, match="random states"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras remarks on what it misses before it comes to ours
        other.load_weights(tmp_path / "gan.weights.h5")


def test_config_round_trip(make_gan):
    gan = make_gan(discriminator_steps=2, ema_momentum=0.5, name="mine")
    config = gan.get_config()
    again = GAN.from_config(config)
    assert again.get_config() == config
    assert again.name == "mine"


def test_learning_rates_set_by_hand_are_saved(tmp_path, make_gan):
    gan = make_gan()
    gan.compile()
    gan.optimizer.optimizers[0].learning_rate = 0.125
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    rates = [
        float(keras.ops.convert_to_numpy(o.learning_rate)) for o in loaded.optimizer.optimizers
    ]
    assert rates == [0.125, pytest.approx(2e-4)]
