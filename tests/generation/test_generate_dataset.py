"""What is written is what the generator draws, for every structure of samples and both formats."""

import io
import json
import sys

import keras
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tiny_models
from PIL import Image

from keras_gan_kit import GAN, networks
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation import generate_dataset, read_dataset

QUIET = {"verbose": 0}
ROUNDING = 1 / 255 + 1e-6  # half of what lies between two levels in [-1, 1]
both_formats = pytest.mark.parametrize("format", ["parquet", "folder"])


def gan_of(generator):
    """A GAN with any discriminator."""
    samples = keras.tree.map_structure(
        lambda output: keras.Input(output.shape[1:]), generator.output
    )
    if isinstance(samples, dict):
        samples = {key: keras.Input(s.shape[1:], name=key) for key, s in samples.items()}
    flat = [keras.layers.Flatten()(sample) for sample in keras.tree.flatten(samples)]
    joined = keras.layers.Concatenate()(flat) if len(flat) > 1 else flat[0]
    return GAN(generator, keras.Model(samples, keras.layers.Dense(1)(joined)))


@pytest.mark.backend
@both_formats
def test_images_are_those_of_generate(tmp_path, format):
    gan = gan_of(tiny_models.images())
    dataset = generate_dataset(gan, 50, tmp_path, seed=3, format=format, shard_size=20, **QUIET)
    read = dataset.load()
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, gan.generate(50, seed=3), atol=ROUNDING)
    assert len(dataset) == 50 and dataset.num_shards == 3


@pytest.mark.backend
def test_a_path_and_its_generator_make_the_same_bytes(tmp_path):
    gan = gan_of(tiny_models.images())
    gan.save(tmp_path / "gan.keras")
    gan.generator.save(tmp_path / "generator.keras")
    for name, model in {
        "a": gan,
        "b": gan.generator,
        "c": tmp_path / "gan.keras",
        "d": str(tmp_path / "generator.keras"),
    }.items():
        generate_dataset(model, 30, tmp_path / name, shard_size=16, **QUIET)
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("[!.]*")}
        for name in "abcd"
    ]
    assert len(contents[0]) == 3
    assert all(content == contents[0] for content in contents)


@pytest.mark.backend
def test_the_averaged_generator_draws(tmp_path):
    generator = tiny_models.images()
    gan = GAN(generator, networks.dense_discriminator((4, 4, 1), (8,)), ema_momentum=0.9)
    for weight in generator.trainable_weights:
        weight.assign(0.0 * weight)
    read = generate_dataset(gan, 8, tmp_path, **QUIET).load()
    assert np.abs(read).max() > 0.01  # the average has not followed yet
    np.testing.assert_allclose(read, gan.generate(8, seed=0), atol=ROUNDING)


@both_formats
def test_fewer_samples_are_the_beginning_of_more(tmp_path, format):
    options = {"seed": 1, "format": format, "batch_size": 8, **QUIET}
    generator = tiny_models.joint()
    many = generate_dataset(generator, 41, tmp_path / "many", shard_size=11, **options)
    few = generate_dataset(generator, 17, tmp_path / "few", shard_size=17, **options)
    # To the last bit: sample i is in the same row of the same batch.
    np.testing.assert_array_equal(many[:17]["image"], few.load()["image"])
    pd.testing.assert_frame_equal(many[:17]["table"], few.load()["table"])
    other = generate_dataset(
        generator, 17, tmp_path / "other", shard_size=17, **options | {"seed": 2}
    )
    assert not np.array_equal(other.load()["image"], few.load()["image"])


@pytest.mark.parametrize("shard_size", [1, 7, 8, 16, 100])
def test_shards_cut_batches_anywhere(tmp_path, shard_size):
    generator = tiny_models.table(2)
    dataset = generate_dataset(
        generator, 33, tmp_path, shard_size=shard_size, batch_size=8, **QUIET
    )
    sizes = [len(shard) for shard in dataset]
    assert sizes == [min(shard_size, 33 - i) for i in range(0, 33, shard_size)]
    reference = generate_dataset(
        generator, 33, tmp_path / "whole", shard_size=33, batch_size=8, **QUIET
    )
    pd.testing.assert_frame_equal(dataset.load(), reference.load())


