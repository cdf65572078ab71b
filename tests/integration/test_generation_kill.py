"""Making a data set is killed for real, and a worker of a cluster; the bytes must be the same."""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from generation_script import COUNT, SHARD

from keras_gan_kit.generation import read_dataset

SCRIPT = Path(__file__).with_name("generation_script.py")
PATIENCE = 400  # seconds for one process, on a busy machine
needs_ray = pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="Ray is not installed")


def log_of(output):
    """Where a process says what went wrong: not on a disk that is full."""
    return output.parent.parent / f"{output.name}.txt"


def start(output, engine="local", format="parquet"):
    with log_of(output).open("a") as errors:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), str(output), engine, format],
            stdout=errors,
            stderr=errors,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )


def finish(process, output):
    try:
        code = process.wait(PATIENCE)
    finally:
        process.kill()
    assert code == 0, log_of(output).read_text()


def shards(output):
    return sorted(path.name for path in output.glob("train-*"))


def wait_for(moment, process):
    deadline = time.monotonic() + PATIENCE
    while not moment() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0005)


def contents(output):
    """All shards with their bytes. The manifest tells the number of the environment besides."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {
        str(path.relative_to(output)): path.read_bytes() for path in files if path.name != ".lock"
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a run that nobody disturbs makes."""
    made = {}

    def make(format):
        if format not in made:
            output = tmp_path_factory.mktemp("whole") / format
            finish(start(output, format=format), output)
            made[format] = contents(output)
        return made[format]

    return make


@pytest.mark.kill
@pytest.mark.parametrize("format", ["parquet", "folder"])
def test_a_killed_run_goes_on_and_loses_one_shard_at_most(tmp_path, whole, format):
    output, chance = tmp_path / "killed", random.Random(0)
    for _ in range(3):
        goal = len(shards(output)) + chance.randint(1, 6)
        process = start(output, format=format)
        wait_for(lambda goal=goal: len(shards(output)) >= goal, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, log_of(output).read_text()
        # The shard in hand is a hidden file, or one that has its name and is not yet listed.
        with pytest.raises(ValueError, match="an incomplete _manifest"):
            read_dataset(output)
        assert len(shards(output)) < COUNT // SHARD
    finish(start(output, format=format), output)
    assert contents(output) == whole(format)
    assert "written again" not in log_of(output).read_text()


@pytest.mark.kill
def test_a_full_disk_stops_cleanly(tmp_path, whole):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk takes the rights of an administrator")
    try:
        output = disk / "dataset"
        process = start(output)
        assert process.wait(PATIENCE) == 1
        assert "No space left on device" in log_of(output).read_text()
        made = shards(output)
        assert 1 < len(made) < COUNT // SHARD
        assert not list(output.glob(".unfinished-*"))
        for name in made:
            assert (output / name).read_bytes() == whole("parquet")[name]
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        finish(start(output), output)
        assert contents(output) == whole("parquet")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.kill
@needs_ray
def test_ray_makes_the_same_bytes_though_a_worker_is_killed(tmp_path, whole):
    output = tmp_path / "ray"
    process = start(output, "ray")
    wait_for(lambda: len(shards(output)) >= 3, process)
    victims = set()

    def a_worker_is_writing():
        # The name of an unfinished file begins with the number of the process that writes it.
        for path in output.glob(".unfinished-*-train-*"):
            victims.add(int(path.name.split("-")[1]))
        return victims

    wait_for(a_worker_is_writing, process)
    assert victims, log_of(output).read_text()
    os.kill(victims.pop(), signal.SIGKILL)
    finish(process, output)
    assert contents(output) == whole("parquet")
