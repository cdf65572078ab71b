"""Files that an older version wrote are read: models, checkpoints, data sets, transformers.

`write_files.py` wrote them with version 0.1.0.
"""

import json
import shutil
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import trainings

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset, read_dataset

FILES = Path(__file__).parent / "files"
# The others differ from these in what no backend has a part in.
ON_ALL = ("gan", "joint")
KINDS = [
    pytest.param(kind, marks=pytest.mark.backend if kind in ON_ALL else ())
    for kind in trainings.MODELS
]
both_formats = pytest.mark.parametrize("format", ["parquet", "folder"])


def checkpoint(kind):
    return FILES / kind / "checkpoints" / f"checkpoint_{trainings.LAST_CHECKPOINT:09d}.keras"


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_loaded_and_makes_the_same(kind):
    loaded = keras.saving.load_model(checkpoint(kind))
    assert type(loaded) is type(trainings.make(kind)[0])
    assert loaded.compiled
    found = trainings.drawn(loaded)
    with np.load(FILES / kind / "drawn.npz") as expected:
        assert set(found) == set(expected.files)
        for name in expected.files:
            np.testing.assert_allclose(found[name], expected[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_goes_on_and_ends_with_the_same_weights(kind, tmp_path):
    shutil.copytree(FILES / kind, tmp_path, dirs_exist_ok=True)
    model, arrays = trainings.make(kind)
    trainings.train(model, arrays, tmp_path)
    assert model.steps_taken == trainings.EPOCHS * -(-trainings.COUNT // trainings.BATCH)
    found = trainings.weights_of(model) | {"g_loss": np.loadtxt(tmp_path / "g_loss.txt")}
    # Other random numbers or another order of the data change weights by 0.01 and more.
    with np.load(FILES / kind / f"end_{keras.backend.backend()}.npz") as expected:
        assert set(found) == set(expected.files)
        for name in expected.files:
            np.testing.assert_allclose(
                found[name], expected[name], rtol=1e-3, atol=5e-4, err_msg=name
            )


def assert_same_samples(found, expected):
    """Equal rows, and images that differ by a rounding of their 255 shades at most."""
    np.testing.assert_allclose(found["image"], expected["image"], atol=2.1 / 255)
    pd.testing.assert_frame_equal(found["table"], expected["table"])


@both_formats
def test_a_dataset_is_read(format):
    dataset = read_dataset(FILES / format)
    dataset.verify()
    samples = dataset.load()
    assert len(samples["table"]) == trainings.DATASET["num_samples"]
    other = read_dataset(FILES / ("folder" if format == "parquet" else "parquet"))
    assert_same_samples(samples, other.load())


@both_formats
def test_the_table_of_a_dataset_has_its_kinds_back(format):
    table = read_dataset(FILES / format).load()["table"]
    plain = pd.concat(map(pd.read_csv, sorted((FILES / "folder").glob("*/metadata.csv"))))
    assert list(table) == list(plain.columns[1:]) == list(trainings.patients())[1:]
    for name in ("age", "sex", "grade", "LAD"):
        assert table[name].tolist() == plain[name].tolist()
    np.testing.assert_array_equal(table["weight"], plain["weight"])
    assert table["group"].astype(object).fillna("").tolist() == plain["group"].fillna("").tolist()
    assert table["group"].cat.categories.tolist() == ["low", "middle", "high"]


@both_formats
def test_an_unfinished_dataset_is_continued(format, tmp_path):
    shutil.copytree(FILES / f"{format}_unfinished", tmp_path, dirs_exist_ok=True)
    first = sorted(path for path in tmp_path.rglob("*") if "train-00000" in str(path))
    before = [path.stat().st_mtime_ns for path in first]
    with pytest.raises(ValueError, match="incomplete"):
        read_dataset(tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Some shards were written in another", UserWarning)
        generate_dataset(
            checkpoint("joint"),
            directory=tmp_path,
            format=format,
            table=TableTransformer.load(FILES / "minmax" / "table.json"),
            **trainings.DATASET,
        )
    assert [path.stat().st_mtime_ns for path in first] == before  # it was not made anew
    dataset = read_dataset(tmp_path)
    dataset.verify()
    assert_same_samples(dataset.load(), read_dataset(FILES / format).load())


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_a_transformer_is_read(scaling):
    folder = FILES / scaling
    table = TableTransformer.load(folder / "table.json")
    with np.load(folder / "matrix.npz") as saved:
        matrix = saved["matrix"]
    np.testing.assert_allclose(table.transform(trainings.patients()), matrix, atol=1e-6)
    restored = table.inverse_transform(matrix)
    expected = json.loads((folder / "restored.json").read_text())
    assert list(restored) == list(expected)
    assert json.loads(restored.to_json(double_precision=10)) == expected
