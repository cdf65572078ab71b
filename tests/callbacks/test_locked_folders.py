"""Two trainings at once in one folder: the second is refused, and neither is harmed."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_gans import InterruptionError, assert_same_state, images, interrupt_at, state, tiny_gan

import keras_gan_kit
from keras_gan_kit._files import locked
from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    TrainingVideo,
)

# Another run as far as a folder can tell, without the seconds that TensorFlow takes to start.
OTHER = """
import os, signal, sys, time, types
from pathlib import Path
sys.modules["keras"] = types.ModuleType("keras")
package = types.ModuleType("keras_gan_kit")
package.__path__ = [sys.argv[1]]
sys.modules["keras_gan_kit"] = package
from keras_gan_kit._files import locked
folder = Path(sys.argv[2])

def fork():
    end, begin = os.pipe()
    child = os.fork()
    if not child:  # as one that loads data, and does not hear that its parent is gone
        os.write(begin, b"!")
        time.sleep(60)
        os._exit(0)
    os.read(end, 1)  # it has begun
    return child

"""
HOLD = "with locked(folder):\n    print('at work', flush=True)\n    sys.stdin.read()\n"
FOLDERS = {
    "histories": LossHistory,
    "grids": SampleGrid,
    "checkpoints": PeriodicCheckpoint,
    "a film's frames": lambda folder: TrainingVideo(None, folder.with_name("film.gif")),
}


def new_gan(**options):
    return tiny_gan(run_eagerly=True, **options)  # nothing here takes many steps


def start(folder, code=HOLD):
    folder.mkdir(exist_ok=True)
    package = Path(keras_gan_kit.__file__).parent
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER + code, str(package), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "at work\n"
    return process


def kill(process):
    process.kill()  # -9: the lock dies with it
    process.communicate()


def train(gan, *callbacks, epochs=2):
    gan.fit(images(16), batch_size=8, epochs=epochs, callbacks=list(callbacks), verbose=0)
    return gan


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_another_run_writes_to_is_refused(tmp_path, kind):
    folder = tmp_path / "film_frames"
    other = start(folder)
    try:
        for name in ("d_loss.txt", ".unfinished-1-a.png", ".unfinished-1-b.keras"):
            (folder / name).write_text("1\n2\n")  # what the other is about to rename, too
        before, gan = files(folder), new_gan()
        untrained = state(gan)
        with pytest.raises(BlockingIOError, match=rf"locked by process {other.pid}.*Fix: ") as e:
            train(gan, FOLDERS[kind](folder))
        assert str(folder) in str(e.value)
        assert files(folder) == before
        assert_same_state(state(gan), untrained)
    finally:
        kill(other)
    train(gan, FOLDERS[kind](folder))
    assert gan.steps_taken == 4
    assert not (folder / ".lock").exists()


def test_one_of_several_folders_is_enough_and_leaves_the_others_free(tmp_path):
    other = start(tmp_path / "b")
    callbacks = [LossHistory(tmp_path / "a"), SampleGrid(tmp_path / "b")]
    try:
        with pytest.raises(BlockingIOError, match=str(other.pid)):
            train(new_gan(), *callbacks)
        train(new_gan(), callbacks[0])
    finally:
        kill(other)
    train(new_gan(), *callbacks)


def test_callbacks_of_one_training_share_a_folder_by_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "run"
    folder.mkdir()
    if os.name != "nt":  # links need a privilege there
        (tmp_path / "link").symlink_to(folder)
    names = ["run", folder, tmp_path / "run" / ".." / "run", tmp_path / "link"]
    kinds = [LossHistory, SampleGrid, PeriodicCheckpoint, LossPlot]
    callbacks = [kind(name) for kind, name in zip(kinds, names, strict=True)]
    for _ in range(2):
        train(new_gan(), *callbacks)
    assert (folder / "checkpoint_000000004.keras").is_file()
    assert not list(tmp_path.rglob(".lock"))


def interrupt(batch, logs):
    raise KeyboardInterrupt


def test_what_breaks_a_training_off_frees_its_folder(tmp_path):
    gan, callbacks = new_gan(), [LossHistory(tmp_path, every=1), PeriodicCheckpoint(tmp_path)]
    breaks = {
        InterruptionError: interrupt_at(3),
        KeyboardInterrupt: keras.callbacks.LambdaCallback(on_train_batch_end=interrupt),
    }
    seen = []  # the errors, whose tracebacks keep all that the training had
    for error, cause in breaks.items():
        with pytest.raises(error) as caught:
            train(gan, *callbacks, cause)
        seen.append(caught)
    other = new_gan(generator_optimizer="sgd")
    with pytest.raises(ValueError, match="resume=False") as caught:
        train(other, *callbacks)  # refused where the checkpoint is looked at
    seen.append(caught)
    train(new_gan(weights=1), *callbacks)
    assert len(seen) == 3


def test_a_training_inside_a_training_needs_a_folder_of_its_own(tmp_path):
    inner = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: train(new_gan(), LossHistory(tmp_path / "run"))
    )
    with pytest.raises(BlockingIOError, match="locked by this process"):
        train(new_gan(), LossHistory(tmp_path / "run"), inner)
    train(new_gan(), LossHistory(tmp_path / "other"), inner)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked there")
def test_a_forked_process_keeps_no_lock(tmp_path):
    forking = """
