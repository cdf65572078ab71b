"""Schedules: the curve, what they move inside compiled steps, and that a resume stays on it."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_gans import (
    BACKEND,
    EXECUTIONS,
    IMAGE,
    LATENT_DIM,
    InterruptionError,
    assert_same_state,
    compile_quickly,
    images,
    interrupt_at,
    state,
    tiny_gan,
)

from keras_gan_kit import GAN, ScheduledAdam, networks
from keras_gan_kit.callbacks import PeriodicCheckpoint, Schedule
from keras_gan_kit.data import DifferentiableAugment
from keras_gan_kit.penalties import R1, R2, GradientPenalty


def cosine(start, end, t):
    """R3GAN's curve: the share of the end is one minus half of one plus the cosine."""
    t = min(t, 1.0)
    return start + (1 - (1 + math.cos(math.pi * t)) / 2) * (end - start)


# Without compiling, where that is the quicker way.
EAGER = {} if BACKEND == "jax" else {"run_eagerly": True, "jit_compile": False}


def new_gan(**compilation):
    """A GAN that has everything that can be scheduled."""
    keras.utils.set_random_seed(0)
    generator = networks.dense_generator(IMAGE, LATENT_DIM, (8,))
    discriminator = networks.dense_discriminator(IMAGE, (8,))
    augmenter = DifferentiableAugment(strength=0.5)
    gan = GAN(generator, discriminator, augmenter=augmenter, ema_momentum=0.9, seed=0)
    adams = {
        f"{player}_optimizer": ScheduledAdam(1e-3, beta_1=0.0, beta_2=0.9)
        for player in ("generator", "discriminator")
    }
    penalties = [R1(0.2), R2(0.1), GradientPenalty(10.0)]
    compile_quickly(gan, penalties=penalties, **adams, **compilation)
    return gan


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


READ = {
    "learning_rate": lambda gan: [number(o.learning_rate) for o in gan.optimizer.optimizers],
    "beta_2": lambda gan: [number(o.beta_2) for o in gan.optimizer.optimizers],
    "gamma": lambda gan: [
        number(gan.settings[penalty.name]) * penalty.gamma for penalty in gan.penalties[:2]
    ],
    "weight": lambda gan: [number(gan.settings["gradient_penalty"]) * 10],
    "strength": lambda gan: [number(gan.augmenter.strength)],
}


def watch(targets, seen):
    """A callback that notes what an execution is about to use."""

    def look(batch, logs):
        seen.append([READ[target](watcher.model) for target in targets])

    watcher = keras.callbacks.LambdaCallback(on_train_batch_begin=look)
    return watcher


@pytest.mark.parametrize("shape", ["cosine", "linear"])
@pytest.mark.parametrize(("start", "end"), [(2.0, 0.2), (0.0, 0.9), (0.5, 0.5)])
def test_the_curve(shape, start, end):
    schedule = Schedule("gamma", start, end, over=10, shape=shape)
    for t in (0.0, 0.1, 0.25, 0.5, 0.9, 1.0):
        linear = start + t * (end - start)
        expected = cosine(start, end, t) if shape == "cosine" else linear
        assert schedule.value(t) == pytest.approx(expected, abs=1e-12)
    assert (schedule.value(0.0), schedule.value(1.0)) == (start, end)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_every_target_moves_along_the_curve_and_stays_at_its_end(execution):
    gan, seen = new_gan(steps_per_execution=execution), []
    ends = dict.fromkeys(READ, (0.8, 0.1)) | {"learning_rate": (1e-2, 1e-3), "beta_2": (0.9, 0.99)}
    schedules = [Schedule(target, *ends[target], over=8) for target in ends]
    callbacks = [*schedules, watch(ends, seen)]
    gan.fit(images(48), batch_size=4, epochs=2, callbacks=callbacks, verbose=0)  # 24 steps
    assert len(seen) == 24 // execution
    for i, (target, (start, end)) in enumerate(ends.items()):
        for values, step in zip(seen, range(0, 24, execution), strict=True):
            # Both players, or both penalties, have the same.
            np.testing.assert_allclose(values[i], cosine(start, end, step / 8), rtol=1e-5)
        np.testing.assert_allclose(READ[target](gan), end, rtol=1e-5)


@pytest.mark.parametrize("unit", ["step", "image", "epoch"])
def test_units(unit):
    gan, seen = new_gan(**EAGER), []
    over = {"step": 12, "image": 48, "epoch": 2}[unit]  # all the same
    callbacks = [Schedule("strength", 1.0, 0.0, over=over, unit=unit), watch(["strength"], seen)]
    gan.fit(images(24), batch_size=4, epochs=2, callbacks=callbacks, verbose=0)
    expected = [cosine(1.0, 0.0, step / 12) for step in range(12)]
    np.testing.assert_allclose(np.ravel(seen), expected, atol=2e-3)  # the stairs


