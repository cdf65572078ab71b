"""Model files from strangers: no code of theirs runs, and a damaged one is named."""

import json
import random
import zipfile

import keras
import pytest
import tiny_models

from keras_gan_kit.generation import generate_dataset
from keras_gan_kit.generation.__main__ import main as generate_from_a_shell

MARK = "lambda x: [__import__('pathlib').Path('run').touch(), x][1]"


def write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.keras"
    keras.utils.set_random_seed(0)
    tiny_models.images().save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def a_lambda(path, members):
    inputs = keras.Input((3,))
    outputs = keras.layers.Lambda(eval(MARK), output_shape=(3,))(inputs)
    keras.Model(inputs, outputs).save(path)


def activation(described):
    """A way to call what is described: as the activation of a layer."""

    def make(path, members):
        config = json.loads(members["config.json"])
        config["config"]["layers"][1]["config"]["activation"] = described
        write(path, members | {"config.json": json.dumps(config)})

    return make


def named(module, name, kind="function"):
    return {"module": module, "class_name": kind, "config": name, "registered_name": name}


HOSTILE = {
    "a Lambda": a_lambda,
    "a lambda": lambda path, members: activation(
        keras.saving.serialize_keras_object(keras.layers.Lambda(eval(MARK)))["config"]["function"]
    )(path, members),
    "os.system": activation(named("os", "system")),
    "eval": activation(named("builtins", "eval")),
    "a function that writes": activation(named("keras.utils", "get_file")),
    "one of ours that is not registered": activation(
        named("keras_gan_kit.generation.generate_dataset", "generate_dataset")
    ),
    "a class that runs a program": activation(
        named("subprocess", None, "Popen") | {"config": {"args": ["touch", "run"]}}
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_code_is_refused(tmp_path, monkeypatch, members, capsys, kind):
    monkeypatch.chdir(tmp_path)
    HOSTILE[kind]("victim.keras", members)
    (tmp_path / "run").unlink(missing_ok=True)  # the Lambda has run where it was made
    with pytest.raises(ValueError, match=r"^Invalid `model_or_path`.*'victim\.keras'"):
        generate_dataset("victim.keras", 3, "out", verbose=0)
    assert generate_from_a_shell(["victim.keras", "3", "out", "--quiet"]) == 1
    assert "victim.keras" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["victim.keras"]


def test_code_that_is_trusted_runs_where_it_is_asked_for(tmp_path, monkeypatch, members):
    monkeypatch.chdir(tmp_path)
    a_lambda("mine.keras", members)
    (tmp_path / "run").unlink(missing_ok=True)
    model = keras.saving.load_model("mine.keras", safe_mode=False)
    assert len(generate_dataset(model, 3, "out", verbose=0)) == 3
    assert (tmp_path / "run").exists()


def test_a_damaged_model_is_loaded_or_named(tmp_path, members, damaged, seconds_of_work):
    path, chance, refused = tmp_path / "victim.keras", random.Random(0), 0
    write(path, members)
    whole = path.read_bytes()
    for i in range(60):
        part = ["config.json", "model.weights.h5", None][i % 3]
        if part:
            write(path, members | {part: damaged(members[part], chance)})
        else:
            path.write_bytes(damaged(whole, chance))
        with seconds_of_work(20):
            try:
                generate_dataset(path, 2, tmp_path / f"out {i}", verbose=0)
            except ValueError as error:
                assert "victim.keras" in str(error) or "NaN" in str(error)
                refused += 1
    assert refused > 30


CONFIGS = {
    "no zip": lambda path, members: path.write_bytes(b"hello"),
    "nothing": lambda path, members: path.touch(),
    "an empty archive": lambda path, members: write(path, {}),
    "no weights": lambda path, members: write(path, {"config.json": members["config.json"]}),
    "deep brackets": lambda path, members: write(path, members | {"config.json": "[" * 100_000}),
    "a list": lambda path, members: write(path, members | {"config.json": "[]"}),
    "no model": lambda path, members: write(
        path, members | {"config.json": '{"class_name": "Dense", "config": {"units": 1}}'}
    ),
}


def too_large(path, members):
    config = json.loads(members["config.json"])
    config["config"]["layers"][1]["config"]["units"] = 2**62
    write(path, members | {"config.json": json.dumps(config)})


CONFIGS["a layer beyond all numbers"] = too_large


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_is_no_model_is_named(tmp_path, members, capsys, kind):
    if kind == "a layer beyond all numbers" and keras.backend.backend() == "jax":
        pytest.skip("XLA aborts the process")
    path = tmp_path / "victim.keras"
    CONFIGS[kind](path, members)
    assert generate_from_a_shell([str(path), "3", str(tmp_path / "out"), "--quiet"]) == 1
    assert "victim.keras" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
