"""A clock that is set forwards and back while a training runs changes nothing."""

import itertools
import os
import time

import numpy as np
import pytest
from PIL import Image
from tiny_gans import InterruptionError, assert_same_state, images, interrupt_at, state, tiny_gan

from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    TrainingVideo,
)
from keras_gan_kit.data import images_from_directory

HOUR, YEAR = 3600.0, 365 * 86_400.0


@pytest.fixture
def jumping(monkeypatch):
    """Sets the clock at every look at it: by hours, by years, forwards and back."""
    jumps = itertools.cycle([0.0, HOUR, -HOUR, 20 * YEAR, -20 * YEAR, 0.0, 0.0])
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + next(jumps))


def train(folder, *more, weights=0, verbose=0):
    gan = tiny_gan(full=True, weights=weights, run_eagerly=True)
    callbacks = [
        LossHistory(folder, every=1),
        LossPlot(folder),
        SampleGrid(folder / "samples", every=3, unit="step"),
        TrainingVideo(folder / "samples", folder / "film.gif"),
        PeriodicCheckpoint(folder / "checkpoints", every=2, unit="step"),
        *more,
    ]
    gan.fit(images(30), batch_size=8, epochs=3, callbacks=callbacks, verbose=verbose)
    return gan


def contents(folder):
    """All files; of archives, which have the time in them, their names."""
    return {
        str(path.relative_to(folder)): b"" if path.suffix == ".keras" else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return state(train(folder)), contents(folder)


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_clock_that_jumps_changes_nothing(tmp_path, whole, jumping, verbose):
    gan = train(tmp_path, verbose=verbose)
    assert_same_state(state(gan), whole[0])
    assert contents(tmp_path) == whole[1]


def test_a_resume_goes_by_steps_and_not_by_the_times_of_files(tmp_path, whole, jumping):
    with pytest.raises(InterruptionError):
        train(tmp_path, interrupt_at(7))
    found = sorted((tmp_path / "checkpoints").iterdir())
    assert len(found) == 3
    for age, path in enumerate(found):  # the newest one seems to be the oldest
        os.utime(path, (1e9 - age * HOUR, 1e9 - age * HOUR))
    gan = train(tmp_path, weights=1)
    assert_same_state(state(gan), whole[0])
    assert contents(tmp_path) == whole[1]


def test_a_plot_waits_by_a_clock_that_nobody_sets(tmp_path, monkeypatch):
    # Were it the clock of the day, a plot that is due in a second would be due in an hour.
    monkeypatch.setattr(time, "time", lambda: pytest.fail("the clock of the day"))
    plot = LossPlot(tmp_path)
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        (tmp_path / name).write_text("1\n")
    ticks = itertools.count(step=0.001)
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    drawn = []
    monkeypatch.setattr(plot, "_draw_both", lambda: drawn.append(1))
    for _ in range(1000):
        plot.on_event("epoch_00001")
    assert 4 <= len(drawn) <= 6  # one millisecond in two hundred, and one look in each other


def test_a_bar_shows_progress_whatever_the_clock(tmp_path, jumping, capsys):
    for name in range(20):
        Image.fromarray(np.zeros((4, 4), "uint8")).save(tmp_path / f"{name:02}.png")
    assert images_from_directory(tmp_path, 4, verbose=1).shape == (20, 4, 4, 1)
    assert "20/20" in capsys.readouterr().out


def test_a_clock_before_1980_is_an_error_that_leaves_no_file(tmp_path, monkeypatch):
    # Archives cannot hold such a time: a machine whose battery is empty begins in 1970.
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    with pytest.raises(ValueError, match="1980"):
        train(tmp_path)
    assert list((tmp_path / "checkpoints").iterdir()) == []
