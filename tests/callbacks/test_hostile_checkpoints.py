"""Checkpoints that somebody else has put there: refused or passed over, and no code of theirs."""

import io
import json
import os
import random
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
from tiny_gans import assert_same_state, images, state, tiny_gan

from keras_gan_kit.callbacks import PeriodicCheckpoint

NAME = "checkpoint_000000004.keras"


def train(gan, folder, epochs=1):
    checkpoint = PeriodicCheckpoint(folder)
    gan.fit(images(30), batch_size=8, epochs=epochs, callbacks=[checkpoint], verbose=0)
    return gan


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """The members of a checkpoint of 4 steps, and the state that it holds."""
    folder = tmp_path_factory.mktemp("checkpoint")
    gan = train(tiny_gan(full=True), folder)
    with zipfile.ZipFile(folder / NAME) as archive:
        return {name: archive.read(name) for name in archive.namelist()}, state(gan)


def write(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def edited(members, edit):
    config = json.loads(members["config.json"])
    edit(config)
    return members | {"config.json": json.dumps(config)}


def with_lambda(config):
    layer = keras.layers.Lambda(eval("lambda x: [open('run', 'w'), x][1]"))
    described = keras.saving.serialize_keras_object(layer)["config"]["function"]
    assert described["class_name"] == "__lambda__"
    config["config"]["generator"]["config"]["layers"][1]["config"]["activation"] = described
    config["config"]["augmenter"] = described


def with_a_function_of_the_system(config):
    config["compile_config"]["loss"] = {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
    }


def with_a_class_of_the_system(config):
    config["config"]["augmenter"] = {
        "module": "subprocess",
        "class_name": "Popen",
        "config": {"args": ["touch", "run"]},
        "registered_name": None,
    }


@pytest.mark.parametrize(
    "edit", [with_lambda, with_a_function_of_the_system, with_a_class_of_the_system]
)
def test_no_code_of_a_checkpoint_runs(checkpoint, tmp_path, monkeypatch, edit):
    monkeypatch.chdir(tmp_path)
    members, saved = checkpoint
    write(tmp_path / NAME, edited(members, edit))
    gan = tiny_gan(full=True, weights=1)
    PeriodicCheckpoint(tmp_path).before_fit(gan)  # which takes the weights alone
    assert_same_state(state(gan), saved)
    with pytest.raises((ValueError, TypeError), match=r"lambda|Could not locate"):
        keras.saving.load_model(tmp_path / NAME)
    assert not (tmp_path / "run").exists()


def test_no_member_is_written_outside(checkpoint, tmp_path, monkeypatch):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    members, saved = checkpoint
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = 0o120777 << 16
    more = {"../escaped": b"", "assets/../../escaped": b"", str(tmp_path / "escaped"): b""}
    write(inside / NAME, members | more)
    with zipfile.ZipFile(inside / NAME, "a") as archive:
        archive.writestr(link, str(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    gan = tiny_gan(full=True, weights=1)
    PeriodicCheckpoint(inside).before_fit(gan)
    assert_same_state(state(gan), saved)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of each of them
        loaded = keras.saving.load_model(inside / NAME)
    assert_same_state(state(loaded), saved)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_no_file_is_passed_over(checkpoint, tmp_path):
    write(tmp_path / NAME, checkpoint[0])
    (tmp_path / "checkpoint_000000009.keras").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "checkpoint_000000008.keras")
    if os.name != "nt":  # links need a privilege there
        (tmp_path / "checkpoint_000000007.keras").symlink_to("nowhere")
    gan = train(tiny_gan(full=True, weights=1), tmp_path, epochs=2)
    assert gan.steps_taken == 8
    assert (tmp_path / "checkpoint_000000009.keras").is_dir()


def test_an_archive_that_swells_is_passed_over(checkpoint, tmp_path):
    members = checkpoint[0] | {"config.json": bytes(60_000_000)}
    write(tmp_path / NAME, members, compression=zipfile.ZIP_DEFLATED)
    assert (tmp_path / NAME).stat().st_size < 1_000_000
    gan = tiny_gan(full=True)
    with pytest.warns(UserWarning, match=r"is damaged \(it would unpack to 60"):
        PeriodicCheckpoint(tmp_path).before_fit(gan)
    assert gan.steps_taken == 0


# Bits in the directory of an archive: bytes behind its first entry, and what they make of it.
BITS = {
    "a compression that nobody knows": (10, 6),
    "a compression that it has not": (10, 3),
    "a password": (8, 0),
    "another length of the name": (28, 0),
    "another place of the member": (44, 7),
}


@pytest.mark.parametrize("kind", BITS)
def test_a_wrong_bit_in_the_directory_of_an_archive_is_damage(checkpoint, tmp_path, kind):
    write(tmp_path / "checkpoint_000000001.keras", checkpoint[0])
    content = bytearray((tmp_path / "checkpoint_000000001.keras").read_bytes())
    place, bit = BITS[kind]
    content[content.index(b"PK\x01\x02") + place] ^= 1 << bit
    (tmp_path / NAME).write_bytes(content)
    gan = tiny_gan(full=True, weights=1)
    with pytest.warns(UserWarning, match=r"checkpoint_000000004\.keras' is damaged \(.+\)"):
        PeriodicCheckpoint(tmp_path).before_fit(gan)
    assert_same_state(state(gan), checkpoint[1])


def test_one_that_was_packed_again_is_used(checkpoint, tmp_path):
    write(tmp_path / NAME, checkpoint[0], compression=zipfile.ZIP_DEFLATED)
    gan = tiny_gan(full=True, weights=1)
    PeriodicCheckpoint(tmp_path).before_fit(gan)
    assert_same_state(state(gan), checkpoint[1])


def another_keras_model(members, path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(path)


def not_compiled(members, path):
    gan = tiny_gan(full=True)
    type(gan)(gan.generator, gan.discriminator, ema_momentum=0.9).save(path)


def config(content):
    return lambda members, path: write(path, members | {"config.json": content})


OTHERS = {
    "another Keras model": another_keras_model,
    "a GAN that is not compiled": not_compiled,
    "no config": lambda members, path: write(path, {"a": b""}),
    "no weights": lambda members, path: write(path, {"config.json": members["config.json"]}),
    "weights that are none": lambda members, path: write(
        path, members | {"model.weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(500)}
    ),
    "an empty list": config("[]"),
    "a number": config("7"),
    "deep brackets": config("[" * 100_000),
    "other letters": config(b"\xff\xfe\x00"),
    "half a config": lambda members, path: write(
        path, members | {"config.json": members["config.json"][:2000]}
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_an_archive_of_something_else_is_refused(checkpoint, tmp_path, other):
    OTHERS[other](checkpoint[0], tmp_path / NAME)
    gan = tiny_gan(full=True, weights=1)
    before = state(gan)
    with pytest.raises(ValueError, match=r"^Invalid `directory`.*resume=False"):
        train(gan, tmp_path)
    assert_same_state(state(gan), before)
    assert gan.position == (0, 0, 0)


def test_weights_that_were_tampered_with_are_loaded_whole_or_refused(
    checkpoint, tmp_path, seconds_of_work
):
    members, saved = checkpoint
    chance, gan = random.Random(0), tiny_gan(full=True, weights=1)
    fresh, shapes, refused = state(gan), [value.shape for value in saved], 0
    for _ in range(30):
        weights = bytearray(members["model.weights.h5"])
        for _ in range(chance.choice([1, 4])):
            place = chance.randrange(chance.choice([2000, len(weights)]))
            weights[place] ^= 1 << chance.randrange(8)
        write(tmp_path / NAME, members | {"model.weights.h5": bytes(weights)})
        with seconds_of_work(20):
            try:
                PeriodicCheckpoint(tmp_path).before_fit(gan)
            except ValueError as error:
                assert "`directory`" in str(error)
                refused += 1
                assert_same_state(state(gan), fresh)
        assert [value.shape for value in state(gan)] == shapes
        variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
        for variable, value in zip(variables, fresh, strict=True):
            variable.assign(value)
        gan.progress.reset()
    assert refused > 2


def test_weights_that_lie_in_another_file_are_refused(checkpoint, tmp_path):
    members, _ = checkpoint
    file = io.BytesIO(members["model.weights.h5"])
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["0"] = np.ones((3, 8), "float32")
    with h5py.File(file, "r+") as weights:
        found = []
        weights.visit(found.append)
        (place,) = [name for name in found if name.endswith("vars/0") and "generator" in name][:1]
        del weights[place]
        weights[place] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/0")
    write(tmp_path / NAME, members | {"model.weights.h5": file.getvalue()})
    gan = tiny_gan(full=True, weights=1)
    before = state(gan)
    with pytest.raises(ValueError, match="resume=False"):
        PeriodicCheckpoint(tmp_path).before_fit(gan)
    assert_same_state(state(gan), before)
