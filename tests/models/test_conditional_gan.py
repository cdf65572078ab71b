"""Classes in both players: closed forms of a step, what is drawn, whole-state files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan_kit import ConditionalGAN, callbacks, data, losses, networks, penalties

pytestmark = pytest.mark.backend

RATE = 0.1
SHAPE = (4, 4, 1)
CLASSES = 3


# A generator that is one number for each class, and a discriminator that is a slope and, for each
# class, another one: D(x, y) = (slope + v_y) x. Two classes; the batch has labels 0, 1, 1, 1.

LABELS = np.array([0, 1, 1, 1])
DRAWN, SLOPE, SLOPES = np.array([0.5, -0.25]), 2.0, np.array([1.0, -1.0])
REAL = 1.0


def constant(values):
    return keras.initializers.Constant(np.asarray(values, "float32"))


def scalar_generator():
    latent, label = keras.Input((1,)), keras.Input((), dtype="int32")
    zero = keras.layers.Dense(1, use_bias=False, trainable=False, kernel_initializer="zeros")
    numbers = keras.layers.Embedding(2, 1, embeddings_initializer=constant(DRAWN[:, None]))
    return keras.Model([latent, label], keras.layers.Add()([zero(latent), numbers(label)]))


def scalar_discriminator(kind="projection"):
    sample = keras.Input((1,))
    slope = keras.layers.Dense(1, use_bias=False, kernel_initializer=constant([[SLOPE]]))
    inner = keras.Model(sample, slope(sample))
    network = networks.conditional_discriminator(inner, 2, kind=kind)
    if kind == "projection":
        network.get_layer("label_projection").embeddings.assign(SLOPES[:, None])
    else:
        network.get_layer("class_scores").kernel.assign(SLOPES[None])
    return network


def scalar_gan(kind="projection", **options):
    return ConditionalGAN(scalar_generator(), scalar_discriminator(kind), 2, **options)


def one_step(gan, **options):
    gan.compile(
        **{"loss": "wasserstein", "run_eagerly": True} | options,
        generator_optimizer=keras.optimizers.SGD(RATE),
        discriminator_optimizer=keras.optimizers.SGD(RATE),
    )
    real = np.full((4, 1), REAL, "float32")
    history = gan.fit(real, LABELS, batch_size=4, verbose=0).history
    return {key: values[0] for key, values in history.items()}


def weights_of(network):
    return [keras.ops.convert_to_numpy(w).ravel() for w in network.trainable_weights]


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_a_projection_step(run_eagerly):
    gan = scalar_gan()
    logs = one_step(gan, run_eagerly=run_eagerly)
    fake = DRAWN[LABELS]  # the labels of the real batch
    assert logs["d_real"] == pytest.approx(np.mean((SLOPE + SLOPES[LABELS]) * REAL))
    assert logs["d_fake"] == pytest.approx(np.mean((SLOPE + SLOPES[LABELS]) * fake))
    of_class = np.eye(2)[LABELS]
    slope = SLOPE - RATE * np.mean(fake - REAL)
    slopes = SLOPES - RATE * np.mean((fake - REAL)[:, None] * of_class, axis=0)
    drawn = DRAWN + RATE * np.mean((slope + slopes)[None] * of_class, axis=0)
    found_slope, found_slopes = weights_of(gan.discriminator)
    assert found_slope == pytest.approx(slope, abs=1e-6)
    assert found_slopes == pytest.approx(slopes, abs=1e-6)
    assert weights_of(gan.generator)[0] == pytest.approx(drawn, abs=1e-6)


def test_penalties_see_the_labels():
    logs = one_step(scalar_gan(), penalties=[penalties.R1(0.4), penalties.GradientPenalty(3.0)])
    slopes = (SLOPE + SLOPES)[LABELS]
    assert logs["r1"] == pytest.approx(0.2 * np.mean(slopes**2), rel=1e-5)
    assert logs["gradient_penalty"] == pytest.approx(
        3.0 * np.mean((abs(slopes) - 1) ** 2), rel=1e-5
    )


def softmax(scores):
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
def test_a_classifier_step(update):
    weight = 0.5
    gan = scalar_gan("classifier", class_loss_weight=weight)
    logs = one_step(gan, update=update)
    fake, of_class = DRAWN[LABELS], np.eye(2)[LABELS]

    def cross_entropy(samples, slopes):
        chances = softmax(samples[:, None] * slopes)
        return -np.mean(np.log(chances[np.arange(4), LABELS])), chances - of_class

    real = np.full(4, REAL)
    d_class, d_error = cross_entropy(real, SLOPES)
    # The head learns from real samples alone, and its bias too.
    slopes = SLOPES - RATE * weight * np.mean(d_error * real[:, None], axis=0)
    found_slopes, bias = weights_of(gan.discriminator.get_layer("class_scores"))
    assert found_slopes == pytest.approx(slopes, abs=1e-6)
    assert bias == pytest.approx(-RATE * weight * d_error.mean(axis=0), abs=1e-6)
    assert logs["d_class"] == pytest.approx(weight * d_class, rel=1e-5)
    assert logs["d_loss"] == pytest.approx(
        SLOPE * np.mean(fake - REAL) + weight * d_class, rel=1e-5
    )
    if update == "simultaneous":
        g_class, g_error = cross_entropy(fake, SLOPES)
        assert logs["g_class"] == pytest.approx(weight * g_class, rel=1e-5)
        assert logs["g_loss"] == pytest.approx(-SLOPE * np.mean(fake) + weight * g_class, rel=1e-5)
        push = SLOPE - weight * (g_error * SLOPES).sum(axis=1)
        drawn = DRAWN + RATE * np.mean(push[:, None] * of_class, axis=0)
        assert weights_of(gan.generator)[0] == pytest.approx(drawn, abs=1e-6)
    else:  # the new discriminator teaches
        chances = softmax(fake[:, None] * slopes + bias)
        g_class = -np.mean(np.log(chances[np.arange(4), LABELS]))
        assert logs["g_class"] == pytest.approx(weight * g_class, rel=1e-5)


# Small images of three classes.


@pytest.fixture
def labels():
    return np.arange(42) % CLASSES


def make(kind="projection", *, seed=0, weights=0, **options):
    """Dropout, statistics and an average: everything that has a state."""
    keras.utils.set_random_seed(weights)
    generator = networks.dense_generator(SHAPE, 3 + 2, (8,))
    discriminator = networks.dcgan_discriminator(SHAPE, filters=(4,))
    return ConditionalGAN(
        networks.conditional_generator(generator, CLASSES, embedding_dim=2),
        networks.conditional_discriminator(discriminator, CLASSES, kind=kind),
        CLASSES,
        **{"ema_momentum": 0.9, "seed": seed} | options,
    )


KINDS = ["projection", "classifier"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_model_trains_on_exactly(kind, tmp_path, images, labels, state_of, check_same):
    gan = make(kind, class_loss_weight=0.5)
    gan.compile(penalties=[penalties.R1(0.1)], loss="hinge", jit_compile=False)
    gan.fit(images, labels, batch_size=8, epochs=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert type(loaded) is ConditionalGAN
    assert (loaded.num_classes, loaded.class_loss_weight) == (CLASSES, 0.5)
    check_same(state_of(gan), state_of(loaded))
    np.testing.assert_array_equal(loaded.generate(5, seed=1), gan.generate(5, seed=1))
    for model in (gan, loaded):
        model.fit(images, labels, batch_size=8, epochs=3, initial_epoch=2, verbose=0)
    check_same(state_of(gan), state_of(loaded))
    assert loaded.steps_taken == 18


class InterruptionError(Exception):
    """Stands for a kill."""


class Interruption(keras.callbacks.Callback):
    """Ends the training after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise InterruptionError


