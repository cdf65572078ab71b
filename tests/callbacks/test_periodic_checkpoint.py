import contextlib
import functools
import os
import shutil
import warnings

import keras
import numpy as np
import pytest
from keras import layers, ops
from tiny_gans import (
    BACKEND,
    InterruptionError,
    assert_same_state,
    gan_of,
    images,
    interrupt_at,
    state,
    tiny_gan,
)

from keras_gan_kit import networks, penalties
from keras_gan_kit.callbacks import PeriodicCheckpoint, StabilityMonitor

pytestmark = pytest.mark.backend

SAMPLES, BATCH, IN_EPOCH = 30, 8, 4  # the last batch of an epoch has 6 samples


def train(gan, *callbacks, epochs=3, data=None, **options):
    options = {"batch_size": BATCH, "verbose": 0, **options}
    gan.fit(
        images(SAMPLES) if data is None else data,
        epochs=epochs,
        callbacks=list(callbacks),
        **options,
    )
    return gan


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def raise_interruption(*_):
    raise InterruptionError


@functools.cache
def uninterrupted(compilation=(), options=(), epochs=3):
    """The state at the end of a training that nothing disturbed, and where it stood."""
    fit = {key: images(5) if key == "validation_data" else value for key, value in options}
    gan = train(tiny_gan(**{"full": True, **dict(compilation)}), epochs=epochs, **fit)
    return state(gan), gan.position


# Which files there are.


def test_the_newest_checkpoints_are_kept(tmp_path):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path, keep=2), epochs=4)
    assert names(tmp_path) == ["checkpoint_000000012.keras", "checkpoint_000000016.keras"]


def test_checkpoints_of_steps_and_of_the_end(tmp_path):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path, every=5, unit="step", keep=9))
    found = [int(name[11:20]) for name in names(tmp_path)]
    assert found == [5, 10, 12]


def test_epochs_between_checkpoints(tmp_path):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path, every=2, keep=9), epochs=5)
    assert [int(name[11:20]) for name in names(tmp_path)] == [8, 16, 20]


@pytest.mark.skipif(BACKEND == "torch", reason="Keras' PyTorch trainer takes one step at a time")
def test_a_checkpoint_follows_the_execution_that_holds_its_step(tmp_path):
    train(
        tiny_gan(steps_per_execution=3),
        PeriodicCheckpoint(tmp_path, every=2, unit="step", keep=9),
    )
    assert [int(name[11:20]) for name in names(tmp_path)] == [3, 4, 7, 8, 11, 12]


def test_a_second_fit_goes_on_counting(tmp_path):
    gan, checkpoint = tiny_gan(), PeriodicCheckpoint(tmp_path, keep=2)
    train(gan, checkpoint, epochs=1)
    train(gan, checkpoint, epochs=2)
    assert names(tmp_path) == ["checkpoint_000000008.keras", "checkpoint_000000012.keras"]


def test_a_checkpoint_opens_as_a_model_that_continues(tmp_path):
    gan = train(tiny_gan(full=True), PeriodicCheckpoint(tmp_path), epochs=2)
    loaded = keras.saving.load_model(tmp_path / "checkpoint_000000008.keras")
    np.testing.assert_array_equal(loaded.generate(3, seed=1), gan.generate(3, seed=1))
    for model in (gan, loaded):
        train(model, epochs=3, initial_epoch=2)
    assert_same_state(state(loaded), state(gan))


def test_files_of_other_names_stay(tmp_path):
    for name in ("checkpoint.keras", "checkpoint_1.keras.bak", "notes.txt", "checkpoint_1.h5"):
        (tmp_path / name).write_text("mine")
    train(tiny_gan(), PeriodicCheckpoint(tmp_path, keep=1), epochs=2)
    assert len(names(tmp_path)) == 5


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path):
    leftover = tmp_path / f".unfinished-{os.getpid() + 1}-checkpoint_000000004.keras"
    leftover.write_bytes(b"half")
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1)
    assert names(tmp_path) == ["checkpoint_000000004.keras"]


def test_an_error_while_saving_leaves_no_file(tmp_path):
    gan = tiny_gan()

    class Failing(keras.optimizers.Adam):
        def save_own_variables(self, store):
            raise OSError("the disk is full")

    gan = tiny_gan(generator_optimizer=Failing(1e-3))
    with pytest.raises(OSError, match="disk is full"):
        train(gan, PeriodicCheckpoint(tmp_path), epochs=1)
    assert names(tmp_path) == []


