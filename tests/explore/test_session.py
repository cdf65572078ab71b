"""What the explorer shows, without a browser."""

import io
import zipfile

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit import GAN, ConditionalGAN, data, networks
from keras_gan_kit.explore.__main__ import main
from keras_gan_kit.explore._session import Session

SHAPE = (8, 8, 1)
FRAME = pd.DataFrame(
    {"age": [20, 40, 60, 60], "ill": [False, True, True, False], "ldl": [1.5, None, 2.5, 3.5]}
)


def plain_gan():
    generator = networks.dense_generator(SHAPE, 3, (8,), seed=0)
    return GAN(generator, networks.dense_discriminator(SHAPE, (4,)))


def conditional_gan(**options):
    generator = networks.dense_generator(SHAPE, 5, (8,), seed=0)
    judge = networks.dense_discriminator(SHAPE, (4,))
    return ConditionalGAN(
        networks.conditional_generator(generator, embedding_dim=2, **options),
        networks.conditional_discriminator(judge, **options),
        **options,
    )


def test_samples_are_those_of_generate_moved_along_directions(tmp_path):
    gan = plain_gan()
    session = Session(gan, None, None, tmp_path)
    assert session.fields == ()
    moved = session.draw(6, 4, 0.5, [2, 0, 0], [])
    first = session.draw(6, 4, 1.0, [0, 0, 0], [])
    assert first.picture.size == (640, 320)
    assert first.picture.tobytes() != moved.picture.tobytes()
    with zipfile.ZipFile(first.file) as file:
        assert set(file.namelist()) == {"samples.png", "samples.npy"}
        found = np.load(io.BytesIO(file.read("samples.npy")))
    np.testing.assert_allclose(found, gan.generate(6, seed=4), atol=1e-6)
    path = session.path(4, 5, 3, [])
    with zipfile.ZipFile(path.file) as file:
        ends = np.load(io.BytesIO(file.read("samples.npy")))
    np.testing.assert_allclose(ends[0], found[0], atol=1e-6)
    np.testing.assert_allclose(ends[-1], gan.generate(1, seed=5)[0], atol=1e-6)


def test_conditions_are_fields(tmp_path):
    gan = conditional_gan(conditions=data.TableTransformer(continuous=["age"]).fit(FRAME))
    gan.keep_examples(None, gan.encode_conditions(FRAME))
    session = Session(gan, None, None, tmp_path)
    assert [field.choices for field in session.fields] == [None, ("(any)", "False", "True"), None]
    assert session.fields[0].bounds == ("20", "60")
    asked = [("30", " "), "True", ("", "")]  # as the page sends them
    rows = session.draw(9, 0, 1.0, [0] * 3, asked).rows
    assert set(rows["age"]) == {40, 60}
    assert rows["ill"].all()
    path = session.path(0, 1, 4, [("", ""), "(any)", ("", "")]).rows
    assert len(path.drop_duplicates()) == 1
    with pytest.raises(ValueError, match=r"'age': 20.0, 'old' .* Expected: 20 to 60"):
        session.draw(9, 0, 1.0, [0] * 3, [("", "old"), "(any)", ("", "")])


def test_ranges_of_dates_are_typed(tmp_path):
    days = pd.DataFrame({"day": pd.to_datetime(["2020-01-01", "2021-06-01", "2023-01-01"])})
    gan = conditional_gan(conditions=data.TableTransformer().fit(days))
    gan.keep_examples(None, gan.encode_conditions(days))
    session = Session(gan, None, None, tmp_path)
    assert session.fields[0].bounds == ("2020-01-01", "2023-01-01")
    rows = session.draw(4, 0, 1.0, [0] * 3, [("2021-01-01", "2022-01-01")]).rows
    assert set(rows["day"]) == {pd.Timestamp("2021-06-01")}
    with pytest.raises(ValueError, match="'soon'"):
        session.draw(4, 0, 1.0, [0] * 3, [("soon", "")])


