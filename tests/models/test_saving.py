"""The whole state is in a `.keras` file."""

import copy
import pickle
import warnings

import keras
import numpy as np
import pytest
from keras import ops

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


@pytest.mark.parametrize("name", ["gan.weights.h5", "gan.keras"])
def test_weights_of_an_uncompiled_model_fit_a_compiled_one_and_back(tmp_path, make_gan, name):
    gan, compiled = make_gan(seed=1), make_gan(seed=2)
    compiled.compile(run_eagerly=True)
    for source, target in ((gan, compiled), (compiled, gan)):
        kernel = source.generator.trainable_variables[0]
        kernel.assign(kernel + 1.0)
        source.save(tmp_path / name) if name.endswith(".keras") else source.save_weights(
            tmp_path / name
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras names the optimizers that the file lacks
            target.load_weights(tmp_path / name)
        np.testing.assert_array_equal(target.generate(3, seed=0), source.generate(3, seed=0))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "float64"])
def test_weights_load_across_dtype_policies(tmp_path, make_gan, images, policy):
    if policy == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX computes in float64 only where it is told to at its start")
    gans = {}
    for used in ("float32", policy):
        keras.config.set_dtype_policy(used)
        gans[used] = make_gan(ema_momentum=0.5)
        gans[used].compile(run_eagerly=True)
        gans[used].fit(images[:8], batch_size=8, verbose=0)
    tolerance = 1e-2 if "16" in policy else 1e-6
    for source, target in ((*gans.values(),), (*reversed(gans.values()),)):
        source.save_weights(tmp_path / "gan.weights.h5")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras names the loss scale, which only one has
            target.load_weights(tmp_path / "gan.weights.h5")
        for found, expected in zip(target.get_weights(), source.get_weights(), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
        target.fit(images[:8], batch_size=8, epochs=2, initial_epoch=1, verbose=0)


def test_h5_names_the_keras_format(tmp_path, make_gan):
    with pytest.raises(ValueError, match=r"Invalid `filepath`.*'gan.keras'.*save_weights"):
        make_gan().save(tmp_path / "gan.h5")


class Scale(keras.layers.Layer):
    """A layer that is not registered for saving."""

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(1,), initializer="ones")

    def call(self, inputs):
        return inputs * self.factor


def doubled(inputs):
    """An activation that is not registered for saving."""
    return ops.abs(inputs) * 2.0


@pytest.mark.parametrize(
    "make_layer",
    [
        lambda: keras.layers.Lambda(lambda inputs: ops.abs(inputs) * 2.0),
        lambda: keras.layers.Lambda(doubled, output_shape=(16,)),
        lambda: Scale(),
        lambda: keras.layers.Dense(16, activation=doubled),
        lambda: keras.layers.SpectralNormalization(keras.layers.Dense(16, activation=doubled)),
        lambda: keras.Sequential([keras.layers.Lambda(lambda inputs: ops.abs(inputs)), Scale()]),
    ],
)
def test_an_average_of_any_generator(images, make_layer):
    latents = keras.Input((3,))
    hidden = keras.layers.Dense(16)(latents)
    outputs = keras.layers.Reshape((4, 4, 1))(make_layer()(hidden))
    generator = keras.Model(latents, {"image": outputs})
    discriminator = networks.dense_discriminator((4, 4, 1), (8,))
    sample = keras.Input((4, 4, 1), name="image")
    discriminator = keras.Model({"image": sample}, discriminator(sample))
    gan = GAN(generator, discriminator, ema_momentum=0.5, seed=0)
    expected = gan.generator.predict(np.ones((2, 3), "float32"), verbose=0)["image"]
    found = gan.generate(latents=np.ones((2, 3), "float32"))["image"]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert not gan.ema_generator.trainable_variables
    assert not {id(w) for w in gan.ema_generator.weights} & {id(w) for w in generator.weights}


def test_an_average_of_a_subclassed_generator():
    class Custom(keras.Model):
        def __init__(self, **options):
            latents = keras.Input((3,))
            outputs = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16)(latents))
            super().__init__(latents, outputs, **options)

        def call(self, inputs, training=None, mask=None):
            return super().call(inputs) * 2.0

    gan = GAN(Custom(), networks.dense_discriminator((4, 4, 1), (8,)), ema_momentum=0.5, seed=0)
    latents = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(
        gan.generate(latents=latents), keras.ops.convert_to_numpy(gan.generator(latents))
    )


def test_two_adams_keep_their_names(tmp_path, make_gan):
    gan = make_gan()
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-3, name="of_generator"),
        discriminator_optimizer=keras.optimizers.Adam(2e-3, name="of_discriminator"),
    )
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for model in (gan, loaded):
        names = [optimizer.name for optimizer in model.optimizer.optimizers]
        assert names == ["of_discriminator", "of_generator"]
        paths = [variable.path for variable in model.optimizer.variables]
        assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("compiled", [False, True])
def test_copies_of_a_model(make_gan, images, compiled, state_of, check_same):
    gan = make_gan(ema_momentum=0.5)
    if compiled:
        gan.compile(run_eagerly=True)
        gan.fit(images[:16], batch_size=8, verbose=0)
    for copied in (pickle.loads(pickle.dumps(gan)), copy.deepcopy(gan)):
        assert copied.compiled == compiled
        np.testing.assert_array_equal(copied.generate(3, seed=0), gan.generate(3, seed=0))
        if compiled:
            check_same(state_of(copied), state_of(gan))
    cloned = keras.models.clone_model(gan)
    assert type(cloned) is GAN
    assert cloned.get_config() == gan.get_config()


def test_what_keras_shows_of_a_model(make_gan):
    gan = make_gan(name="mine")
    assert gan.get_layer("discriminator") is gan.discriminator
    assert gan.get_layer(index=0) is gan.generator
    assert [layer.name for layer in gan.layers] == ["generator", "discriminator"]
    lines = []
    gan.summary(print_fn=lambda text, line_break=False: lines.append(text))
    assert "Optimizers: none" in lines[-1]
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.25, name="slow"),
        discriminator_optimizer=keras.optimizers.Adam(0.5),
    )
    gan.summary(print_fn=lambda text, line_break=False: lines.append(text))
    text = "\n".join(lines)
    assert text.count('"generator"') == text.count('"discriminator"') == 2
    assert "Discriminator optimizer: Adam (adam" in text
    assert lines[-1] == "Generator optimizer: SGD (slow), learning rate 0.25, 2 numbers of state"