@pytest.mark.parametrize("kind", KINDS)
def test_a_resume_in_the_middle_of_an_epoch_is_exact(
    kind, tmp_path, images, labels, state_of, check_same
):
    def train(weights, *extra):
        gan = make(kind, weights=weights)
        gan.compile(jit_compile=False)
        gan.fit(images, labels, batch_size=8, epochs=2, callbacks=list(extra), verbose=0)
        return gan

    checkpoint = callbacks.PeriodicCheckpoint(tmp_path, every=2, unit="step")
    with pytest.raises(InterruptionError):
        train(0, checkpoint, Interruption(9))
    resumed = train(1, checkpoint)
    check_same(state_of(train(0)), state_of(resumed))


def test_logs_and_evaluate(images, labels):
    gan = make("classifier")
    gan.compile(run_eagerly=True, penalties=[penalties.R2(0.1)])
    history = gan.fit(
        images, labels, batch_size=16, validation_data=(images[:10], labels[:10]), verbose=0
    ).history
    logs = {"d_accuracy", "d_class", "d_fake", "d_loss", "d_real", "g_class", "g_loss", "r2"}
    assert set(history) == logs | {f"val_{key}" for key in logs}
    results = gan.evaluate(images[:10], labels[:10], verbose=0, return_dict=True)
    assert set(results) == logs
    assert results == pytest.approx({key: history[f"val_{key}"][0] for key in logs}, rel=1e-5)