@both_formats
def test_a_table_has_the_columns_of_its_transformer(tmp_path, format):
    generator, patients = tiny_models.joint(), tiny_models.Patients()
    gan = gan_of(generator)
    options = {"table": patients, "format": format, "shard_size": 30, **QUIET}
    dataset = generate_dataset(gan, 100, tmp_path, **options)
    expected = patients.inverse_transform(gan.generate(100, seed=0)["table"])
    read = dataset.load()
    assert 0 < expected["weight"].isna().sum() < 100  # or nothing is tried out
    pd.testing.assert_frame_equal(read["table"], expected)
    pd.testing.assert_frame_equal(dataset.table(), expected)
    pd.testing.assert_frame_equal(dataset.table(10), expected[:10])
    assert read["image"].shape == (100, 4, 4, 1)


@both_formats
@pytest.mark.parametrize("names", [None, ["a", "b", "NA"]])
def test_a_table_alone(tmp_path, format, names):
    gan = gan_of(tiny_models.table(3))
    dataset = generate_dataset(gan, 20, tmp_path, format=format, table=names, **QUIET)
    table = dataset.load()
    assert list(table) == (names or ["column_0", "column_1", "column_2"])
    np.testing.assert_allclose(table, gan.generate(20, seed=0), rtol=1e-5)
    assert table.dtypes.tolist() == ["float32"] * 3


@pytest.mark.backend
@both_formats
def test_classes_come_in_turn(tmp_path, format):
    gan = tiny_models.conditional()
    dataset = generate_dataset(gan, 20, tmp_path, format=format, shard_size=8, **QUIET)
    images, labels = dataset[5:]
    np.testing.assert_array_equal(labels, np.arange(5, 20) % 3)
    np.testing.assert_allclose(images, gan.generate(20, seed=0)[5:], atol=ROUNDING)
    assert dataset.table()["label"].tolist() == (np.arange(20) % 3).tolist()


@pytest.mark.parametrize("labels", [1, np.repeat([2, 0, 1, 1], 5)])
def test_classes_can_be_chosen(tmp_path, labels):
    gan = tiny_models.conditional()
    options = {"shard_size": 8, "batch_size": 6, **QUIET}
    images, read = generate_dataset(gan, 20, tmp_path, labels=labels, **options).load()
    np.testing.assert_array_equal(read, np.broadcast_to(labels, 20))
    np.testing.assert_allclose(images, gan.generate(20, labels=labels, seed=0), atol=ROUNDING)
    # Other labels are another data set, even where only one is different.
    other = np.broadcast_to(labels, 20).copy()
    other[-1] = 0
    with pytest.raises(ValueError, match="`labels`"):
        generate_dataset(gan, 20, tmp_path, labels=other, **options)


@pytest.mark.backend
def test_several_parts_keep_their_structure(tmp_path):
    generator = tiny_models.two_images_and_a_signal()
    dataset = generate_dataset(generator, 10, tmp_path, **QUIET)
    drawn = generator.predict(_latents(10), verbose=0)
    read = dataset[:]
    assert read.keys() == {"pictures", "signals"}
    np.testing.assert_allclose(read["pictures"]["eye"], drawn["pictures"]["eye"], atol=ROUNDING)
    # A sigmoid draws in [0, 1], where levels lie half as far apart.
    np.testing.assert_allclose(
        read["pictures"]["mask"], drawn["pictures"]["mask"], atol=ROUNDING / 2
    )
    np.testing.assert_allclose(read["signals"][0], drawn["signals"][0], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"'folder' for samples with 'signals_0'.*parquet"):
        generate_dataset(generator, 10, tmp_path / "folder", format="folder", **QUIET)


def _latents(num):
    from keras_gan_kit.models._sampling import latents

    return latents(num, tiny_models.LATENT, seed=0)


def test_two_images_in_a_folder(tmp_path):
    inputs = keras.Input((tiny_models.LATENT,))
    outputs = {"a": tiny_models.images()(inputs), "b": tiny_models.images((2, 3, 3))(inputs)}
    dataset = generate_dataset(
        keras.Model(inputs, outputs), 3, tmp_path, format="folder", image_format="jpeg", **QUIET
    )
    shard = tmp_path / "train-00000-of-00001"
    assert sorted(path.name for path in shard.iterdir()) == [
        "000000000.jpg",
        "000000000_b.jpg",
        "000000001.jpg",
        "000000001_b.jpg",
        "000000002.jpg",
        "000000002_b.jpg",
        "metadata.csv",
    ]
    rows = pd.read_csv(shard / "metadata.csv")
    assert rows.columns.tolist() == ["file_name", "b_file_name", "index"]
    assert rows["b_file_name"][2] == "000000002_b.jpg"
    assert dataset[1:]["b"].shape == (2, 2, 3, 3)


