"""Disks that are full or read-only: training stops with the reason, and goes on when they are not.

They are real ones, of memory, which takes the rights of an administrator to make.
"""

import errno
import subprocess
import zipfile
from pathlib import Path

import keras
import pytest
from tiny_gans import assert_same_state, images, state, tiny_gan

from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    TrainingVideo,
)

FOLDERS = {
    "histories": LossHistory,
    "grids": SampleGrid,
    "checkpoints": PeriodicCheckpoint,
    "a film's frames": lambda folder: TrainingVideo(None, folder / "film.gif"),
}


class Disk:
    """A file system of its own, as large as is said."""

    def __init__(self, folder):
        self.folder = folder

    def mount(self, options):
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)],
            capture_output=True,
            check=False,
        ).returncode

    def change(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path):
    made = Disk(tmp_path / "disk")
    made.folder.mkdir()
    if made.mount("size=10m"):
        pytest.skip("a disk of one's own takes the rights of an administrator")
    yield made
    subprocess.run(["umount", str(made.folder)], check=True)


def new_gan(weights=0):
    return tiny_gan(full=True, weights=weights, run_eagerly=True)


def train(gan, *callbacks, epochs=3):
    gan.fit(images(30), batch_size=8, epochs=epochs, callbacks=list(callbacks), verbose=0)
    return gan


def writers(folder):
    return [
        LossHistory(folder, every=1),
        SampleGrid(folder / "samples", every=4, unit="step"),
        PeriodicCheckpoint(folder / "checkpoints", every=4, unit="step", keep=99),
    ]


def written(folder):
    """The histories, and the names of all else."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path.read_text() for path in found if path.suffix == ".txt"]
    return [str(path.relative_to(folder)) for path in found], texts


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    gan = train(new_gan(), *writers(folder))
    return state(gan), written(folder)


@pytest.mark.parametrize("kilobytes", [40, 150])
def test_a_full_disk_stops_a_training_that_goes_on_with_room(disk, whole, kilobytes):
    disk.change(f"size={kilobytes}k")
    with pytest.raises(OSError) as caught:
        train(new_gan(), *writers(disk.folder))
    assert caught.value.errno == errno.ENOSPC
    assert not list(disk.folder.rglob(".*"))
    checkpoints = sorted(disk.folder.glob("checkpoints/*"))
    assert len(checkpoints) < 3
    for path in checkpoints:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    disk.change("size=100m")
    # Another first guess: all comes from the newest checkpoint, where there is room for one.
    gan = train(new_gan(weights=1 if checkpoints else 0), *writers(disk.folder))
    assert_same_state(state(gan), whole[0])
    assert written(disk.folder) == whole[1]


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_read_only_folder_is_named_before_any_step(disk, kind):
    (disk.folder / "film_frames").mkdir()
    disk.change("ro")
    gan = tiny_gan(run_eagerly=True)
    with pytest.raises(OSError, match=str(disk.folder)) as caught:
        train(gan, FOLDERS[kind](disk.folder))
    assert caught.value.errno == errno.EROFS
    assert gan.steps_taken == 0


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder that refuses root too")
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_cannot_be_made_is_named_before_any_step(kind):
    gan = tiny_gan(run_eagerly=True)
    with pytest.raises(OSError, match="/proc/self/run"):
        train(gan, FOLDERS[kind](Path("/proc/self/run")))
    assert gan.steps_taken == 0


def test_a_plot_on_a_full_disk_leaves_the_one_before(disk):
    plot, history = LossPlot(disk.folder), LossHistory(disk.folder, every=1)
    gan = train(tiny_gan(run_eagerly=True), history, plot, epochs=1)
    before = (disk.folder / "loss_lines.png").read_bytes()
    used = sum(path.stat().st_blocks * 512 for path in disk.folder.iterdir())
    disk.change(f"size={used + 8192}")
    with pytest.raises(OSError) as caught:
        train(gan, history, plot, epochs=1)
    assert caught.value.errno == errno.ENOSPC
    assert (disk.folder / "loss_lines.png").read_bytes() == before
    assert {path.suffix for path in disk.folder.iterdir()} == {".txt", ".png"}


def test_nothing_lies_beside_a_checkpoint_that_is_being_written(tmp_path, monkeypatch):
    seen = []

    class Watching(keras.optimizers.Adam):
        def save_own_variables(self, store):
            super().save_own_variables(store)
            seen.append([path for path in tmp_path.iterdir() if not path.name.startswith(".")])

    # As on a machine that has no room for a second copy of the weights.
    monkeypatch.setattr("keras.src.saving.saving_lib.is_memory_sufficient", lambda model: False)
    gan = tiny_gan(run_eagerly=True, generator_optimizer=Watching(1e-3))
    train(gan, PeriodicCheckpoint(tmp_path), epochs=1)
    assert seen == [[]]
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint_000000004.keras"]
