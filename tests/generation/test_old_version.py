"""Datasets of the first version, which had `manifest.json` and no column `index`.

`old_version` holds what that version wrote for nine samples: a generator, a transformer, and a
dataset of three shards in each format.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset, read_dataset

OLD = Path(__file__).parent / "old_version"
both_formats = pytest.mark.parametrize("format", ["parquet", "folder"])


@pytest.fixture
def folder(tmp_path, format):
    shutil.copytree(OLD / format, tmp_path / "data")
    return tmp_path / "data"


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def repeat(folder, format):
    return generate_dataset(
        OLD / "generator.keras",
        9,
        folder,
        table=TableTransformer.load(OLD / "table.json"),
        format=format,
        shard_size=3,
        batch_size=4,
        verbose=0,
    )


@both_formats
def test_it_is_read(folder):
    dataset = read_dataset(folder)
    dataset.verify()
    np.testing.assert_array_equal(dataset[:]["image"], np.load(OLD / "images.npy"))
    expected = pd.read_json(OLD / "table_expected.json")
    table = dataset.table()
    assert table["risk"].cat.ordered
    assert str(table["dose"].dtype) == "Int64"
    for name in expected:
        assert table[name].astype(object).where(table[name].notna(), None).tolist() == [
            None if pd.isna(value) else value for value in expected[name]
        ]


@both_formats
def test_a_complete_one_is_left_alone(folder, format):
    before = contents(folder)
    assert len(repeat(folder, format)) == 9
    assert contents(folder) == before


@both_formats
@pytest.mark.filterwarnings("ignore:Some shards were written in another environment")
def test_an_interrupted_one_is_continued(folder, format):
    manifest = json.loads((folder / "manifest.json").read_text())
    (lost,) = (shard for shard in manifest["shards"] if shard["shard"] == 1)
    manifest["shards"].remove(lost)
    (folder / "manifest.json").write_text(json.dumps(manifest | {"complete": False}))
    path = folder / lost["file"]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    dataset = repeat(folder, format)
    assert not (folder / "_manifest.json").exists()
    # One of 256 levels in [-1, 1], where another processor rounds otherwise.
    np.testing.assert_allclose(dataset[:]["image"], np.load(OLD / "images.npy"), atol=2 / 255)
    assert dataset.manifest.missing == []
