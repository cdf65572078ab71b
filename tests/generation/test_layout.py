"""Other libraries read datasets as they are, and tables keep their values and dtypes."""

import datetime
import decimal
import json

import keras
import numpy as np
import pandas as pd
import pyarrow.dataset
import pytest
import tiny_models

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset, read_dataset
from keras_gan_kit.generation.__main__ import main

OPTIONS = {"shard_size": 10, "batch_size": 8, "verbose": 0}
both_formats = pytest.mark.parametrize("format", ["parquet", "folder"])


def test_pandas_and_pyarrow_read_the_folder_as_one_table(tmp_path):
    dataset = generate_dataset(
        tiny_models.joint(), 25, tmp_path, table=tiny_models.Patients(), **OPTIONS
    )
    names = {"_manifest.json", *(f"train-{i:05}-of-00003.parquet" for i in range(3))}
    assert {path.name for path in tmp_path.iterdir()} == names
    frame = pd.read_parquet(tmp_path)
    assert frame["index"].tolist() == list(range(25))
    assert frame["age"].tolist() == dataset.table()["age"].tolist()
    assert [image["path"] for image in frame["image"]] == [f"{i:09}.png" for i in range(25)]
    table = pyarrow.dataset.dataset(tmp_path).to_table(columns=["index", "age"])
    assert table["index"].to_pylist() == list(range(25))


def test_a_column_of_the_table_named_index_is_kept(tmp_path):
    table = [*"abcd", "index"]
    dataset = generate_dataset(tiny_models.table(), 12, tmp_path, table=table, **OPTIONS)
    frame = pd.read_parquet(tmp_path)
    assert list(frame) == ["sample_index", *table]
    assert frame["sample_index"].tolist() == list(range(12))
    pd.testing.assert_frame_equal(frame[table], dataset.table())


def test_a_folder_of_images_has_the_numbers_of_its_samples(tmp_path):
    generate_dataset(tiny_models.joint(), 12, tmp_path, format="folder", **OPTIONS)
    rows = pd.concat([pd.read_csv(path) for path in sorted(tmp_path.glob("*/metadata.csv"))])
    assert rows["index"].tolist() == list(range(12))
    assert rows["file_name"].tolist() == [f"{i:09}.png" for i in range(12)]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a dataset of TensorFlow")
def test_keras_reads_a_folder_of_images_in_order(tmp_path):
    dataset = generate_dataset(tiny_models.conditional(), 12, tmp_path, format="folder", **OPTIONS)
    images, labels = dataset[:]
    read = keras.utils.image_dataset_from_directory(
        tmp_path,
        labels=dataset.table()["label"].tolist(),
        color_mode="grayscale",
        image_size=(4, 4),
        batch_size=12,
        shuffle=False,
        verbose=False,
    )
    ((found, found_labels),) = list(read.as_numpy_iterator())
    np.testing.assert_allclose(found / 127.5 - 1, images, atol=1e-6)
    np.testing.assert_array_equal(found_labels, labels)


@both_formats
@pytest.mark.filterwarnings("ignore")  # of `datasets`
def test_hugging_face_reads_both_formats(tmp_path, format):
    datasets = pytest.importorskip("datasets")
    if not hasattr(datasets, "load_dataset"):
        pytest.skip("this is the folder tests/datasets")
    generated = generate_dataset(
        tiny_models.joint(), 12, tmp_path / "data", format=format, **OPTIONS
    )
    read = datasets.load_dataset(
        str(tmp_path / "data"), split="train", cache_dir=str(tmp_path / "cache")
    ).sort("index")  # it does not read folders in the order of their names
    assert read["index"][:] == list(range(12))
    np.testing.assert_allclose(read["table_0"][:], generated.table()["table_0"], rtol=1e-6)
    pixels = np.stack([np.asarray(image) for image in read["image"]])
    np.testing.assert_allclose(pixels / 127.5 - 1, generated[:]["image"][..., 0], atol=1e-6)


class Levels:
    """A column of given values, each of them as likely as the others."""

    width = 5

    def __init__(self, values, dtype=None):
        self.values, self.dtype = values, dtype

    def inverse_transform(self, rows):
        codes = np.minimum(np.asarray(rows)[:, 0] * len(self.values), len(self.values) - 1)
        # Set one by one: pandas would make numbers of objects that are all numbers.
        column = pd.Series([None] * len(rows), dtype=self.dtype)
        for i, code in enumerate(codes.astype(int)):
            column[i] = self.values[code]
        return pd.DataFrame({"value": column})


VALUES = {
    "text": ["", "NA", "007", "a,b", 'a"b', '"', '""', '""""', np.nan],
    "booleans": [True, False, np.nan],
    "integers": [1, 2**60 + 1, np.nan],
    "floats": [0.1, -3.5, np.nan],
    "dates": [datetime.date(2024, 2, 29), datetime.date(1950, 1, 1), np.nan],
    "times": [datetime.time(12, 30), np.nan],
    "decimals": [decimal.Decimal("1.10"), decimal.Decimal("2.00"), np.nan],
    "several kinds": [2, "2", 2.5, True, ""],
}


