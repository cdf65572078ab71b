"""Two processes of `torch.distributed` make the training that one process makes."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

HERE = Path(__file__).parent
PATIENCE = 600  # seconds, on a busy machine

pytestmark = [
    pytest.mark.backend,
    pytest.mark.slow,
    pytest.mark.skipif(keras.backend.backend() != "torch", reason="about torch.distributed"),
]


def start(folder, task, count):
    """Starts the script in so many processes, which form a group."""
    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    processes = []
    for rank in range(count):
        place = {"RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "localhost", "MASTER_PORT": port}
        with (folder / f"errors_{rank}.txt").open("w") as errors:
            processes.append(
                subprocess.Popen(
                    [sys.executable, HERE / "ranks_script.py", folder, task],
                    env=os.environ | {key: str(value) for key, value in place.items()},
                    stdout=errors,
                    stderr=errors,
                )
            )
    return processes


def run(folder, task, count):
    """Runs the script in so many processes; returns what each of them saved."""
    processes = start(folder, task, count)
    try:
        codes = [process.wait(PATIENCE) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert codes == [0] * count, (folder / "errors_0.txt").read_text()[-4000:]
    return [dict(np.load(folder / f"{task}_{rank}.npz")) for rank in range(count)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    (one,) = run(tmp_path_factory.mktemp("ranks") / "one", "cases", 1)
    return one, run(tmp_path_factory.mktemp("ranks") / "two", "cases", 2)


@pytest.mark.parametrize("case", ["plain", "simultaneous", "wgan_gp", "conditional", "cycle"])
def test_two_processes_train_like_one(trained, case):
    one, two = trained
    keys = [key for key in one if key.startswith(f"{case}.")]
    assert len(keys) >= 4
    for key in keys:
        for rank, found in enumerate(two):
            np.testing.assert_allclose(found[key], one[key], rtol=0, atol=1e-5, err_msg=key)
            np.testing.assert_array_equal(found[key], two[0][key], err_msg=f"{key} of {rank}")


def test_processes_start_with_the_state_of_the_first(tmp_path):
    first, second = run(tmp_path, "starts", 2)
    np.testing.assert_array_equal(first["state"], second["state"])
    for found in (first, second):
        assert "a batch of 1 samples (it may be the last" in str(found["small_batch"])
        assert "a batch of 1 samples" in str(found["small_step"])
        assert "Invalid `seed`. Received: [0, 1], one for each process" in str(found["seeds"])


def test_a_killed_process_ends_the_other_and_the_training_goes_on(tmp_path):
    whole = run(tmp_path / "whole", "resume", 2)
    parts = tmp_path / "parts"
    survivor, killed = start(parts, "die", 2)
    try:
        assert killed.wait(PATIENCE) == 9
        ended = time.monotonic()
        assert survivor.wait(60) == 1
    finally:
        survivor.kill()
    assert time.monotonic() - ended < 60
    last = (parts / "errors_0.txt").read_text().strip().splitlines()[-1]
    assert "RuntimeError: Invalid `torch.distributed`. Received: no answer from another" in last
    assert "PeriodicCheckpoint" in last
    resumed = run(parts, "resume", 2)
    for found, expected in zip(resumed, whole, strict=True):
        assert found["steps"] == expected["steps"] == 9
        np.testing.assert_allclose(found["state"], expected["state"], rtol=0, atol=1e-6)
    assert not any(path.is_file() for path in (parts / "files_1").rglob("*"))
    assert (parts / "files_0" / "film.gif").is_file()