def test_the_layout_that_hugging_face_reads(tmp_path):
    dataset = generate_dataset(
        tiny_models.joint(), 25, tmp_path, shard_size=10, table=tiny_models.Patients(), **QUIET
    )
    names = [f"train-{i:05}-of-00003.parquet" for i in range(3)]
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["_manifest.json", *names]
    table = pq.read_table(tmp_path / names[1])
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["age"] == {"dtype": "int64", "_type": "Value"}
    assert features["smoker"] == {"dtype": "bool", "_type": "Value"}
    assert features["weight"] == {"dtype": "float64", "_type": "Value"}
    assert features["risk"] == {"dtype": "string", "_type": "Value"}
    assert list(features) == table.column_names
    row = table.slice(3, 1).to_pylist()[0]
    assert row["image"]["path"] == "000000013.png"
    with Image.open(io.BytesIO(row["image"]["bytes"])) as picture:
        pixels = np.asarray(picture)
    np.testing.assert_allclose(pixels / 127.5 - 1, dataset[13:14]["image"][0, ..., 0], atol=1e-6)
    frame = pd.read_parquet(tmp_path / names[1])
    assert frame["age"].tolist() == dataset.table()["age"][10:20].tolist()


def test_jpeg_is_smaller_and_nearly_the_same(tmp_path):
    inputs = keras.Input((tiny_models.LATENT,))
    coarse = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16)(inputs))
    x = keras.layers.UpSampling2D(32, interpolation="bilinear")(coarse)
    smooth = keras.Model(inputs, keras.layers.Activation("tanh")(x))
    sizes = {}
    for name, options in {
        "png": {},
        "jpeg": {"image_format": "jpeg"},
        "small": {"image_format": "jpeg", "quality": 30},
    }.items():
        dataset = generate_dataset(smooth, 6, tmp_path / name, **options, **QUIET)
        sizes[name] = sum(path.stat().st_size for path in (tmp_path / name).glob("*.parquet"))
        drawn = smooth.predict(_latents(6), verbose=0)
        assert np.abs(dataset.load() - drawn).mean() < 0.03
    assert sizes["small"] < sizes["jpeg"] < sizes["png"]


@pytest.mark.backend
def test_the_manifest_says_what_there_is(tmp_path):
    generator = tiny_models.images()
    generate_dataset(generator, 25, tmp_path, seed=7, shard_size=10, batch_size=5, **QUIET)
    manifest = json.loads((tmp_path / "_manifest.json").read_text())
    assert manifest["count"] == 25
    assert manifest["seed"] == 7
    assert manifest["compute_batch"] == 5
    assert manifest["complete"] is True
    assert len(manifest["model_hash"]) == 64
    assert [shard["count"] for shard in manifest["shards"]] == [10, 10, 5]
    (environment,) = manifest["environments"]
    assert environment["keras"] == keras.__version__
    assert environment["numpy"] == np.__version__
    assert environment["backend"] == keras.backend.backend()


def test_a_finished_data_set_is_left_alone(tmp_path):
    generator = tiny_models.images()
    generate_dataset(generator, 25, tmp_path, shard_size=10, **QUIET)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("[!.]*")}
    dataset = generate_dataset(generator, 25, tmp_path, shard_size=10, **QUIET)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("[!.]*")} == before
    assert len(dataset.load()) == 25


def test_the_same_network_built_twice_is_the_same_model(tmp_path):
    keras.utils.set_random_seed(0)
    generate_dataset(tiny_models.joint(), 5, tmp_path, **QUIET)
    keras.utils.set_random_seed(0)
    generate_dataset(tiny_models.joint(), 5, tmp_path, **QUIET)  # its layers have other names
    keras.utils.set_random_seed(1)
    with pytest.raises(ValueError, match=r"`model_hash`.*same settings"):
        generate_dataset(tiny_models.joint(), 5, tmp_path, **QUIET)


def test_another_activation_is_another_model(tmp_path):
    inputs = keras.Input((3,))
    dense = keras.layers.Dense(4)(inputs)
    generate_dataset(keras.Model(inputs, dense), 5, tmp_path, **QUIET)
    with pytest.raises(ValueError, match="`model_hash`"):
        activated = keras.Model(inputs, keras.layers.Activation("relu")(dense))
        generate_dataset(activated, 5, tmp_path, **QUIET)


