"""Two devices, and two workers, make the training that one device makes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

HERE = Path(__file__).parent
PATIENCE = 1200  # seconds, on a busy machine
BACKEND = keras.backend.backend()
CASES = ("plain", "simultaneous", "wgan_gp", "conditional", "cycle")
FILES = [
    "checkpoints/checkpoint_000000006.keras",
    "checkpoints/checkpoint_000000008.keras",
    "checkpoints/checkpoint_000000009.keras",
    "d_acc.txt",
    "d_loss.txt",
    "film.gif",
    "g_loss.txt",
    "loss_lines.png",
    "loss_scatter.png",
    "samples/epoch_00001.png",
    "samples/epoch_00002.png",
    "samples/epoch_00003.png",
]

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(BACKEND == "torch", reason="Keras has no distribution there"),
]
only_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="about tf.distribute")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What one process with two virtual devices found: they must be there before a backend is."""
    folder = tmp_path_factory.mktemp("devices")
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=2"
    environment = os.environ | {"XLA_FLAGS": flags, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, HERE / "devices_script.py", folder],
        env=environment,
        timeout=PATIENCE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "report.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_two_devices_train_like_one(report, case):
    found = report["cases"][case]
    assert found.pop("steps_taken") == 6  # once for each step, not for each device
    assert set(found) >= {"steps", "state", "rows", "means"}
    for key, difference in found.items():
        assert difference < 2e-5, key


@pytest.mark.slow
def test_a_resume_on_two_devices_is_exact(report):
    found = report["resume"]
    # To rounding: a checkpoint has the mean of what the devices' BatchNormalization has seen.
    assert found["difference"] < 1e-6
    assert found["line_difference"] < 1e-6
    assert found["steps"] == [9, 9]
    assert found["lines"] == [5, 5]
    assert found["files"] == FILES


@pytest.mark.slow
def test_a_batch_that_devices_cannot_share_is_refused(report):
    message = report["errors"]["small_batch"]
    assert message.startswith("ValueError: Invalid `batch_size`. Received: a batch of 1 samples")


@pytest.mark.slow
@only_tensorflow
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("jit", "ValueError: Invalid `jit_compile`"),
        ("clipping", "ValueError: Invalid `generator_optimizer`. Received: an optimizer with clip"),
        ("optimizer_from_outside", "ValueError: Invalid `generator_optimizer`. Received: an obj"),
        ("network_from_outside", "ValueError: Invalid `generator`. Received: an object"),
    ],
)
def test_what_replicas_cannot_do_is_refused(report, case, expected):
    assert report["errors"][case].startswith(expected)


@pytest.mark.slow
@only_tensorflow
def test_a_replica_without_samples_stops_the_training_of_a_stream(report):
    message = report["errors"]["small_batch_of_a_stream"]
    assert message.startswith("InvalidArgumentError")
    assert "at least one sample for each device" in message


@pytest.mark.slow
@only_tensorflow
def test_a_stream_is_shared_like_arrays(report):
    assert report["stream"] < 2e-5


@pytest.mark.slow
@only_tensorflow
def test_replicas_drop_other_units_and_keep_their_seeds(report):
    assert report["noise"] == {"replicas_differ": True, "steps_differ": True, "changed": 1}


def free_ports(count):
    """Finds ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def run_workers(folder, count, *options):
    """Runs the script on so many workers at once; returns what each of them saved.

    Without a checkpoint to go on from, each has a folder of its own, to see who writes.
    """
    resumed = (folder / "files_0").exists()
    folder.mkdir(exist_ok=True)
    workers = [f"localhost:{port}" for port in free_ports(count)]
    processes = []
    for index in range(count):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        environment["TF_CONFIG"] = json.dumps(task) if count > 1 else ""
        with (folder / f"errors_{index}.txt").open("a") as errors:
            processes.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        HERE / "workers_script.py",
                        folder / f"files_{0 if resumed else index}",
                        folder / f"result_{index}.npz",
                        *options,
                    ],
                    env=environment,
                    stdout=errors,
                    stderr=errors,
                )
            )
    try:
        codes = [process.wait(PATIENCE) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert codes == [0] * count, (folder / "errors_0.txt").read_text()[-4000:]
    found = []
    for path in sorted(folder.glob("result_*.npz")):
        with np.load(path) as archive:
            found.append(dict(archive))
    return found


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory):
    (found,) = run_workers(tmp_path_factory.mktemp("workers") / "one", 1)
    return found


def assert_same(folder, found, expected):
    """Every worker has made the training of one device, and only the chief its files."""
    assert len(found) == 2
    for each in found:
        for key in ("state", "rows", "generated", "scores"):
            np.testing.assert_allclose(each[key], expected[key], rtol=0, atol=2e-5, err_msg=key)
        ours, theirs = (json.loads(str(archive["history"])) for archive in (each, expected))
        assert ours.keys() == theirs.keys()
    files = folder / "files_0"
    written = [str(path.relative_to(files)) for path in files.rglob("*") if path.is_file()]
    assert set(written) >= set(FILES[2:])
    assert len((files / "d_loss.txt").read_text().splitlines()) == 5
    # The other worker, had it written, would have written here.
    assert not any(path.is_file() for path in (folder / "files_1").rglob("*"))


@pytest.mark.kill
@only_tensorflow
@pytest.mark.parametrize("steps_per_execution", [1, 2])
def test_two_workers_train_like_one(tmp_path, one_worker, steps_per_execution):
    options = ["--steps-per-execution", str(steps_per_execution)]
    found = run_workers(tmp_path / "two", 2, *options)
    assert_same(tmp_path / "two", found, one_worker)


@pytest.mark.kill
@only_tensorflow
def test_two_workers_resume(tmp_path, one_worker):
    assert run_workers(tmp_path / "two", 2, "--stop-after", "5") == []
    assert_same(tmp_path / "two", run_workers(tmp_path / "two", 2), one_worker)
