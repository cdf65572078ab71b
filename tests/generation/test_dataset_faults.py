"""Whatever goes wrong: no half-written shard, no mixed data, and the reason is said."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tiny_models

from keras_gan_kit import CycleGAN, networks
from keras_gan_kit.generation import _write, generate_dataset, read_dataset
from keras_gan_kit.generation._request import Request

QUIET = {"verbose": 0}
OPTIONS = {"shard_size": 10, "batch_size": 8, **QUIET}
both_formats = pytest.mark.parametrize("format", ["parquet", "folder"])


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return tiny_models.joint()


def contents(directory):
    """All files that a reader sees, with their bytes."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@both_formats
def test_what_is_damaged_or_missing_is_made_anew(tmp_path, generator, format):
    dataset = generate_dataset(generator, 45, tmp_path, format=format, **OPTIONS)
    before = contents(tmp_path)
    victims = [name for name in sorted(before) if "00001-of" in name or "00003-of" in name]
    damaged = tmp_path / victims[0]
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    (tmp_path / victims[-1]).unlink()
    fresh = read_dataset(tmp_path)
    with pytest.raises(ValueError, match=r"train-00001-of-00005.*, train-00003-of-00005"):
        fresh.verify()
    assert len(fresh[:10]["image"]) == 10  # the others can be read
    with pytest.raises(ValueError, match=r"train-00001-of-00005"):
        fresh[5:15]
    with pytest.warns(UserWarning, match=r"2 shards.*train-00001-of-00005"):
        generate_dataset(generator, 45, tmp_path, format=format, **OPTIONS)
    assert contents(tmp_path) == before
    dataset.verify()


def test_a_file_too_many_in_a_folder_is_seen(tmp_path, generator):
    dataset = generate_dataset(generator, 20, tmp_path, format="folder", **OPTIONS)
    (tmp_path / "train-00000-of-00002" / "other.png").write_bytes(b"")
    with pytest.raises(ValueError, match="train-00000-of-00002"):
        dataset.verify()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("seed", {"seed": 1}),
        ("count", {"num_samples": 31}),
        ("shard_size", {"shard_size": 15}),
        ("compute_batch", {"batch_size": 5}),
        ("image_format", {"image_format": "jpeg"}),
        ("format", {"format": "folder"}),
        ("parts", {"table": list("abcde")}),
        ("table_hash", {"table": tiny_models.Patients()}),
    ],
)
def test_other_settings_are_refused_in_the_same_folder(tmp_path, generator, name, changes):
    arguments = {"model_or_path": generator, "num_samples": 30, "directory": tmp_path, **OPTIONS}
    generate_dataset(**arguments)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=rf"`directory`.*`{name}` .* instead of "):
        generate_dataset(**arguments | changes)
    assert contents(tmp_path) == before


def test_another_transformer_of_the_same_columns_is_refused(tmp_path, generator):
    generate_dataset(generator, 9, tmp_path, table=tiny_models.Patients(), **OPTIONS)
    with pytest.raises(ValueError, match="`table_hash`"):
        generate_dataset(generator, 9, tmp_path, table=tiny_models.Patients(oldest=91), **OPTIONS)


def test_shards_without_a_manifest_are_not_touched(tmp_path, generator):
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"shards without a manifest"):
        generate_dataset(generator, 9, tmp_path, **OPTIONS)
    assert contents(tmp_path) == {"train-00000-of-00001.parquet": b"mine"}


