import functools
import itertools
import math
import shutil
import warnings

import keras
import numpy as np
import pytest
from tiny_gans import BACKEND, EXECUTIONS, InterruptionError, images, interrupt_at, tiny_gan

from keras_gan_kit.callbacks import LossHistory, LossPlot, PeriodicCheckpoint
from keras_gan_kit.callbacks.loss_plot import read_histories

pytestmark = pytest.mark.backend

FILES = ("d_loss.txt", "d_acc.txt", "g_loss.txt")
STEPS = 31


def read(directory):
    return {name: (directory / name).read_text() for name in FILES}


def values(directory):
    """Float32, as each step logged them."""
    return np.stack([np.loadtxt(directory / name, "float32", ndmin=1) for name in FILES])


def means_of(steps, boundaries):
    """What the files must hold, to the byte: means of the steps between the boundaries."""
    lines = [
        steps[:, start:stop].astype("float64").mean(axis=1)
        for start, stop in itertools.pairwise(boundaries)
    ]
    return {name: "".join(f"{line[i]:.9g}\n" for line in lines) for i, name in enumerate(FILES)}


def step_lines(steps, every):
    """Line 0 is step 0, line k the mean over the `every` steps up to step k * every."""
    count = math.ceil(steps.shape[1] / every)
    return means_of(steps, [0, *(k * every + 1 for k in range(count))])


@functools.cache
def three_epochs(folder, execution):
    """31 steps in one fit, 62 in a second one with validation data; histories of 1 and 10."""
    gan = tiny_gan(steps_per_execution=execution, jit_compile="auto")
    histories = [LossHistory(folder / str(every), every=every) for every in (1, 10)]
    samples = images(4 * STEPS - 2)  # the last batch is smaller
    gan.fit(samples, batch_size=4, callbacks=histories, verbose=0)
    first = read(folder / "10")
    gan.fit(
        samples,
        batch_size=4,
        epochs=2,
        callbacks=histories,
        validation_data=images(5),
        verbose=0,
    )
    return first, read(folder / "10"), values(folder / "1")


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("histories")
    return {k: functools.partial(three_epochs, folder / str(k), k) for k in EXECUTIONS}


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_line_for_step_0_and_then_means_over_every_steps(runs, execution):
    first, both, steps = runs[execution]()
    assert steps.shape == (3, 3 * STEPS)
    assert first == step_lines(steps[:, :STEPS], 10)
    assert all(text.count("\n") == 4 for text in first.values())
    assert both == step_lines(steps, 10)
    assert all(text.count("\n") == 10 for text in both.values())


@pytest.mark.parametrize("execution", EXECUTIONS[1:])
def test_steps_per_execution_do_not_change_what_is_logged(runs, execution):
    np.testing.assert_allclose(runs[execution]()[2], runs[1]()[2], rtol=1e-4, atol=1e-5)


def test_values_are_those_of_the_training_step(tmp_path):
    gan = tiny_gan(run_eagerly=True)
    logged = []
    gan.fit(
        images(8),
        batch_size=8,
        epochs=3,
        callbacks=[
            LossHistory(tmp_path, every=1),
            # An epoch has one step, so that Keras' means are those of the step.
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: logged.append(
                    [float(logs[key]) for key in ("d_loss", "d_accuracy", "g_loss")]
                )
            ),
        ],
        verbose=0,
    )
    np.testing.assert_allclose(values(tmp_path), np.transpose(logged), rtol=1e-6)


def test_validation_data_leaves_the_lines_alone(tmp_path):
    for name, validation in (("without", None), ("with", images(6))):
        tiny_gan().fit(
            images(12),
            batch_size=4,
            epochs=2,
            callbacks=[LossHistory(tmp_path / name, every=2)],
            validation_data=validation,
            verbose=0,
        )
    assert read(tmp_path / "with") == read(tmp_path / "without")


def test_lines_of_epochs(tmp_path):
    gan = tiny_gan()
    histories = [
        LossHistory(tmp_path / "steps", every=1),
        LossHistory(tmp_path / "1", every=1, unit="epoch"),
        LossHistory(tmp_path / "2", every=2, unit="epoch"),
    ]
    gan.fit(images(12), batch_size=4, epochs=5, callbacks=histories, verbose=0)
    steps = values(tmp_path / "steps")
    assert read(tmp_path / "1") == means_of(steps, [0, 3, 6, 9, 12, 15])
    assert read(tmp_path / "2") == means_of(steps, [0, 6, 12])


def test_lines_of_epochs_go_on_in_a_second_fit(tmp_path):
    gan = tiny_gan()
    histories = [
        LossHistory(tmp_path / "steps", every=1),
        LossHistory(tmp_path, unit="epoch", every=1),
    ]
    gan.fit(images(12), batch_size=4, epochs=2, callbacks=histories, verbose=0)
    gan.fit(images(12), batch_size=4, epochs=1, callbacks=histories, verbose=0)
    assert read(tmp_path) == means_of(values(tmp_path / "steps"), [0, 3, 6, 9])
    gan.fit(images(12), batch_size=4, initial_epoch=3, epochs=5, callbacks=histories, verbose=0)
    assert read(tmp_path) == means_of(values(tmp_path / "steps"), [0, 3, 6, 9, 12, 15])


def test_files_can_be_read_while_training_runs(tmp_path):
    counts = []
    gan = tiny_gan()
    gan.fit(
        images(28),
        batch_size=4,
        epochs=2,
        callbacks=[
            LossHistory(tmp_path, every=3),
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: counts.append(values(tmp_path).shape[1])
            ),
        ],
        verbose=0,
    )
    assert counts == [math.ceil(step / 3) for step in range(1, 15)]