# Exact resumes.


def broken_by(where, at):
    """A callback that ends the training at a place that a kill could end it at."""
    if where == "step":
        return interrupt_at(at)
    seen = []

    def count(*_):
        seen.append(1)
        if len(seen) == at:
            raise InterruptionError

    return keras.callbacks.LambdaCallback(**{where: count})


def resume_after(folder, breaks, checkpoint, compilation=(), options=(), epochs=3):
    """Runs the same script again until nothing breaks it any more."""
    fit = {key: images(5) if key == "validation_data" else value for key, value in options}
    for run, stop in enumerate([*breaks, None]):
        # Another first guess each time: everything must come from the checkpoint.
        gan = tiny_gan(weights=run, **{"full": True, **dict(compilation)})
        saver = PeriodicCheckpoint(folder, **checkpoint)
        if stop is None:
            return train(gan, saver, epochs=epochs, **fit)
        with pytest.raises(InterruptionError):
            train(gan, broken_by(*stop), saver, epochs=epochs, **fit)
    return None


SIMULTANEOUS = (("update", "simultaneous"),)
VALIDATED = (("validation_data", True),)
BREAKS = {
    "second step of all": ([("step", 2)], {"every": 1, "unit": "step"}),
    "between epochs' checkpoints": ([("step", 6)], {}),
    "mid-epoch": ([("step", 7)], {"every": 3, "unit": "step"}),
    "every step, in the last of an epoch": ([("step", 8)], {"every": 1, "unit": "step"}),
    "before the checkpoint of an epoch's end": (
        [("on_epoch_end", 2)],
        {"every": 1, "unit": "step"},
    ),
    "after the checkpoint of an epoch's end": (
        [("on_epoch_begin", 2)],
        {"every": 4, "unit": "step"},
    ),
    "right after training": ([("on_train_end", 1)], {"every": 5, "unit": "step"}),
    "three times": (
        [("step", 3), ("step", 1), ("step", 6)],
        {"every": 2, "unit": "step", "keep": 1},
    ),
}


@pytest.mark.parametrize("breaks", BREAKS)
def test_a_resume_is_exact(tmp_path, breaks):
    stops, checkpoint = BREAKS[breaks]
    gan = resume_after(tmp_path, stops, checkpoint)
    expected, position = uninterrupted()
    assert_same_state(state(gan), expected)
    assert gan.position == position == (3, 0, IN_EPOCH)


CONFIGURATIONS = {
    "simultaneous": (SIMULTANEOUS, ()),
    "validation": ((), VALIDATED),
    "hinge and R1": (
        (("full", False), ("loss", "hinge"), ("penalties", (penalties.R1(1.0),))),
        (),
    ),
    "steps_per_epoch": (SIMULTANEOUS, (("steps_per_epoch", 5),)),
    "unshuffled": ((), (("shuffle", False),)),
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_resume_is_exact_however_the_model_trains(tmp_path, configuration):
    compilation, options = CONFIGURATIONS[configuration]
    every_two = {"every": 2, "unit": "step"}
    gan = resume_after(tmp_path, [("step", 7)], every_two, compilation, options)
    assert_same_state(state(gan), uninterrupted(compilation, options)[0])


@pytest.mark.skipif(BACKEND == "torch", reason="Keras' PyTorch trainer takes one step at a time")
@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_a_resume_is_exact_with_several_steps_per_execution(tmp_path, jit_compile):
    # Five steps an epoch leave its last execution short; it breaks off in the fourth one of all.
    compilation = (("full", False), ("steps_per_execution", 3), ("jit_compile", jit_compile))
    options = (("steps_per_epoch", 5), *VALIDATED)
    every_two = {"every": 2, "unit": "step"}
    gan = resume_after(tmp_path, [("step", 4)], every_two, compilation, options)
    assert_same_state(state(gan), uninterrupted(compilation, options)[0])


def test_a_resume_is_exact_under_the_compiler_chosen_by_default(tmp_path):
    compilation = (("full", False), ("jit_compile", "auto"))
    gan = resume_after(tmp_path, [("step", 7)], {"every": 3, "unit": "step"}, compilation)
    assert_same_state(state(gan), uninterrupted(compilation)[0])


def test_a_resume_is_exact_with_scaled_losses(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        expected, _ = uninterrupted((("loss", "bce"),))
        gan = resume_after(tmp_path, [("step", 7)], {"every": 3, "unit": "step"})
    finally:
        keras.config.set_dtype_policy("float32")
    assert_same_state(state(gan), expected)


def test_more_epochs_after_the_end(tmp_path):
    train(tiny_gan(full=True), PeriodicCheckpoint(tmp_path), epochs=2)
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), uninterrupted()[0])


