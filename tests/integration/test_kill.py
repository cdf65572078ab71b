"""Training is killed for real, at several moments, and must end as if nothing had happened."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.backend

SCRIPT = Path(__file__).with_name("training_script.py")
HISTORIES = ("d_loss.txt", "d_acc.txt", "g_loss.txt")
STEPS = 400  # far more than all kills together wait for, so that a late one finds it running
PATIENCE = 240  # seconds for one process, on a busy machine


def start(output, options):
    output.mkdir(exist_ok=True)
    with (output / "errors.txt").open("a") as errors:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), str(output), *options],
            stdout=errors,
            stderr=errors,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )


def finish(output, options):
    process = start(output, options)
    try:
        code = process.wait(PATIENCE)
    finally:
        process.kill()
    assert code == 0, (output / "errors.txt").read_text()


def kill_when(moment, output, options):
    """Starts a training and kills it as soon as `moment` says so."""
    process = start(output, options)
    deadline = time.monotonic() + PATIENCE
    try:
        while not moment() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, (output / "errors.txt").read_text()
    assert not (output / "final.npz").exists()


def checkpoints(output):
    found = (output / "checkpoints").glob("checkpoint_*.keras")
    return sorted(int(path.stem.removeprefix("checkpoint_")) for path in found)


def newest(output):
    return max(checkpoints(output), default=0)


def lines(output):
    path = output / "g_loss.txt"  # the last of the three that is written
    return path.read_text().count("\n") if path.exists() else 0


def more_lines(output, count):
    """After `count` further lines of the history: between two checkpoints."""
    return lambda: lines(output) >= count


def while_a_checkpoint_is_written(output, count):
    """At the first sight of an unfinished file, once `count` more checkpoints are complete."""
    goal = newest(output) + 7 * count

    def moment():
        unfinished = (output / "checkpoints").glob(".unfinished-*.keras")
        done = newest(output)
        # A busy machine may hide it for a while: any moment will do then.
        return done >= goal and (any(unfinished) or done >= goal + 70)

    return moment


def after_a_checkpoint(output, count):
    """At the first sight of a checkpoint's name, before older ones are removed."""
    goal = newest(output) + 7 * count
    return lambda: newest(output) >= goal


def while_resuming(output):
    """When the histories are taken back to where the checkpoint stands."""
    path = output / "d_loss.txt"
    before = path.stat().st_mtime_ns
    return lambda: path.stat().st_mtime_ns != before


def assert_equal(output, expected):
    with np.load(output / "final.npz") as one, np.load(expected / "final.npz") as other:
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    for name in HISTORIES:
        assert (output / name).read_bytes() == (expected / name).read_bytes()
    pictures = [
        {path.name: path.read_bytes() for path in (folder / "samples").glob("[!.]*")}
        for folder in (output, expected)
    ]
    assert pictures[0] == pictures[1]
    assert checkpoints(output) == checkpoints(expected)
    assert not list((output / "checkpoints").glob(".*"))
    assert "damaged" not in (output / "errors.txt").read_text()


@pytest.mark.kill
def test_a_training_that_is_killed_ends_as_if_it_had_not_been(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    chance = random.Random(0)
    finish(whole, [])
    assert lines(whole) == STEPS // 10
    kill_when(more_lines(killed, chance.randint(3, 6)), killed, [])
    kill_when(while_a_checkpoint_is_written(killed, chance.randint(1, 4)), killed, [])
    kill_when(while_resuming(killed), killed, [])
    kill_when(after_a_checkpoint(killed, chance.randint(3, 8)), killed, [])
    assert 0 < newest(killed) < STEPS
    finish(killed, [])
    assert_equal(killed, whole)


@pytest.mark.kill
@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras' PyTorch trainer takes one step at a time"
)
def test_killed_with_several_steps_per_execution_and_validation(tmp_path):
    # Four steps an execution do not divide the 25 of an epoch, nor the 7 between checkpoints.
    options = ["--steps-per-execution", "4", "--validate", "--update", "simultaneous"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finish(whole, [*options, "--pause", "0"])
    kill_when(more_lines(killed, 8), killed, options)
    kill_when(while_a_checkpoint_is_written(killed, 2), killed, options)
    finish(killed, options)
    assert_equal(killed, whole)


@pytest.mark.kill
def test_of_two_trainings_in_one_folder_the_second_is_refused(tmp_path):
    whole, shared = tmp_path / "whole", tmp_path / "shared"
    finish(whole, ["--pause", "0"])
    # Long enough for another process to start.
    first = start(shared, ["--pause", "0.15"])
    try:
        deadline = time.monotonic() + PATIENCE
        while newest(shared) < 7 and time.monotonic() < deadline:
            time.sleep(0.01)
        second = start(shared, ["--pause", "0"])
        assert second.wait(PATIENCE) == 1
        assert first.poll() is None
        complaint = f"BlockingIOError: .*locked by process {first.pid}"
        assert re.search(complaint, (shared / "errors.txt").read_text())
        assert first.wait(PATIENCE) == 0
    finally:
        first.kill()
    assert_equal(shared, whole)
