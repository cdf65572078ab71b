import warnings

import keras
import numpy as np
import pytest
from keras import layers
from tiny_gans import LATENT_DIM, gan_of, images, plain_discriminator, tiny_gan

from keras_gan_kit import ConditionalGAN, networks, penalties
from keras_gan_kit.callbacks import StabilityMonitor


def fit(gan, *monitors, epochs=5, data=None):
    """Trains for two steps an epoch; returns what was warned about."""
    data = images(8) if data is None else data
    with warnings.catch_warnings(record=True) as caught:
        # Nothing but the monitor warns: not NumPy about infinities either.
        warnings.filterwarnings("always", "Training looks unstable: ")
        gan.fit(data, batch_size=4, epochs=epochs, callbacks=list(monitors), verbose=0)
    return [str(warning.message) for warning in caught]


def constant_generator():
    """Samples that do not depend on the latents."""
    generator = networks.dense_generator((4, 4, 1), LATENT_DIM, (8,))
    generator.get_layer("pixels").kernel.assign(np.zeros((8, 16)))
    return generator


def still():
    return keras.optimizers.SGD(0.0)


def test_a_healthy_run_gives_no_warning():
    assert fit(tiny_gan(full=True), StabilityMonitor(every=1), epochs=20) == []


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_a_huge_learning_rate_is_reported_once_while_training_runs(unit):
    gan = tiny_gan(
        generator_optimizer=keras.optimizers.SGD(1e30),
        discriminator_optimizer=keras.optimizers.SGD(1e30),
    )
    seen_at = []
    monitor = StabilityMonitor(every=1, unit=unit)
    watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen_at.append(epoch))
    messages = fit(gan, monitor, watch)
    assert (
        sum("step" in message and "lower the learning rates" in message for message in messages)
        == 1
    )
    assert len(seen_at) == 5  # it only warns


def test_the_message_names_the_value_and_the_step():
    gan = tiny_gan()
    gan.generator.get_layer("pixels").bias.assign(np.full(16, np.nan))
    (message,) = fit(gan, StabilityMonitor(every=4))
    assert "d_loss was nan at step 0" in message


def test_infinite_weights_are_reported():
    gan = tiny_gan()
    gan.discriminator.get_layer("logit").bias.assign([np.inf])
    (message,) = fit(gan, StabilityMonitor(every=1))
    assert "inf at step 0" in message or "nan at step 0" in message


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_stop_ends_training(unit):
    gan = tiny_gan()
    gan.generator.get_layer("pixels").bias.assign(np.full(16, np.nan))
    assert len(fit(gan, StabilityMonitor(every=1, unit=unit, action="stop"))) == 1
    assert gan.steps_taken == {"step": 1, "epoch": 2}[unit]


def test_a_monitor_can_be_used_again():
    gan = tiny_gan()
    gan.generator.get_layer("pixels").bias.assign(np.full(16, np.nan))
    monitor = StabilityMonitor(every=1, action="stop")
    assert len(fit(gan, monitor)) == len(fit(gan, monitor)) == 1
    assert fit(tiny_gan(), monitor) == []


def test_the_last_steps_are_looked_at():
    gan = tiny_gan()
    gan.generator.get_layer("pixels").bias.assign(np.full(16, np.nan))
    assert len(fit(gan, StabilityMonitor(every=1000))) == 1


def test_every_step_between_two_looks_counts():
    # Looks are further apart than the steps that a model remembers by default.
    gan = tiny_gan()
    fit(gan, StabilityMonitor(every=3000), epochs=1)
    assert gan.step_log.capacity >= 3000
    gan = tiny_gan()
    gan.fit(
        images(2),
        batch_size=2,
        steps_per_epoch=2000,
        epochs=0,
        callbacks=[StabilityMonitor(every=2, unit="epoch")],
        verbose=0,
    )
    assert gan.step_log.capacity >= 4000


def test_a_discriminator_that_is_always_right_is_reported_after_its_patience():
    # Real images are all white, the synthetic ones all black, and the generator learns nothing.
    generator = networks.dense_generator((4, 4, 1), LATENT_DIM, (8,))
    generator.get_layer("pixels").bias.assign(np.full(16, -9.0))
    gan = gan_of(
        generator,
        plain_discriminator(),
        generator_optimizer=still(),
        discriminator_optimizer=keras.optimizers.Adam(0.05),
    )
    white = np.full((8, 4, 4, 1), 1.0, "float32")
    white[0, 0, 0, 0] = -1.0  # so that the data spans the range
    looks = StabilityMonitor(every=1, patience=20, min_diversity=1e-9)
    (message,) = [m for m in fit(gan, looks, epochs=40, data=white) if "accuracy" in m]
    assert "accuracy was 1.000 in 20 checks in a row" in message
    gan = gan_of(
        generator,
        plain_discriminator(),
        generator_optimizer=still(),
        discriminator_optimizer=still(),
    )
    assert not [m for m in fit(gan, StabilityMonitor(every=1, patience=20), epochs=8) if "acc" in m]