@pytest.fixture
def ctrl_c():
    """Ctrl-C as it usually is; several processes of pytest ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(shards, directory):
    """Presses Ctrl-C, so to speak, once there are so many shards."""
    main = os.getpid()

    def watch():
        deadline = time.monotonic() + 60
        while len(list(directory.glob("train-*"))) < shards and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(main, signal.SIGINT)

    threading.Thread(target=watch).start()


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
@both_formats
def test_ctrl_c_loses_the_shard_in_hand_at_most(tmp_path, generator, format, ctrl_c):
    arguments = {"format": format, **OPTIONS}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    generate_dataset(generator, 300, whole, **arguments)
    stopped.mkdir()
    for shards in (2, 6):
        interrupt_after(shards, stopped)
        with pytest.raises(KeyboardInterrupt):
            generate_dataset(generator, 300, stopped, **arguments)
        names = {path.name for path in stopped.glob("train-*")}
        listed = json.loads((stopped / "_manifest.json").read_text())
        assert {shard["file"] for shard in listed["shards"]} == names
        assert shards <= len(names) < 30
        assert not list(stopped.glob(".unfinished-*"))
        with pytest.raises(ValueError, match="an incomplete _manifest"):
            read_dataset(stopped)
    generate_dataset(generator, 300, stopped, **arguments)
    assert contents(stopped) == contents(whole)


@both_formats
def test_a_limit_on_files_stops_cleanly_and_can_be_lifted(tmp_path, generator, format):
    resource = pytest.importorskip("resource")
    arguments = {"format": format, **OPTIONS, "shard_size": 100}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(OSError, match="0 of 450 samples are on disk") as caught:
            generate_dataset(generator, 450, tmp_path, **arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert "repeat the call" in str(caught.value)
    assert set(contents(tmp_path)) == {"_manifest.json"}
    assert not list(tmp_path.glob(".unfinished-*"))
    assert len(generate_dataset(generator, 450, tmp_path, **arguments).load()["table"]) == 450


def test_two_runs_at_once_are_refused(tmp_path, generator):
    pytest.importorskip("fcntl")
    code = (  # what another run does, without the seconds that TensorFlow takes to start
        "import fcntl, os, sys\n"
        "file = open(sys.argv[1], 'a')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print(os.getpid(), file=file, end='', flush=True)\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(BlockingIOError, match=rf"locked by process {other.pid}"):
            generate_dataset(generator, 9, tmp_path, **OPTIONS)
        assert contents(tmp_path) == {}
    finally:
        other.kill()  # -9: the lock dies with it
        other.communicate()
    generate_dataset(generator, 9, tmp_path, **OPTIONS)


def test_leftovers_of_a_killed_run_are_removed(tmp_path, generator):
    generate_dataset(generator, 30, tmp_path, **OPTIONS)
    before = contents(tmp_path)
    (tmp_path / "train-00002-of-00003.parquet").unlink()
    (tmp_path / ".unfinished-1-train-00002-of-00003.parquet").write_bytes(b"half")
    (tmp_path / ".unfinished-1-train-00002-of-00003").mkdir()
    (tmp_path / ".unfinished-1-train-00002-of-00003" / "0.png").write_bytes(b"half")
    with pytest.warns(UserWarning, match="written again"):
        generate_dataset(generator, 30, tmp_path, **OPTIONS)
    assert contents(tmp_path) == before


def test_other_versions_are_told(tmp_path, generator):
    generate_dataset(generator, 30, tmp_path, **OPTIONS)
    manifest = tmp_path / "_manifest.json"
    content = json.loads(manifest.read_text())
    content["environments"][0]["numpy"] = "1.0"
    content["shards"].pop()
    manifest.write_text(json.dumps(content))
    with pytest.warns(UserWarning, match=rf"numpy 1\.0 -> {np.__version__}"):
        generate_dataset(generator, 30, tmp_path, **OPTIONS)
    content = json.loads(manifest.read_text())
    assert [shard["environment"] for shard in content["shards"]] == [0, 0, 1]


@pytest.mark.parametrize(
    "name", ["../escape.parquet", "/etc/passwd", "train-00001-of-00003.parquet", "", None, 3]
)
def test_a_manifest_leads_nowhere_else(tmp_path, generator, name):
    generate_dataset(generator, 30, tmp_path, **OPTIONS)
    manifest = tmp_path / "_manifest.json"
    content = json.loads(manifest.read_text())
    content["shards"][0]["file"] = name
    manifest.write_text(json.dumps(content))
    for use in (read_dataset, lambda path: generate_dataset(generator, 30, path, **OPTIONS)):
        with pytest.raises(ValueError, match=r"damaged: the file"):
            use(tmp_path)


def test_no_damage_to_a_manifest_passes_for_another_error(tmp_path, generator, damaged, mutated):
    generate_dataset(generator, 30, tmp_path, table=tiny_models.Patients(), **OPTIONS)
    manifest = tmp_path / "_manifest.json"
    original = manifest.read_bytes()
    chance = random.Random(0)
    refused = 0
    for i in range(120):
        change = damaged if i % 3 else mutated
        manifest.write_bytes(change(original, chance))
        try:
            read_dataset(tmp_path)[:3]
        except ValueError:
            refused += 1
    # The rest changed what nothing depends on, such as a version.
    assert refused > 70


@pytest.mark.parametrize("dtype", ["i4,(2,", "f4,f4", "(((", "V99999999999", "datetime64[", ","])
@pytest.mark.parametrize("categories", [None, [float("nan")]])
def test_a_dtype_that_there_is_not_is_damage(tmp_path, generator, dtype, categories):
    generate_dataset(generator, 9, tmp_path, table=tiny_models.Patients(), **OPTIONS)
    manifest = tmp_path / "_manifest.json"
    content = json.loads(manifest.read_text())
    for part in content["parts"]:
        for column in part["columns"]:
            column |= {"dtype": dtype, "categories": categories}
    manifest.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"damaged|does not describe"):
        read_dataset(tmp_path)[:3]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder that refuses root too")
def test_a_folder_that_cannot_be_written_to(generator):
    with pytest.raises(OSError, match="/proc/self/dataset"):
        generate_dataset(generator, 9, "/proc/self/dataset", **OPTIONS)


def test_a_model_that_has_diverged(tmp_path):
    for model in (tiny_models.images(), tiny_models.table(), tiny_models.series()):
        model.weights[-1].assign(np.nan * model.weights[-1])
        with pytest.raises(ValueError, match=r"NaN.*training diverged"):
            generate_dataset(model, 9, tmp_path / model.name, **OPTIONS)
        assert set(contents(tmp_path / model.name)) == {"_manifest.json"}


@both_formats
def test_no_shard_is_completed_without_a_piece_that_failed(tmp_path, monkeypatch, format):
    # All of the shard waits for its writer, its completion too, when its first piece fails; and
    # the generator is busy with the next shard, so that nobody hears of it for a second.
    encode, draw, drawn, encoded = _write.encode, Request.draw, [], []

    def failing(*arguments):
        encoded.append(arguments)
        is_first = len(encoded) == 1
        time.sleep(0.3)
        if is_first:
            raise ValueError("The first piece fails.")
        return encode(*arguments)

    def slow(self, start, num, **options):
        drawn.append(start)
        if drawn[-2:] == [8, 8]:
            time.sleep(1.0)
        return draw(self, start, num, **options)

    monkeypatch.setattr(_write, "encode", failing)
    monkeypatch.setattr(Request, "draw", slow)
    with pytest.raises(ValueError, match="first piece fails"):
        generate_dataset(tiny_models.images(), 20, tmp_path, format=format, **OPTIONS)
    assert drawn[-2:] == [8, 8]
    assert set(contents(tmp_path)) == {"_manifest.json"}
    assert json.loads((tmp_path / "_manifest.json").read_text())["shards"] == []


def test_a_generator_with_noise_of_its_own(tmp_path):
    class Noise(keras.layers.Layer):
        def call(self, inputs):
            return inputs + keras.random.normal(keras.ops.shape(inputs))

        def compute_output_shape(self, input_shape):  # which JAX cannot find out
            return input_shape

    inputs = keras.Input((3,))
    with pytest.raises(ValueError, match="different samples from the same latents"):
        generate_dataset(keras.Model(inputs, Noise()(inputs)), 9, tmp_path, **OPTIONS)


def test_models_without_latents_are_refused(tmp_path):
    shape, small = (8, 8, 1), {"filters": 4, "blocks": 1}
    cycle = CycleGAN(
        *(networks.cycle_generator(shape, **small) for _ in range(2)),
        *(networks.patch_discriminator(shape, filters=(4, 4)) for _ in range(2)),
    )
    for model in (cycle, cycle.a_to_b, tiny_models.conditional().generator):
        with pytest.raises(ValueError, match=r"`model_or_path`.*only from latents"):
            generate_dataset(model, 9, tmp_path / "new", **OPTIONS)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (TypeError, "model_or_path", 3),
        (ValueError, "model_or_path", "no/such/file.keras"),
        (ValueError, "num_samples", 0),
        (TypeError, "num_samples", 1.5),
        (TypeError, "num_samples", True),
        (TypeError, "directory", None),
        (ValueError, "directory", ""),
        (ValueError, "directory", __file__),
        (ValueError, "seed", -1),
        (TypeError, "seed", "0"),
        (ValueError, "format", "csv"),
        (ValueError, "shard_size", 0),
        (TypeError, "shard_size", 2.0),
        (TypeError, "table", "abcde"),
        (TypeError, "table", 3),
        (ValueError, "table", ["a", "b"]),
        (ValueError, "table", ["image", "b", "c", "d", "e"]),
        (ValueError, "table", ["a", "a", "c", "d", "e"]),
        (ValueError, "engine", "spark"),
        (ValueError, "labels", 1),
        (ValueError, "image_format", "gif"),
        (ValueError, "quality", 101),
        (ValueError, "batch_size", 0),
        (ValueError, "ray_options", {"num_gpus": 1}),
        (TypeError, "ray_options", 3),
    ],
)
def test_wrong_arguments_are_named(tmp_path, generator, error, argument, value):
    arguments = {"model_or_path": generator, "num_samples": 9, "directory": tmp_path / "new"}
    with pytest.raises((TypeError, ValueError)) as caught:
        generate_dataset(**arguments | {argument: value}, verbose=0)
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("labels", [3, -1, [0, 1], np.zeros(9), np.full(9, 3), "zero"])
def test_wrong_labels_are_named(tmp_path, labels):
    with pytest.raises((TypeError, ValueError), match="`labels`"):
        generate_dataset(tiny_models.conditional(), 9, tmp_path, labels=labels, **OPTIONS)


def test_too_many_shards_are_refused(tmp_path, generator):
    with pytest.raises(ValueError, match=r"`shard_size`.*at most 99999 shards"):
        generate_dataset(generator, 10**6, tmp_path, shard_size=10, **QUIET)


@both_formats
def test_columns_that_clash_with_others(tmp_path, generator, format):
    name = {"parquet": "image", "folder": "file_name"}[format]
    with pytest.raises(ValueError, match=name):
        generate_dataset(generator, 9, tmp_path, format=format, table=[name, *"bcde"], **OPTIONS)
