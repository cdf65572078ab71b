"""`python -m keras_gan_kit.generation`."""

import numpy as np
import pandas as pd
import pytest
import tiny_models

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset, read_dataset
from keras_gan_kit.generation.__main__ import main


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "generator.keras"
    tiny_models.joint(width=2).save(path)
    return str(path)


def test_all_options_reach_the_data_set(tmp_path, model, capsys):
    options = "--seed 4 --format folder --shard-size 6 --image-format jpeg --quality 90"
    words = [model, "20", str(tmp_path / "a"), *options.split(), "--batch-size", "4"]
    assert main([*words, "--columns", "age,weight"]) == 0
    captured = capsys.readouterr()
    assert "20 samples in" in captured.out
    assert "drawn: 100%" in captured.err and "20/20" in captured.err
    dataset = read_dataset(tmp_path / "a")
    expected = generate_dataset(
        model,
        20,
        tmp_path / "b",
        seed=4,
        format="folder",
        shard_size=6,
        image_format="jpeg",
        quality=90,
        batch_size=4,
        table=["age", "weight"],
        verbose=0,
    )
    assert dataset.manifest.plan == expected.manifest.plan
    np.testing.assert_array_equal(dataset[:]["image"], expected[:]["image"])


def test_a_transformer_comes_from_its_file(tmp_path, model):
    table = pd.DataFrame({"age": [40, 60, 80, 50], "sex": ["f", "m", "m", "f"]})
    TableTransformer().fit(table).save(tmp_path / "table.json")
    words = [model, "9", str(tmp_path / "a"), "--table", str(tmp_path / "table.json"), "--quiet"]
    assert main(words) == 0
    drawn = read_dataset(tmp_path / "a").table()
    assert drawn.dtypes.equals(table.dtypes)
    assert drawn["age"].between(40, 80).all()
    assert set(drawn["sex"]) <= {"f", "m"}


def test_errors_are_said_without_a_traceback(tmp_path, model, capsys):
    assert main([model, "9", str(tmp_path), "--quiet", "--seed", "-1"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("Invalid `seed`")
    assert captured.out == ""
    assert main([model, "9", str(tmp_path), "--table", str(tmp_path / "none.json")]) == 1


def test_words_that_mean_nothing(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["gan.keras", "many", "folder"])
    assert caught.value.code == 2
    assert "N: invalid int value: 'many'" in capsys.readouterr().err


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    options = ["seed", "format", "shard-size", "table", "columns", "labels", "engine"]
    for option in [*options, "image-format", "quality", "batch-size", "quiet"]:
        assert f"--{option}" in shown