@pytest.mark.parametrize(
    ("used", "advice"),
    [([], "add R1"), ([penalties.R1(0.001)], "raise the weight of its penalties")],
)
def test_a_penalty_that_is_there_is_not_advised(used, advice):
    gan = tiny_gan(discriminator_optimizer=still(), generator_optimizer=still(), penalties=used)
    kernel = gan.discriminator.get_layer("logit").kernel
    kernel.assign(np.asarray(keras.ops.convert_to_numpy(kernel)) * 1e4)
    (message,) = [m for m in fit(gan, StabilityMonitor(every=2, patience=3)) if "apart" in m]
    assert advice in message


def test_a_critic_ought_to_be_always_right():
    """As in the test before, but for the loss."""
    generator = networks.dense_generator((4, 4, 1), LATENT_DIM, (8,))
    generator.get_layer("pixels").bias.assign(np.full(16, -9.0))
    white = np.full((8, 4, 4, 1), 1.0, "float32")
    white[0, 0, 0, 0] = -1.0
    for loss, warned in (("wasserstein", False), ("relativistic", True)):
        gan = gan_of(
            generator,
            plain_discriminator(),
            loss=loss,
            generator_optimizer=still(),
            discriminator_optimizer=keras.optimizers.Adam(0.05),
        )
        looks = StabilityMonitor(every=1, patience=20, min_diversity=1e-9)
        messages = fit(gan, looks, epochs=40, data=white)
        assert any("accuracy was 1.000" in message for message in messages) is warned


def test_a_gap_between_the_logits_is_reported():
    gan = tiny_gan(discriminator_optimizer=still(), generator_optimizer=still())
    kernel = gan.discriminator.get_layer("logit").kernel
    kernel.assign(np.asarray(keras.ops.convert_to_numpy(kernel)) * 1e4)
    messages = fit(gan, StabilityMonitor(every=2, patience=3))
    assert sum("apart in 3 checks" in message for message in messages) == 1
    unbounded = tiny_gan(discriminator_optimizer=still(), loss="wasserstein")
    kernel = unbounded.discriminator.get_layer("logit").kernel
    kernel.assign(np.asarray(keras.ops.convert_to_numpy(kernel)) * 1e4)
    # A critic of Wasserstein's kind has no logits that could saturate.
    messages = fit(unbounded, StabilityMonitor(every=2, patience=3))
    assert not any("apart" in message for message in messages)


def test_samples_that_are_all_alike_are_reported_once():
    gan = gan_of(constant_generator(), plain_discriminator(), generator_optimizer=still())
    (message,) = fit(gan, StabilityMonitor(every=1))
    assert "mode collapse" in message


def test_samples_of_one_class_that_are_all_alike_are_reported():
    """A generator that listens to the class alone: its samples differ, and have no variety."""
    latents, label = layers.Input((LATENT_DIM,)), layers.Input((), dtype="int32")
    drawn = layers.Dense(16, activation="tanh")(layers.Embedding(10, 8)(label))
    nothing = layers.Dense(16, kernel_initializer="zeros")(latents)
    generator = keras.Model([latents, label], layers.Reshape((4, 4, 1))(drawn + nothing))
    discriminator = networks.conditional_discriminator(plain_discriminator(), 10)
    gan = ConditionalGAN(generator, discriminator, num_classes=10)
    gan.compile(generator_optimizer=still(), run_eagerly=True)
    assert gan.generate(16, seed=0).std(axis=0).mean() > 0.01
    with pytest.warns(UserWarning, match="mode collapse"):
        gan.fit(images(8), np.arange(8), callbacks=[StabilityMonitor(every=1)], verbose=0)


def test_diversity_that_vanishes_is_reported_and_again_after_it_came_back():
    gan = tiny_gan(generator_optimizer=still(), discriminator_optimizer=still())
    kernel = gan.generator.get_layer("pixels").kernel
    healthy = np.asarray(keras.ops.convert_to_numpy(kernel)).copy()

    def weaken(epoch, logs):
        kernel.assign(healthy * (0.001 if epoch in (1, 2, 4) else 1.0))

    change = keras.callbacks.LambdaCallback(on_epoch_begin=weaken)
    messages = fit(gan, change, StabilityMonitor(every=1), epochs=6)
    assert len(set(messages)) == 2  # Python hides a warning that it has seen
    assert all("before by up to" in message for message in messages)


