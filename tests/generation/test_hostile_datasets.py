"""Data sets from strangers, whose manifests say what their shards are."""

import io
import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny_models
from PIL import Image

from keras_gan_kit.generation import generate_dataset, read_dataset
from keras_gan_kit.generation._write import hash_shard

SHARD = {
    "parquet": "train-00000-of-00001.parquet",
    "folder": "train-00000-of-00001",
}


@pytest.fixture
def folder(tmp_path, request):
    """A data set of three joint samples."""
    keras.utils.set_random_seed(0)
    options = {"shard_size": 3, "batch_size": 3, "format": request.param, "verbose": 0}
    generate_dataset(tiny_models.joint(), 3, tmp_path / "data", **options)
    return tmp_path / "data"


parquet = pytest.mark.parametrize("folder", ["parquet"], indirect=True)
pictures = pytest.mark.parametrize("folder", ["folder"], indirect=True)


def sign(folder, **changes):
    """Makes the manifest one that a stranger would have written for these shards."""
    path = folder / "_manifest.json"
    content = json.loads(path.read_text())
    (name,) = [found.name for found in folder.glob("train-*")]
    digest, size = hash_shard(folder / name)
    content["shards"][0] |= {"sha256": digest, "bytes": size}
    for part in content["parts"]:
        if part["kind"] == "image":
            part |= changes
    path.write_text(json.dumps(content))


def refused(folder):
    dataset = read_dataset(folder)
    with pytest.raises(ValueError, match=r"`directory`.*does not describe train-00000-of-00001"):
        dataset[:2]
    dataset.verify()  # the shard is what the manifest says, and no picture is looked at


def png(size):
    file = io.BytesIO()
    Image.new("L", size).save(file, "PNG")
    return file.getvalue()


PICTURES = {
    "of another size": png((4, 5)),
    "nothing": b"",
    "half of one": png((4, 4))[:45],
    "no picture": b"hello",
}


@pictures
@pytest.mark.parametrize("kind", ["a bomb", "a program", *PICTURES])
def test_a_hostile_picture_is_refused(folder, bomb, postscript, kind):
    content = PICTURES | {"a bomb": bomb, "a program": postscript}
    (folder / SHARD["folder"] / "000000001.png").write_bytes(content[kind])
    sign(folder)
    refused(folder)


@pictures
def test_paths_in_a_csv_lead_nowhere(folder, tmp_path):
    expected = read_dataset(folder)[:]["image"]
    (tmp_path / "secret.png").write_bytes(png((4, 4)))
    path = folder / SHARD["folder"] / "metadata.csv"
    path.write_text(path.read_text().replace("000000001.png", "../../secret.png"))
    sign(folder)
    np.testing.assert_array_equal(read_dataset(folder)[:]["image"], expected)


@pictures
@pytest.mark.parametrize(
    "content", [b"", bytes(100), b"\xff\xfe\xff", b'table_0\n"1', b"a,b\n1,2\n", b"x" * 2_000_000]
)
def test_a_hostile_csv_is_refused(folder, content):
    (folder / SHARD["folder"] / "metadata.csv").write_bytes(content)
    sign(folder)
    refused(folder)


def bytes_of(*columns):
    return lambda table: table.select(columns)


def with_images(values):
    def change(table):
        column = pa.array([{"bytes": value, "path": "x"} for value in values])
        return table.set_column(1, "image", column)

    return change


TABLES = {
    "other columns": bytes_of("image"),
    "fewer rows": lambda table: table.slice(0, 1),
    "no picture": with_images([None, None, None]),
    "text for a picture": lambda table: table.set_column(1, "image", pa.array(["a", "b", "c"])),
    "a picture of another size": with_images([png((9, 9))] * 3),
    "text for a number": lambda table: table.set_column(2, "table_0", pa.array(["a", "b", "c"])),
}


@parquet
@pytest.mark.parametrize("kind", TABLES)
def test_a_hostile_parquet_file_is_refused(folder, kind):
    path = folder / SHARD["parquet"]
    table = pq.read_table(path)
    assert table.column_names[:3] == ["index", "image", "table_0"]
    pq.write_table(TABLES[kind](table), path)
    sign(folder)
    refused(folder)


@parquet
@pytest.mark.filterwarnings("ignore:pickle-based:RuntimeWarning")  # pyarrow 18 says that
@pytest.mark.filterwarnings("ignore:pyarrow.PyExtensionType:FutureWarning")  # and this
def test_pickles_in_a_parquet_file_stay_closed(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = folder / SHARD["parquet"]
    table = pq.read_table(path)
    field = pa.field(
        "table_0",
        pa.float32(),
        metadata={
            b"ARROW:extension:name": b"arrow.py_extension_type",
            b"ARROW:extension:metadata": b"cos\nsystem\n(S'touch run'\ntR.",
        },
    )
    schema = table.schema.set(2, field)
    pq.write_table(pa.Table.from_arrays(table.columns, schema=schema), path)
    sign(folder)
    try:
        assert isinstance(read_dataset(folder)[:]["table"], pd.DataFrame)
    except ValueError as error:
        assert "does not describe" in str(error)
    assert not Path("run").exists()


@parquet
@pytest.mark.parametrize("shape", [[10**6, 10**6, 3], [4, 4, 3], [1, 16, 1], [2**40, 1, 1]])
def test_a_shape_that_the_pictures_do_not_have_is_refused(folder, shape, seconds_of_work):
    sign(folder, shape=shape)
    if shape == [4, 4, 3]:  # gray pictures in colour are as they should be
        assert read_dataset(folder)[:]["image"].shape == (3, 4, 4, 3)
        return
    with seconds_of_work(20):
        refused(folder)