def rates(gan):
    players = gan.discriminator_optimizer, gan.generator_optimizer
    return [float(ops.convert_to_numpy(player.learning_rate)) for player in players]


@pytest.mark.parametrize("reduced", [False, True])
def test_a_learning_rate_that_the_script_has_changed_counts(tmp_path, reduced, capsys):
    def script(rate, *callbacks, **options):
        gan = tiny_gan()
        gan.compile(
            run_eagerly=True,
            generator_optimizer=keras.optimizers.Adam(rate),
            discriminator_optimizer=keras.optimizers.SGD(0.5),
        )
        return rates(train(gan, *callbacks, PeriodicCheckpoint(tmp_path), **options))

    def reduce(epoch, rate):
        return 0.25

    schedule = [keras.callbacks.LearningRateScheduler(reduce)] if reduced else []
    now = 0.25 if reduced else 0.125
    script(0.125, *schedule, epochs=1)
    assert script(0.125, epochs=2) == [0.25 if reduced else 0.5, now]
    capsys.readouterr()
    assert script(0.0625, epochs=3, verbose=2) == [0.25 if reduced else 0.5, 0.0625]
    said = capsys.readouterr().out
    assert f"The generator continues with the learning rate 0.0625, not {now:g}." in said
    assert "The discriminator" not in said


def test_a_finished_training_has_nothing_left_to_do(tmp_path):
    train(tiny_gan(full=True), PeriodicCheckpoint(tmp_path))
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    steps = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, _: steps.append(batch))
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path), watch)
    assert steps == []
    assert_same_state(state(gan), uninterrupted()[0])
    assert files == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_training_that_was_stopped_goes_on_where_it_stopped(tmp_path):
    def stop(batch, logs):
        if batch == 1:
            watch.model.stop_training = True

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    train(tiny_gan(full=True), PeriodicCheckpoint(tmp_path), watch)
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), uninterrupted()[0])


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_a_training_that_died_leaves_no_checkpoint_of_its_death(tmp_path, unit):
    def ruin(batch, logs):
        if batch == 1 and watch.model.steps_taken > IN_EPOCH:
            watch.model.generator.get_layer("pixels").bias.assign(np.full(16, np.nan))

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=ruin)
    checkpoint = PeriodicCheckpoint(tmp_path, every={"step": 4, "epoch": 1}[unit], unit=unit)
    monitor = StabilityMonitor(every=1, action="stop")
    with pytest.warns(UserWarning, match="looks unstable"):
        train(tiny_gan(full=True), checkpoint, watch, monitor)
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), uninterrupted()[0])


def two_fits(directory, *callbacks, weights=0):
    """A script that trains for one epoch, and then up to three."""
    gan = tiny_gan(full=True, weights=weights)
    for first, last in ((0, 1), (1, 3)):
        train(gan, PeriodicCheckpoint(directory), *callbacks, initial_epoch=first, epochs=last)
    return gan


def test_a_script_of_several_fits_that_is_run_again_does_nothing(tmp_path, capsys):
    finished = two_fits(tmp_path)
    again = two_fits(tmp_path, weights=1)
    assert again.steps_taken == 3 * IN_EPOCH
    assert_same_state(state(again), state(finished))


@pytest.mark.parametrize("step", [3, 7, 11])
def test_a_script_of_several_fits_goes_on_exactly(tmp_path, step):
    expected = two_fits(tmp_path / "whole")
    directory = tmp_path / "interrupted"
    gan = tiny_gan(full=True)
    checkpoint = PeriodicCheckpoint(directory, every=1, unit="step")
    interruption = interrupt_at(step)
    with pytest.raises(InterruptionError):
        for first, last in ((0, 1), (1, 3)):
            train(gan, checkpoint, interruption, initial_epoch=first, epochs=last)
    assert_same_state(state(two_fits(directory, weights=1)), state(expected))