class Stream(keras.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return (images(4),)


def test_a_stream_tells_its_batch_size_after_the_first_step():
    gan, seen = new_gan(**EAGER), []
    schedule = Schedule("strength", 1.0, 0.0, over=48, unit="image")
    callbacks = [schedule, watch(["strength"], seen)]
    gan.fit(Stream(), epochs=2, callbacks=callbacks, verbose=0)
    expected = [cosine(1.0, 0.0, step / 12) for step in range(12)]
    np.testing.assert_allclose(np.ravel(seen), expected, atol=2e-3)


def endless():
    """A stream whose length Keras does not know: six batches."""
    return tf.data.Dataset.from_generator(
        lambda: (images(4) for _ in range(6)), output_signature=tf.TensorSpec((None, 4, 4, 1))
    )


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_stream_of_unknown_length_moves_by_whole_epochs():
    gan, seen = new_gan(**EAGER), []
    schedule = Schedule("strength", 1.0, 0.0, over=2, unit="epoch", shape="linear")
    watched = [schedule, watch(["strength"], seen)]
    gan.fit(endless(), epochs=3, callbacks=watched, verbose=0)
    values = list(dict.fromkeys(np.ravel(seen).tolist()))
    assert values == pytest.approx([1.0, 0.5, 0.0], abs=2e-3)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_half_life_in_epochs_of_a_stream_holds_from_the_second_one_on():
    gan = new_gan(**EAGER)
    schedule = Schedule("ema_half_life", 0.5, 0.5, over=1, unit="epoch")
    before = number(gan.settings["ema_momentum"])
    gan.fit(endless(), epochs=1, callbacks=[schedule], verbose=0)
    assert number(gan.settings["ema_momentum"]) == before
    gan.fit(endless(), epochs=2, callbacks=[schedule], verbose=0)
    assert number(gan.settings["ema_momentum"]) ** 3 == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "half_life", "steps"), [("step", 3.0, 3.0), ("image", 8.0, 2.0), ("epoch", 0.5, 3.0)]
)
def test_half_of_the_average_is_gone_after_a_half_life(unit, half_life, steps):
    gan = new_gan(**EAGER)
    schedule = Schedule("ema_half_life", half_life, half_life, over=1, unit=unit)
    gan.fit(images(24), batch_size=4, callbacks=[schedule], verbose=0)  # 6 steps an epoch
    assert number(gan.settings["ema_momentum"]) ** steps == pytest.approx(0.5, rel=1e-5)


def test_a_half_life_of_0_makes_the_average_the_generator_itself():
    gan = new_gan(**EAGER)
    gan.fit(images(8), batch_size=4, callbacks=[Schedule("ema_half_life", 0, 0, over=1)], verbose=0)
    for average, weight in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
        np.testing.assert_array_equal(average.numpy(), weight.numpy())


@pytest.mark.parametrize("update", ["alternating", "simultaneous"])
def test_a_compiled_step_does_not_keep_what_it_was_compiled_with(update):
    moving = {
        "learning_rate": (1e-3, 3e-3),
        "beta_2": (0.9, 0.5),
        "gamma": (0.1, 0.7),
        "weight": (10.0, 2.0),
        "strength": (0.5, 0.25),
        "ema_half_life": (1.0, 3.0),
    }

    def trained(rate, beta_2, gamma, weight, strength, momentum, **compilation):
        keras.utils.set_random_seed(0)
        generator = networks.dense_generator(IMAGE, LATENT_DIM, (8,))
        discriminator = networks.dense_discriminator(IMAGE, (8,))
        augmenter = DifferentiableAugment(strength=strength, seed=0)
        gan = GAN(generator, discriminator, augmenter=augmenter, ema_momentum=momentum, seed=0)
        compile_quickly(
            gan,
            generator_optimizer=ScheduledAdam(rate, 0.0, beta_2),
            discriminator_optimizer=ScheduledAdam(rate, 0.0, beta_2),
            penalties=[R1(gamma), R2(gamma), GradientPenalty(weight)],
            update=update,
            **compilation,
        )
        callbacks = [Schedule(target, *ends, over=3) for target, ends in moving.items()]
        gan.fit(images(20), batch_size=4, callbacks=callbacks, verbose=0)
        logs = gan.evaluate(images(8), verbose=0)
        return [*gan.generator.get_weights(), *gan.ema_generator.get_weights(), np.array(logs)]

    # What is not compiled has nothing to keep; and what a model was made with does not matter.
    compiled = trained(1e-3, 0.9, 0.1, 10.0, 0.5, 0.5)
    eager = trained(5e-3, 0.8, 0.4, 3.0, 1.0, 0.9, run_eagerly=True, jit_compile=False)
    for one, other in zip(compiled, eager, strict=True):
        # A tenth of a step: Adam makes much of what rounding leaves of a gradient near zero.
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_schedule_that_stands_still_changes_nothing_bit_by_bit():
    states = []
    for callbacks in ([], [Schedule("learning_rate", 1e-3, 1e-3, over=5)]):
        gan = new_gan(**EAGER)
        gan.fit(images(16), batch_size=4, callbacks=callbacks, verbose=0)
        states.append(state(gan))
    assert_same_state(*states)