@pytest.mark.backend
def test_the_users_model_stays_as_it_is(tmp_path):
    generator = tiny_models.images()
    generator.jit_compile = False
    config = generator.get_config()
    weights = [np.array(weight) for weight in generator.get_weights()]
    generate_dataset(generator, 5, tmp_path, **QUIET)
    assert generator.jit_compile is False
    assert generator.get_config() == config
    for before, after in zip(weights, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_sizes_follow_from_the_images():
    from keras_gan_kit.generation._parts import Part
    from keras_gan_kit.generation._plan import sizes

    small = [Part("image", (), "image", (28, 28, 1))]
    large = [Part("image", (), "image", (200, 200, 1))]
    assert sizes(small, 1_500_000, None, None) == {"compute_batch": 256, "shard_size": 10_240}
    assert sizes(large, 10_000, None, None) == {"compute_batch": 32, "shard_size": 1_696}
    # Not 100,000 shards.
    billion = sizes(small, 10**9, None, None)
    assert 10**9 / billion["shard_size"] <= 1_000
    assert sizes(small, 10, 3, 2) == {"compute_batch": 2, "shard_size": 3}


class Births:
    """Days of birth."""

    width = 5

    def inverse_transform(self, rows):
        days = (np.asarray(rows)[:, 0] * 20_000).astype("timedelta64[D]")
        return pd.DataFrame({"born": (np.datetime64("1950-01-01") + days).astype("datetime64[s]")})


@pytest.mark.parametrize("format", ["parquet", "folder"])
def test_days_come_back_as_days(tmp_path, format):
    model = tiny_models.table()
    options = {"format": format, "table": Births(), "verbose": 0}
    dataset = generate_dataset(model, 9, tmp_path / "days", **options)
    read = read_dataset(tmp_path / "days").table()
    plain = generate_dataset(model, 9, tmp_path / "plain", format=format, verbose=0)
    expected = Births().inverse_transform(plain.table().to_numpy())
    pd.testing.assert_frame_equal(read.reset_index(drop=True), expected)
    assert dataset.manifest.plan.parts[0].columns[0].dtype == "datetime64[s]"


def test_what_is_no_fitted_table_of_the_model_is_named(tmp_path):
    for model, table, said in (
        (tiny_models.table(), TableTransformer(), "fitted"),
        (tiny_models.images(), ["age"], "leave `table` out"),
    ):
        with pytest.raises(ValueError, match=rf"^Invalid `table`.*({said})"):
            generate_dataset(model, 9, tmp_path / "new", table=table, verbose=0)
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "gan.keras").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"^Invalid `model_or_path`.*gan\.keras"):
        generate_dataset(tmp_path / "gan.keras", 9, tmp_path / "new", verbose=0)


def test_a_generator_of_no_known_size_is_refused(tmp_path):
    class Anywhere(keras.layers.Layer):
        def call(self, inputs):
            return keras.ops.reshape(inputs, (-1, 1, 3, 1))

        def compute_output_spec(self, inputs):
            return keras.KerasTensor((None, None, 3, 1))

    inputs = keras.Input((3,))
    with pytest.raises(ValueError, match=r"^Invalid `model_or_path`.*of a known size"):
        generate_dataset(keras.Model(inputs, Anywhere()(inputs)), 9, tmp_path, verbose=0)


@pytest.mark.parametrize(
    ("library", "options", "extra"),
    [("ray", {"engine": "ray"}, "ray"), ("pyarrow.parquet", {"format": "parquet"}, "parquet")],
)
def test_a_missing_library_is_named_with_its_extra(tmp_path, monkeypatch, library, options, extra):
    monkeypatch.setitem(sys.modules, library, None)
    options = {"format": "folder", "verbose": 0} | options
    with pytest.raises(ImportError, match=rf"pip install 'keras_gan_kit\[{extra}\]'"):
        generate_dataset(tiny_models.table(), 9, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_an_image_called_like_a_path_is_refused_as_a_file(tmp_path):
    inputs = keras.Input((tiny_models.LATENT,))
    drawn = {"a/b": tiny_models.images()(inputs), "c": tiny_models.images()(inputs)}
    generator = keras.Model(inputs, drawn)
    with pytest.raises(ValueError, match=r"'folder' for samples with 'a/b'.*parquet"):
        generate_dataset(generator, 3, tmp_path / "folder", format="folder", **QUIET)
    assert not (tmp_path / "folder").exists()
    read = generate_dataset(generator, 3, tmp_path / "parquet", **QUIET)
    assert read[:]["a/b"].shape == (3, 4, 4, 1)