def test_another_folder_says_nothing_about_a_restored_model(tmp_path):
    two_fits(tmp_path / "a")
    gan = tiny_gan(full=True)
    train(gan, PeriodicCheckpoint(tmp_path / "a"), epochs=3)
    train(gan, PeriodicCheckpoint(tmp_path / "b"), epochs=1)
    assert gan.steps_taken == 4 * IN_EPOCH


@pytest.mark.parametrize("length", [3, 5])
def test_another_length_of_an_epoch_is_told_where_nothing_is_left(tmp_path, length):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1)
    options = {"epochs": 1, "verbose": 2, "steps_per_epoch": length}
    with pytest.warns(UserWarning, match=f"An epoch had 4 steps, now it has {length}: "):
        train(tiny_gan(), PeriodicCheckpoint(tmp_path), **options)


# What is restored, and what is not.


def test_without_resume_a_new_model_starts_from_scratch(tmp_path):
    train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path), epochs=4)
    gan = tiny_gan(full=True)
    with pytest.raises(InterruptionError):
        train(gan, interrupt_at(11), PeriodicCheckpoint(tmp_path, resume=False))
    # What it saves is what the next run finds, not the longer run from before.
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), uninterrupted()[0])


def test_a_model_that_has_taken_steps_is_not_restored(tmp_path):
    train(tiny_gan(weights=1), PeriodicCheckpoint(tmp_path), epochs=2)
    gan = train(tiny_gan(), epochs=1)
    expected = train(tiny_gan(), epochs=1)
    train(gan, PeriodicCheckpoint(tmp_path), epochs=1)
    train(expected, epochs=1)
    assert_same_state(state(gan), state(expected))
    assert gan.steps_taken == 2 * IN_EPOCH


def test_another_number_of_steps_in_an_epoch_restarts_the_epoch(tmp_path):
    with pytest.raises(InterruptionError):
        train(tiny_gan(), interrupt_at(7), PeriodicCheckpoint(tmp_path, every=3, unit="step"))
    gan = tiny_gan(weights=1)
    with pytest.warns(UserWarning, match="at step 2 of epoch 2 .* the length of"):
        train(gan, PeriodicCheckpoint(tmp_path), epochs=2, batch_size=10)
    assert gan.steps_taken == 6 + 3