def test_a_new_model_starts_the_files_anew(tmp_path):
    for weights, folder in ((0, "shared"), (1, "shared"), (1, "own")):
        # The second run is shorter than what the first one left.
        tiny_gan(weights=weights).fit(
            images(12),
            batch_size=4,
            epochs=2 - weights,
            callbacks=[LossHistory(tmp_path / folder, every=1)],
            verbose=0,
        )
    assert read(tmp_path / "shared") == read(tmp_path / "own")


def _drop_last_lines(folder):
    for name, kept in zip(FILES, (1, 0, 2), strict=True):
        text = (folder / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(text[:kept]))


def _remove_files(folder):
    for name in FILES:
        (folder / name).unlink()


def _write_beyond(folder):
    # As if the process had been killed while it wrote, long after the checkpoint.
    for name, more in zip(FILES, ("1\n2\n3\n", "4\n", "5\n6"), strict=True):
        with (folder / name).open("a") as file:
            file.write(more)


def _cut_a_line(folder):
    text = (folder / FILES[1]).read_text()
    (folder / FILES[1]).write_text(text[:-2])


def _nothing(folder):
    pass


DAMAGE = (_nothing, _drop_last_lines, _remove_files, _write_beyond, _cut_a_line)


def _fit_with_histories(gan, folder, *more):
    gan.fit(
        images(20),
        batch_size=4,
        epochs=4,
        callbacks=[
            LossHistory(folder / "steps", every=3),
            LossHistory(folder / "one", every=1, unit="epoch"),
            LossHistory(folder / "two", every=2, unit="epoch"),
            PeriodicCheckpoint(folder / "checkpoints", every=4, unit="step"),
            *more,
        ],
        verbose=0,
    )
    return {name: read(folder / name) for name in ("steps", "one", "two")}


@pytest.fixture(scope="session")
def interrupted(tmp_path_factory):
    """A run of 20 steps to compare with, and the folder of one that broke off in step 15."""
    folder = tmp_path_factory.mktemp("interrupted")
    whole = _fit_with_histories(tiny_gan(), folder / "whole")
    with pytest.raises(InterruptionError):
        _fit_with_histories(tiny_gan(), folder / "broken", interrupt_at(15))
    return whole, folder / "broken"


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_resume_leaves_no_gap_and_no_repeat(interrupted, tmp_path, damage):
    whole, broken = interrupted
    shutil.copytree(broken, tmp_path / "run")
    for name in ("steps", "one", "two"):
        damage(tmp_path / "run" / name)
    # The newest checkpoint is of step 12, in the third epoch, in the middle of a line.
    assert _fit_with_histories(tiny_gan(weights=1), tmp_path / "run") == whole


def test_a_wrong_byte_in_a_history_stops_no_training(tmp_path):
    callbacks = [LossHistory(tmp_path, every=1), LossPlot(tmp_path), PeriodicCheckpoint(tmp_path)]
    for epochs in (1, 2):
        gan = tiny_gan(run_eagerly=True)
        gan.fit(images(12), batch_size=4, epochs=epochs, callbacks=callbacks, verbose=0)
        before = (tmp_path / FILES[0]).read_bytes()
        (tmp_path / FILES[0]).write_bytes(before[:2] + b"\xff" + before[3:])
    lines = (tmp_path / FILES[0]).read_bytes().split(b"\n")
    assert len(lines) == 6 + 1
    assert b"\xff" in lines[0]
    assert np.isfinite([float(line) for line in lines[1:6]]).all()
    assert np.isnan(read_histories(tmp_path)[FILES[0]]).tolist() == [True] + 5 * [False]


@pytest.mark.slow
def test_lines_longer_than_the_memory_of_the_model(tmp_path):
    execution = 1 if BACKEND == "torch" else 100
    gan = tiny_gan(steps_per_execution=execution, jit_compile="auto")
    # Nobody knows how long an epoch of a generator is, so nobody asks for a longer memory.
    whole_epoch = [
        LossHistory(tmp_path / "epoch", every=1, unit="epoch"),
        LossHistory(tmp_path / "steps", every=1),
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data")  # Keras, as ever
        stream = ((images(2),) for _ in range(1200))
        gan.fit(stream, callbacks=whole_epoch, shuffle=False, verbose=0)
    steps = values(tmp_path / "steps")
    assert steps.shape == (3, 1200)
    assert read(tmp_path / "epoch") == means_of(steps, [0, 1200])

    # Lines of more steps than the model remembers by default; the first was never written.
    gan.fit(
        images(2),
        batch_size=2,
        steps_per_epoch=1301,
        callbacks=[LossHistory(tmp_path / "long", every=1250), whole_epoch[1]],
        verbose=0,
    )
    steps = values(tmp_path / "steps")
    assert steps.shape == (3, 2501)
    last = means_of(steps, [1251, 2501])
    assert all((tmp_path / "long" / name).read_text().endswith(last[name]) for name in FILES)


def test_the_first_line_of_a_late_history_has_all_its_steps(tmp_path):
    # 1,030 steps: the model has forgotten the first ones, but not those of line 1,001 to 1,050.
    gan = tiny_gan(steps_per_execution=1 if BACKEND == "torch" else 10)
    gan.fit(images(2), batch_size=2, steps_per_epoch=1030, verbose=0)
    before = gan.step_log.read(1001)[1]
    gan.fit(
        images(2),
        batch_size=2,
        steps_per_epoch=30,
        callbacks=[LossHistory(tmp_path, every=50)],
        verbose=0,
    )
    rows = np.concatenate([before, gan.step_log.read(1030)[1]])[:50]
    columns = [gan.step_log.names.index(key) for key in ("d_loss", "d_accuracy", "g_loss")]
    expected = rows.mean(axis=0)[columns]
    np.testing.assert_allclose(values(tmp_path)[:, -1], expected, rtol=1e-6)