def test_labels_are_a_field(tmp_path):
    session = Session(conditional_gan(num_classes=3), None, None, tmp_path)
    assert session.fields[0].choices == ("(any)", "0", "1", "2")
    assert session.draw(4, 0, 1.0, [0] * 3, ["(any)"]).rows["label"].tolist() == [0, 1, 2, 0]
    assert session.draw(4, 0, 1.0, [0] * 3, ["2"]).rows["label"].tolist() == [2] * 4


def test_rows_and_the_nearest_training_images_are_shown(tmp_path):
    table = data.TableTransformer(continuous=["age"]).fit(FRAME)
    generator = networks.joint_generator(
        SHAPE, table, 4, filters=(4, 2), kernels=3, strides=2, table_units=(4,)
    )
    judge = networks.joint_discriminator(SHAPE, table, filters=(2,), strides=2, table_units=(2,))
    for name, level in (("black", 0), ("white", 255)):
        (tmp_path / "real").mkdir(exist_ok=True)
        Image.new("L", (8, 8), level).save(tmp_path / "real" / f"{name}.png")
    session = Session(GAN(generator, judge), table, tmp_path / "real", tmp_path)
    shown = session.draw(2, 0, 1.0, [0] * 4, [])
    assert list(shown.rows) == list(FRAME)
    assert shown.nearest.size == shown.picture.size
    with pytest.raises(ValueError, match="a model of rows of"):
        Session(session.gan, data.TableTransformer().fit(FRAME[["age"]]), None, tmp_path)
    with pytest.raises(ValueError, match="a model of no rows"):
        Session(plain_gan(), table, None, tmp_path)


def test_a_model_of_rows_needs_its_table(tmp_path):
    table = data.TableTransformer(continuous=["age"]).fit(FRAME)
    of_numbers = networks.table_generator(table.width)
    gan = GAN(of_numbers, networks.table_discriminator(table))
    with pytest.raises(ValueError, match="--table FILE"):
        Session(gan, None, None, tmp_path)
    shown = Session(gan, table, None, tmp_path).draw(2, 0, 1.0, [0] * 5, [])
    assert list(shown.rows) == list(FRAME)


def test_the_table_that_a_generator_was_built_with_is_known(tmp_path):
    table = data.TableTransformer(continuous=["age"]).fit(FRAME)
    gan = GAN(networks.table_generator(table), networks.table_discriminator(table))
    shown = Session(gan, None, None, tmp_path).draw(2, 0, 1.0, [0] * 5, [])
    assert shown.picture is None
    assert list(shown.rows) == list(FRAME)


def test_a_generator_without_activations_has_no_directions(tmp_path):
    inputs = keras.Input((3,))
    outputs = keras.layers.Reshape(SHAPE)(keras.layers.Dense(64)(inputs))
    gan = GAN(keras.Model(inputs, outputs), networks.dense_discriminator(SHAPE, (4,)))
    with pytest.warns(UserWarning, match="no sliders of directions"):
        session = Session(gan, None, None, tmp_path)
    assert session.draw(2, 0, 1.0, [], []).picture is not None


@pytest.mark.parametrize("seed", [None, -1])
def test_a_seed_is_a_whole_number(tmp_path, seed):
    session = Session(plain_gan(), None, None, tmp_path)
    with pytest.raises((TypeError, ValueError), match="Invalid `seed`"):
        session.draw(1, seed, 1.0, [0] * 3, [])
    with pytest.raises((TypeError, ValueError), match="Invalid `seed`"):
        session.path(0, seed, 2, [])


def test_the_command_names_what_is_wrong(tmp_path, capsys):
    assert main([str(tmp_path / "no.keras")]) == 1
    assert "no.keras" in capsys.readouterr().err
    with pytest.raises(TypeError, match="Invalid `gan`"):
        Session(3, None, None, tmp_path)