@both_formats
@pytest.mark.parametrize("kind", VALUES)
def test_objects_keep_their_values_and_types(tmp_path, format, kind):
    table = Levels(VALUES[kind], "object")
    model = tiny_models.table()
    made = generate_dataset(model, 60, tmp_path / "a", format=format, table=table, **OPTIONS)
    numbers = generate_dataset(model, 60, tmp_path / "b", format=format, **OPTIONS).table()
    expected = table.inverse_transform(numbers.to_numpy())["value"]
    found = made.table()["value"]
    assert found.dtype == object
    described = [[(type(value), str(value)) for value in column] for column in (found, expected)]
    assert described[0] == described[1]
    assert len(set(described[0])) == len(VALUES[kind])  # each of them occurs


@both_formats
def test_empty_text_is_not_missing(tmp_path, format):
    table = Levels(["", "x", np.nan], "str")
    made = generate_dataset(
        tiny_models.table(), 60, tmp_path, format=format, table=table, **OPTIONS
    )
    counts = made.table()["value"].value_counts(dropna=False)
    assert len(counts) == 3 and (counts > 0).all()


def test_a_transformer_takes_its_own_dataset_back(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=80).round(2),
            "ok": pd.Series(rng.choice([True, False, None], 80), dtype=object),
            "dose": pd.Series(rng.choice([10, 20, 350], 80).tolist(), dtype=object),
        }
    )
    table = TableTransformer().fit(frame)
    made = generate_dataset(
        tiny_models.table(table.width), 60, tmp_path, table=table, **OPTIONS
    ).table()
    assert set(made["ok"].dropna().map(type)) == {bool}
    assert set(made["dose"].map(type)) == {int}
    assert table.transform(made).shape == (60, table.width)


def generator(last):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((tiny_models.LATENT,))
    x = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16)(inputs))
    return keras.Model(inputs, last(x))


@pytest.mark.parametrize(
    "last",
    [lambda x: x * 60 + 128, lambda x: keras.ops.maximum(x * 200, 0)],
    ids=["linear", "without an upper bound"],
)
def test_images_that_leave_an_assumed_range_are_refused(tmp_path, last):
    model = generator(last)
    with pytest.raises(ValueError, match=r"^Invalid `value_range`.*value_range=\(0, 255\)"):
        generate_dataset(model, 12, tmp_path / "new", **OPTIONS)
    assert not (tmp_path / "new").exists()
    dataset = generate_dataset(model, 12, tmp_path / "new", value_range=(0, 255), **OPTIONS)
    drawn = model.predict(_latents(12), verbose=0)
    np.testing.assert_allclose(dataset[:], np.clip(drawn, 0, 255), atol=0.5 + 1e-3)
    with pytest.raises(ValueError, match="`parts`"):  # it is one of the settings
        generate_dataset(model, 12, tmp_path / "new", value_range=(0, 256), **OPTIONS)


def _latents(num):
    from keras_gan_kit.models._sampling import latents

    return latents(num, tiny_models.LATENT, seed=0)


RANGES = {
    "rescaled": (lambda x: keras.layers.Rescaling(0.5, 0.5)(keras.ops.tanh(x)), [0, 1]),
    "rescaled to pixels": (lambda x: keras.layers.Rescaling(255)(keras.ops.sigmoid(x)), [0, 255]),
    "clipped": (lambda x: keras.ops.clip(x, 0, 1), [0, 1]),
    "reshaped": (
        lambda x: keras.layers.Reshape((2, 8, 1))(keras.layers.Rescaling(-2.0)(keras.ops.tanh(x))),
        [-2, 2],
    ),
}


@pytest.mark.parametrize("kind", RANGES)
def test_a_range_behind_the_last_activation_is_found(tmp_path, kind):
    last, expected = RANGES[kind]
    dataset = generate_dataset(generator(last), 12, tmp_path, **OPTIONS)
    assert list(dataset.manifest.plan.parts[0].value_range) == expected


def test_images_that_hardly_leave_it_are_written(tmp_path):
    model = generator(lambda x: keras.ops.tanh(x) * 1.05)
    drawn = model.predict(_latents(12), verbose=0)
    dataset = generate_dataset(model, 12, tmp_path, **OPTIONS)
    np.testing.assert_allclose(dataset[:], np.clip(drawn, -1, 1), atol=1 / 255 + 1e-6)


@pytest.mark.parametrize(
    ("value", "error"), [((1, 0), ValueError), ((0, np.nan), ValueError), (3, TypeError)]
)
def test_a_wrong_range_is_named(tmp_path, value, error):
    with pytest.raises(error, match="`value_range`"):
        generate_dataset(tiny_models.images(), 9, tmp_path, value_range=value, **OPTIONS)
    with pytest.raises(ValueError, match=r"`value_range`.*draws no images"):
        generate_dataset(tiny_models.table(), 9, tmp_path, value_range=(0, 1), **OPTIONS)


def test_the_command_takes_a_range(tmp_path):
    generator(lambda x: x * 60 + 128).save(tmp_path / "model.keras")
    words = [str(tmp_path / "model.keras"), "9", str(tmp_path / "out"), "--quiet"]
    assert main(words) == 1
    assert main([*words, "--value-range", "0", "255"]) == 0
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    assert manifest["parts"][0]["value_range"] == [0.0, 255.0]
    assert read_dataset(tmp_path / "out")[:].max() > 100