@pytest.mark.parametrize("unit", ["image", "epoch"])
def test_a_resumed_training_is_on_the_same_curve(tmp_path, unit):
    over = {"image": 48, "epoch": 4}[unit]

    def fit(folder, *extra):
        gan = new_gan(**EAGER)
        callbacks = [
            Schedule("learning_rate", 1e-2, 1e-4, over=over, unit=unit),
            Schedule("beta_2", 0.9, 0.99, over=over, unit=unit),
            Schedule("gamma", 1.0, 0.1, over=over, unit=unit),
            Schedule("ema_half_life", 0.0, 5.0, over=over, unit=unit),
            Schedule("strength", 0.0, 0.5, over=over, unit=unit),
            PeriodicCheckpoint(tmp_path / folder, every=4, unit="step"),
            *extra,
        ]
        gan.fit(images(12), batch_size=4, epochs=4, callbacks=callbacks, verbose=0)
        return gan

    with pytest.raises(InterruptionError):
        fit("a", interrupt_at(6))
    assert_same_state(state(fit("a")), state(fit("b")))


def test_where_the_values_stand_is_saved_with_the_model(tmp_path):
    gan = new_gan(**EAGER)
    schedules = [Schedule(target, 0.3, 0.3, over=1) for target in READ if target != "learning_rate"]
    gan.fit(images(8), batch_size=4, callbacks=schedules, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert_same_state(state(loaded), state(gan))
    assert READ["gamma"](loaded) == pytest.approx([0.3, 0.3])
    assert READ["beta_2"](loaded) == pytest.approx([0.3, 0.3])


def test_compiling_again_begins_again():
    gan = new_gan()
    gan.settings.set({"r1": 7.0, "ema_momentum": 0.1})
    gan.compile(penalties=[R1(0.2)])
    assert number(gan.settings["r1"]) == 1.0
    assert number(gan.settings["ema_momentum"]) == pytest.approx(0.9)


def test_few_assignments_in_a_long_schedule():
    gan, count = new_gan(run_eagerly=True), []
    schedule = Schedule("strength", 0.0, 1.0, over=20_000)
    schedule.set_model(gan)

    class Place:
        steps = 0

    gan.progress = Place
    gan.augmenter.strength.assign = count.append
    schedule.on_train_begin()
    for Place.steps in range(25_000):
        schedule.on_train_batch_begin(0)
    assert len(count) == 1001
    assert (count[0], count[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("target", "fix"),
    [
        ("beta_2", "ScheduledAdam"),
        ("gamma", r"penalties\.R1"),
        ("weight", r"penalties\.GradientPenalty"),
        ("ema_half_life", r"ema_momentum=0\.999"),
        ("strength", r"DifferentiableAugment"),
    ],
)
def test_a_model_without_the_target_is_refused_before_it_trains(target, fix):
    gan = tiny_gan(run_eagerly=True)
    with pytest.raises(ValueError, match=rf"`callbacks`.*{target}.*{fix}"):
        gan.fit(images(4), callbacks=[Schedule(target, 0.1, 0.1, over=1)], verbose=0)
    assert gan.steps_taken == 0


def test_a_learning_rate_that_has_a_schedule_of_keras_is_refused():
    decay = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9)
    gan = tiny_gan(run_eagerly=True, generator_optimizer=keras.optimizers.Adam(decay))
    with pytest.raises(ValueError, match=r"`callbacks`.*keras\.optimizers\.schedules"):
        gan.fit(images(4), callbacks=[Schedule("learning_rate", 1e-3, 0.0, over=1)], verbose=0)


def test_a_penalty_of_gamma_0_has_nothing_to_multiply():
    gan = tiny_gan(run_eagerly=True, penalties=[R1(0.0)])
    with pytest.raises(ValueError, match="gamma is above 0"):
        gan.fit(images(4), callbacks=[Schedule("gamma", 1.0, 0.0, over=1)], verbose=0)


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (ValueError, "target", "beta2"),
        (ValueError, "target", None),
        (TypeError, "start", "0.1"),
        (TypeError, "start", True),
        (TypeError, "end", None),
        (ValueError, "start", -0.1),
        (ValueError, "end", 1.5),
        (ValueError, "end", float("nan")),
        (ValueError, "over", 0),
        (TypeError, "over", 1.5),
        (ValueError, "unit", "images"),
        (ValueError, "shape", "cos"),
    ],
)
def test_wrong_arguments_are_named(error, argument, value):
    arguments = {"target": "strength", "start": 0.0, "end": 0.5, "over": 1, argument: value}
    with pytest.raises((TypeError, ValueError)) as caught:
        Schedule(**arguments)
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)


@pytest.mark.parametrize("target", ["learning_rate", "gamma", "ema_half_life"])
def test_an_infinite_value_is_refused(target):
    with pytest.raises(ValueError, match="`end`"):
        Schedule(target, 0.0, math.inf, over=1)