def test_another_batch_size_is_noticed_where_epochs_are_as_long(tmp_path):
    with pytest.raises(InterruptionError):
        train(tiny_gan(), interrupt_at(7), PeriodicCheckpoint(tmp_path, every=3, unit="step"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        # 9 make 4 batches of 30 samples, as 8 do.
        train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=2, batch_size=9)
    assert any("batch" in str(warning.message) for warning in caught)


class Stream(keras.utils.PyDataset):
    """Batches whose order Keras does not know."""

    def __len__(self):
        return IN_EPOCH

    def __getitem__(self, index):
        return (images(SAMPLES)[index * BATCH : (index + 1) * BATCH],)


def test_a_stream_goes_on_at_the_beginning_of_its_epoch(tmp_path):
    options = {"data": Stream(), "batch_size": None, "shuffle": False}
    with pytest.raises(InterruptionError):
        train(
            tiny_gan(),
            interrupt_at(7),
            PeriodicCheckpoint(tmp_path, every=3, unit="step"),
            **options,
        )
    gan = tiny_gan(weights=1)
    with pytest.warns(UserWarning, match="beginning of that epoch: only arrays"):
        train(gan, PeriodicCheckpoint(tmp_path), **options)
    assert gan.steps_taken == 6 + 2 * IN_EPOCH
    assert gan.position[:2] == (3, 0)


def test_a_stream_between_epochs_is_resumed_exactly(tmp_path):
    options = {"data": Stream(), "batch_size": None, "shuffle": False}
    with pytest.raises(InterruptionError):
        train(tiny_gan(full=True), interrupt_at(6), PeriodicCheckpoint(tmp_path), **options)
    gan = train(tiny_gan(full=True, weights=1), PeriodicCheckpoint(tmp_path), **options)
    expected = train(tiny_gan(full=True), **options)
    assert_same_state(state(gan), state(expected))


def test_a_stream_of_unknown_length_takes_no_step_past_its_end():
    gan = tiny_gan(full=True)
    batches = ((images(SAMPLES)[i * BATCH : (i + 1) * BATCH],) for i in range(IN_EPOCH))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data")  # Keras, as ever
        train(gan, data=batches, batch_size=None, shuffle=False, epochs=1)
    expected = train(tiny_gan(full=True), data=Stream(), batch_size=None, shuffle=False, epochs=1)
    assert_same_state(state(gan), state(expected))


# Damage.


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


@pytest.fixture(scope="session")
def three_checkpoints(tmp_path_factory):
    """Checkpoints of the steps 2, 4 and 6 of a training of 12."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.raises(InterruptionError):
        train(
            tiny_gan(full=True),
            interrupt_at(7),
            PeriodicCheckpoint(folder, every=2, unit="step"),
        )
    return folder


@pytest.mark.parametrize("damage", [cut, empty, flip])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(three_checkpoints, tmp_path, damage):
    shutil.copytree(three_checkpoints, tmp_path, dirs_exist_ok=True)
    damage(tmp_path / "checkpoint_000000006.keras")
    gan = tiny_gan(full=True, weights=1)
    with pytest.warns(UserWarning, match=r"checkpoint_000000006\.keras.* is damaged"):
        train(gan, PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), uninterrupted()[0])


@pytest.mark.parametrize("keep", [1, 3])
def test_where_all_are_damaged_training_starts_from_scratch(three_checkpoints, tmp_path, keep):
    shutil.copytree(three_checkpoints, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.iterdir():
        cut(path)
    with pytest.warns(UserWarning, match="is damaged") as caught, pytest.raises(InterruptionError):
        train(
            tiny_gan(full=True),
            interrupt_at(4),
            PeriodicCheckpoint(tmp_path, every=1, unit="step", keep=keep),
        )
    messages = [str(w.message) for w in caught if "is damaged" in str(w.message)]
    for step in (2, 4, 6):
        assert sum(f"checkpoint_{step:09d}.keras" in message for message in messages) == 1
    # What the second run saved is there for the third.
    gan = tiny_gan(full=True, weights=1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is damaged")
        PeriodicCheckpoint(tmp_path).before_fit(gan)
    assert gan.steps_taken == 3


def test_no_damage_to_a_checkpoint_is_an_error_or_goes_unnoticed(three_checkpoints, tmp_path):
    random = np.random.default_rng(0)
    older, newer = [
        (three_checkpoints / f"checkpoint_{step:09d}.keras").read_bytes() for step in (4, 6)
    ]
    (tmp_path / "checkpoint_000000004.keras").write_bytes(older)
    whole = {}
    for step, content in ((4, older), (6, newer)):
        path = tmp_path / "whole.keras"
        path.write_bytes(content)
        whole[step] = state(keras.saving.load_model(path))
    # Anywhere, and where the directory of the archive is.
    places = [*random.integers(0, len(newer), 20), *random.integers(-300, 0, 40) + len(newer)]
    gan = tiny_gan(full=True, weights=1)
    fresh = state(gan)
    for place in places:
        content = bytearray(newer)
        content[place] ^= 1 << random.integers(8)
        (tmp_path / "checkpoint_000000006.keras").write_bytes(content)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*is damaged")
            PeriodicCheckpoint(tmp_path).before_fit(gan)
        assert_same_state(state(gan), whole[gan.steps_taken])
        for variable, value in zip(
            [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables],
            fresh,
            strict=True,
        ):
            variable.assign(value)


# Checkpoints of another model.


def wider():
    discriminator = networks.dense_discriminator((4, 4, 1), (8,))
    return networks.dense_generator((4, 4, 1), 3, (9,)), discriminator


def without_dropout():
    inputs = layers.Input((4, 4, 1))
    x = layers.BatchNormalization()(
        layers.LeakyReLU(0.2)(layers.Dense(8)(layers.Flatten()(inputs)))
    )
    discriminator = keras.Model(inputs, layers.Dense(1)(x))
    return networks.dense_generator((4, 4, 1), 3, (8,)), discriminator


def other_networks(build):
    keras.utils.set_random_seed(1)
    return gan_of(*build(), gan={"ema_momentum": 0.9})


OTHERS = {
    "wider generator": lambda: other_networks(wider),
    "no dropout": lambda: other_networks(without_dropout),
    "no average": lambda: tiny_gan(full=True, weights=1, gan={"ema_momentum": None}),
    "other optimizer": lambda: tiny_gan(full=True, weights=1, generator_optimizer="sgd"),
    "optimizer with more slots": lambda: tiny_gan(
        full=True, weights=1, discriminator_optimizer=keras.optimizers.Adam(amsgrad=True)
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_another_model_is_refused(three_checkpoints, tmp_path, other):
    gan = OTHERS[other]()
    before, position = state(gan), gan.position
    files = names(three_checkpoints)
    with pytest.raises(ValueError, match=r"`directory`[^`]*resume=False"):
        train(gan, PeriodicCheckpoint(three_checkpoints))
    assert_same_state(state(gan), before)
    assert gan.position == position == (0, 0, 0)
    assert names(three_checkpoints) == files
    train(gan, PeriodicCheckpoint(tmp_path), epochs=1)
    assert gan.steps_taken == IN_EPOCH


def test_a_checkpoint_of_other_penalties_is_refused(tmp_path):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1)
    gan = tiny_gan(weights=1, penalties=[penalties.R1(1.0)])
    before = state(gan)
    with pytest.raises(ValueError, match="`directory`"):
        train(gan, PeriodicCheckpoint(tmp_path))
    assert_same_state(state(gan), before)


# What a resume says.

FINISHED = (
    "nothing is left to train. `epochs` is the total number of epochs, and 1 is complete; pass "
    "epochs=2 to continue."
)


@pytest.mark.parametrize(
    ("epochs", "stop", "expected"),
    [
        (3, None, "(4 steps): resuming at epoch 2 of 3, step 1."),
        (3, 2, "(1 step): resuming at epoch 1 of 3, step 2."),
        (1, None, f"(4 steps): {FINISHED}"),
    ],
)
@pytest.mark.parametrize("verbose", [0, 2])
def test_one_line_says_what_training_goes_on_from(
    tmp_path, capsys, epochs, stop, expected, verbose
):
    checkpoint = PeriodicCheckpoint(tmp_path, every=1, unit="step" if stop else "epoch", keep=1)
    with contextlib.suppress(InterruptionError):
        train(tiny_gan(), *([interrupt_at(stop)] if stop else []), checkpoint, epochs=1)
    (name,) = names(tmp_path)
    capsys.readouterr()
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=epochs, verbose=verbose)
    line = f"Loaded {str(tmp_path / name)!r} {expected}"
    lines = [line for line in capsys.readouterr().out.splitlines() if "Loaded" in line]
    assert lines == ([line] if verbose else [])


def test_more_steps_for_a_finished_epoch_are_never_silent(tmp_path):
    """One epoch of 2 steps is done; one of 4 steps is asked for, and nothing would be trained."""
    data = images(30)
    for steps in (2, 4):
        gan = tiny_gan(run_eagerly=True)
        options = {"batch_size": 8, "steps_per_epoch": steps, "verbose": 0}
        callbacks = [PeriodicCheckpoint(tmp_path)]
        if steps == 2:
            gan.fit(data, callbacks=callbacks, **options)
        else:
            expected = r"nothing is left to train.*epochs=2.*had 2 steps, now it has 4"
            with pytest.warns(UserWarning, match=expected):
                gan.fit(data, callbacks=callbacks, **options)
    assert gan.steps_taken == 2


def test_a_new_training_says_nothing(tmp_path, capsys):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1, verbose=2)
    assert "Loaded" not in capsys.readouterr().out


def test_the_line_goes_to_the_log_where_keras_own_progress_does(tmp_path, capsys, caplog):
    train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1)
    keras.config.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", "keras_gan_kit"):
            train(tiny_gan(), PeriodicCheckpoint(tmp_path), epochs=1, verbose=2)
    finally:
        keras.config.enable_interactive_logging()
    assert "Loaded" not in capsys.readouterr().out
    assert [record.message.startswith("Loaded") for record in caplog.records] == [True]