@pytest.mark.parametrize("scale", [1e30, np.inf], ids=str)
def test_samples_too_large_to_measure_are_reported_without_noise(scale):
    # The discriminator looks at tanh(x), and finds nothing wrong.
    latents = layers.Input((LATENT_DIM,))
    drawn = layers.Reshape((4, 4, 1))(layers.Dense(16)(latents))
    generator = keras.Model(latents, drawn)
    inputs = layers.Input((4, 4, 1))
    squashed = layers.Activation("tanh")(layers.Flatten()(inputs))
    discriminator = keras.Model(inputs, layers.Dense(1)(squashed))
    gan = gan_of(
        generator,
        discriminator,
        generator_optimizer=still(),
        discriminator_optimizer=still(),
    )
    generator.layers[1].bias.assign(np.full(16, scale))
    generator.layers[1].kernel.assign(np.full((LATENT_DIM, 16), 1e30))
    messages = fit(gan, StabilityMonitor(every=1, max_gap=1e9))
    assert not any("up to nan" in message for message in messages)


def varied(outputs):
    """A generator whose samples are `outputs` of the latents and of tanh of a random mixture."""
    latents = layers.Input((16,))
    mixed = layers.Dense(16, kernel_initializer=keras.initializers.RandomNormal(seed=0))(latents)
    return keras.Model(latents, layers.Reshape((4, 4, 1))(outputs(latents, mixed)))


def monitored(generator, monitor=None, data=None):
    gan = gan_of(
        generator,
        plain_discriminator(),
        generator_optimizer=still(),
        discriminator_optimizer=still(),
    )
    return fit(gan, monitor or StabilityMonitor(every=1), data=images(64) if data is None else data)


def test_a_generator_that_never_varied_is_compared_with_the_data():
    generator = varied(lambda latents, mixed: layers.Activation("tanh")(1e-3 * mixed))
    (message,) = monitored(generator)
    assert "real ones by 0.59" in message
    assert "mode collapse" in message
    assert monitored(varied(lambda latents, mixed: layers.Activation("tanh")(mixed))) == []


class Broken(layers.Layer):
    """Replaces a fifth of samples, those whose first latent is below -0.84, by one shape."""

    def call(self, latents, samples):
        return keras.ops.where(latents[:, :1] < -0.84, 0.9, samples)


def test_one_shape_in_five_samples_is_found():
    generator = varied(lambda latents, mixed: Broken()(latents, layers.Activation("tanh")(mixed)))
    (message,) = monitored(generator)
    assert "of samples look like another one" in message
    assert 0.1 < float(message.split("%")[0].split()[-1]) / 100 < 0.4


class Modes(layers.Layer):
    """Replaces samples by one of four shapes, by the signs of two latents."""

    def call(self, latents, samples):
        signs = keras.ops.sign(latents[:, :2])
        shapes = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 16)).astype("float32")
        return 0.0 * samples + keras.ops.tanh(keras.ops.matmul(signs, shapes))


def test_four_shapes_are_found_though_they_differ():
    generator = varied(lambda latents, mixed: Modes()(latents, mixed))
    (message,) = monitored(generator)
    assert "% of samples look like another one" in message


def test_data_with_duplicates_may_have_duplicates():
    repeated = np.repeat(images(2), 32, axis=0)
    generator = varied(lambda latents, mixed: Broken()(latents, layers.Activation("tanh")(mixed)))
    assert monitored(generator, data=repeated) == []


def test_one_part_of_a_sample_may_collapse_alone():
    """The row varies, the image does not."""
    latents = layers.Input((16,))
    spread = keras.initializers.RandomNormal(seed=0)
    page = layers.Dense(16, activation="tanh", kernel_initializer="zeros")(latents)
    row = layers.Dense(3, activation="tanh", kernel_initializer=spread)(latents)
    generator = keras.Model(latents, {"page": layers.Reshape((4, 4, 1))(page), "row": row})
    page, row = layers.Input((4, 4, 1), name="page"), layers.Input((3,), name="row")
    joined = layers.Concatenate()([layers.Flatten()(page), row])
    discriminator = keras.Model({"page": page, "row": row}, layers.Dense(1)(joined))
    gan = gan_of(generator, discriminator, generator_optimizer=still())
    rows = np.tanh(np.random.default_rng(0).normal(size=(8, 3))).astype("float32")
    (message,) = fit(gan, StabilityMonitor(every=1), data={"page": images(8), "row": rows})
    assert "samples ('page') differ by only 0" in message


@pytest.mark.parametrize(("epochs", "expected"), [(2, 2), (10, 2), (100, 10)])
def test_the_patience_follows_the_length_of_the_run(epochs, expected):
    """A twentieth of the checks: of 2 epochs, 2 steps each, at least 2."""
    generator = varied(lambda latents, mixed: layers.Activation("tanh")(1e-3 * mixed))
    monitor = StabilityMonitor(every=1)
    monitor.set_params({"epochs": epochs, "steps": 2})
    assert monitor._default_patience() == expected
    if epochs == 2:
        assert len(monitored(generator, monitor)) == 1