def test_a_projection_logs_no_classes(images, labels):
    gan = make()
    gan.compile(run_eagerly=True)
    history = gan.fit(images, labels, validation_split=0.25, verbose=0).history
    assert len(history) == 10
    assert not any("class" in key for key in history)


@pytest.mark.parametrize("kind", ["tf.data", "PyDataset", "int64", "uint8", "list of labels"])
def test_every_input_gives_the_same_training(kind, images, labels, state_of, check_same):
    found = []
    for used in ("arrays", kind):
        gan = make()
        gan.compile(run_eagerly=True)
        options = {"batch_size": 8, "shuffle": False, "verbose": 0}
        match used:
            case "arrays":
                gan.fit(images, labels.astype("int32"), **options)
            case "int64" | "uint8":
                gan.fit(images, labels.astype(used), **options)
            case "list of labels":
                gan.fit(images, keras.ops.convert_to_tensor(labels), **options)
            case "tf.data":
                pairs = tf.data.Dataset.from_tensor_slices((images, labels))
                gan.fit(pairs.batch(8), verbose=0)
            case "PyDataset":
                gan.fit(data.ArrayDataset(images, labels, batch_size=8, shuffle=False), verbose=0)
        found.append(state_of(gan))
    check_same(*found)


def test_steps_per_execution_changes_nothing_but_rounding(
    images, labels, several_steps, state_of, check_same
):
    found = []
    for steps in (1, several_steps):
        gan = make("classifier")
        gan.compile(
            generator_optimizer="sgd", discriminator_optimizer="sgd", steps_per_execution=steps
        )
        gan.fit(images, labels, batch_size=8, verbose=0)
        found.append(state_of(gan))
    check_same(*found, tolerance=1e-5)