with locked(folder):
    child = fork()
with locked(folder):  # while the child of the first training is there
    print("at work", flush=True)
    print(child, flush=True)
    print(fork(), flush=True)
    sys.stdin.read()
"""
    other = start(tmp_path / "run", forking)
    children = [int(other.stdout.readline()) for _ in range(2)]
    with pytest.raises(BlockingIOError, match=f"process {other.pid}\\."), locked(tmp_path / "run"):
        pass
    other.kill()  # its children have its output: who reads that to the end waits for them
    other.wait()
    try:
        with locked(tmp_path / "run"):
            for child in children:
                os.kill(child, 0)  # it is still there
    finally:
        for child in children:
            os.kill(child, 9)
        other.communicate()


def test_a_child_that_leaves_the_training_does_not_end_it(tmp_path):
    if not hasattr(os, "fork"):
        pytest.skip("processes are not forked there")
    leaving = """
try:
    with locked(folder):
        if not os.fork():
            raise SystemExit  # through all that surrounds the training
        os.wait()
        print("at work", flush=True)
        sys.stdin.read()
finally:
    sys.stdout.flush()
"""
    other = start(tmp_path / "run", leaving)
    try:
        with pytest.raises(BlockingIOError, match=f"{other.pid}"), locked(tmp_path / "run"):
            pass
    finally:
        kill(other)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_warned_of(tmp_path, monkeypatch, code):
    fcntl = pytest.importorskip("fcntl")

    def refuse(file, operation):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.warns(UserWarning, match="does not support locks .*a separate folder for each run"):
        train(new_gan(), LossHistory(tmp_path, every=1))
    assert set(files(tmp_path)) == {"d_loss.txt", "d_acc.txt", "g_loss.txt"}
    assert not (tmp_path / ".lock").exists()


def test_a_lock_that_is_removed_while_it_is_opened_is_not_held_by_two(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    flock, opened = fcntl.flock, []

    def late(file, operation):
        opened.append(file)
        if len(opened) == 1:  # another run ends between `open` and `flock`, and a third begins
            (tmp_path / ".lock").unlink()
            (tmp_path / ".lock").write_text("7")
        return flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(BlockingIOError, match="locked by process 7"), locked(tmp_path):
        pass
    assert (tmp_path / ".lock").read_text() == "7"
    with locked(tmp_path), pytest.raises(BlockingIOError, match="this process"), locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_it_is_a_lock_too(tmp_path, monkeypatch):
    def full(file, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    refused = pytest.raises(BlockingIOError, match="another process")
    with locked(tmp_path), refused, locked(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_lock_that_leads_elsewhere_is_not_written_to(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(tmp_path / "precious.txt")
    with pytest.raises(OSError, match=r"run/\.lock"):
        train(new_gan(), PeriodicCheckpoint(tmp_path / "run"))
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_what_a_dead_process_left_is_no_lock(tmp_path):
    (tmp_path / ".lock").write_text("1")  # a process that is always there
    train(new_gan(), PeriodicCheckpoint(tmp_path))
    assert sorted(files(tmp_path)) == ["checkpoint_000000002.keras", "checkpoint_000000004.keras"]
    assert np.isfinite(state(train(new_gan(), PeriodicCheckpoint(tmp_path)))[0]).all()