def test_a_step_under_float16_and_with_clipped_gradients(images, labels):
    keras.config.set_dtype_policy("mixed_float16")
    gan = make()
    gan.compile(
        run_eagerly=True,
        generator_optimizer=keras.optimizers.Adam(1e-3, clipnorm=1.0),
        penalties=[penalties.R1(0.1)],
    )
    before = gan.get_weights()
    history = gan.fit(images, labels, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert any((a != b).any() for a, b in zip(before, gan.get_weights(), strict=True))


def test_joint_samples_of_classes(images, labels, tmp_path):
    latent = keras.Input((5,))
    image = keras.layers.Reshape(SHAPE)(keras.layers.Dense(16, activation="tanh")(latent))
    table = keras.layers.Dense(2, activation="sigmoid")(latent)
    inputs = {"image": keras.Input(SHAPE, name="image"), "table": keras.Input((2,), name="table")}
    flat = keras.layers.Flatten()(inputs["image"])
    seen = keras.layers.Concatenate()([flat, inputs["table"]])
    gan = ConditionalGAN(
        networks.conditional_generator(
            keras.Model(latent, {"image": image, "table": table}), CLASSES, embedding_dim=2
        ),
        networks.conditional_discriminator(
            keras.Model(inputs, keras.layers.Dense(1)(seen)), CLASSES
        ),
        CLASSES,
        seed=0,
    )
    gan.compile(run_eagerly=True, penalties=[penalties.GradientPenalty()], loss="wasserstein")
    gan.fit({"image": images, "table": np.abs(images[:, :2, 0, 0])}, labels, verbose=0)
    drawn = gan.generate(4, seed=0)
    assert {key: value.shape for key, value in drawn.items()} == {
        "image": (4, *SHAPE),
        "table": (4, 2),
    }
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras").generate(4, seed=0)
    np.testing.assert_array_equal(again["table"], drawn["table"])


# What is drawn.


def shaded_by_class():
    """Images of one shade for each class: -1, 0 and 1, whatever the latent."""
    latent, label = keras.Input((2,)), keras.Input((), dtype="int32")
    shades = keras.layers.Embedding(
        CLASSES, 16, embeddings_initializer=constant(np.repeat([[-1.0], [0.0], [1.0]], 16, axis=1))
    )(label)
    zero = keras.layers.Dense(16, kernel_initializer="zeros")(latent)
    image = keras.layers.Reshape(SHAPE)(keras.layers.Add()([zero, shades]))
    return keras.Model([latent, label], image)


def shaded_gan():
    discriminator = networks.dense_discriminator(SHAPE, (4,))
    return ConditionalGAN(
        shaded_by_class(), networks.conditional_discriminator(discriminator, CLASSES), CLASSES
    )


@pytest.mark.parametrize(
    ("num", "labels", "classes"),
    [
        (7, None, [0, 1, 2, 0, 1, 2, 0]),
        (4, 2, [2, 2, 2, 2]),
        (2, np.int64(1), [1, 1]),
        (3, [2, 0, 1], [2, 0, 1]),
        (None, np.array([1, 1, 0], "uint8"), [1, 1, 0]),
    ],
)
def test_samples_are_of_the_classes_asked_for(num, labels, classes):
    drawn = shaded_gan().generate(num, labels=labels, seed=0)
    np.testing.assert_array_equal(drawn[:, 0, 0, 0], np.array([-1.0, 0.0, 1.0])[classes])


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_a_prefix_is_the_same_whatever_the_batch(batch_size):
    gan = make()
    several = gan.generate(20, seed=5)
    few = gan.generate(8, seed=5, batch_size=batch_size)
    np.testing.assert_allclose(few, several[:8], rtol=0, atol=1e-6)
    given = np.arange(20)[::-1] % CLASSES
    np.testing.assert_allclose(
        gan.generate(labels=given[:8], seed=5),
        gan.generate(labels=given, seed=5)[:8],
        rtol=0,
        atol=1e-6,
    )


def test_the_latent_is_what_the_class_leaves_of_the_vector():
    gan = make()
    assert gan.latent_dim == 3
    latents = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    drawn = gan.generate(latents=latents, labels=1)
    labels = np.full(4, 1, "int32")
    np.testing.assert_allclose(gan.predict([latents, labels], verbose=0), drawn, atol=1e-6)
    called = keras.ops.convert_to_numpy(gan([latents, labels]))
    np.testing.assert_allclose(called, drawn, atol=1e-6)
    assert not np.allclose(drawn, gan.generate(latents=latents, labels=2))


def test_a_grid_with_as_many_columns_as_classes_has_a_class_in_each(tmp_path, images, labels):
    from PIL import Image

    gan = shaded_gan()
    gan.compile(run_eagerly=True, generator_optimizer=keras.optimizers.SGD(0.0))
    grid = callbacks.SampleGrid(tmp_path, rows=2, columns=CLASSES, size=(120, 80))
    gan.fit(images, labels, callbacks=[grid], verbose=0)
    pixels = np.asarray(Image.open(tmp_path / "epoch_00001.png"))
    assert pixels[20::40, 20::40, 0].tolist() == [[0, 128, 255]] * 2


def test_one_call_builds_the_relativistic_recipe():
    """Residual networks, relativistic loss, R1 and R2, one shared pass, an average."""
    images = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 1)).astype("float32")
    gans = [ConditionalGAN.relativistic((8, 8, 1), 3, latent_dim=5, seed=7) for _ in range(2)]
    for gan in gans:
        assert [penalty.get_config() for penalty in gan.penalties] == [{"gamma": 0.3}] * 2
        assert isinstance(gan.adversarial_loss, losses.Relativistic)
        assert gan.update_order == "simultaneous"
        assert (gan.latent_dim, gan.ema_momentum) == (5, 0.995)
        assert float(gan.generator_optimizer.beta_1) == 0.0
        gan.compile(run_eagerly=True)  # as `compile` may be called again
        gan.fit(images, np.arange(16) % 3, batch_size=8, verbose=0)
    drawn = [gan.generate(3, labels=[0, 1, 2], seed=0) for gan in gans]
    np.testing.assert_array_equal(*drawn)
