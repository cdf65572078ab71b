"""What the explorer shows, without a browser."""

import io
import zipfile

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
    first = session.draw(6, 4, 1.0, [0, 0, 0], [])
    moved = session.draw(6, 4, 0.5, [2, 0, 0], [])
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
    asked = [(30, None), "True", (None, None)]
    rows = session.draw(9, 0, 1.0, [0] * 3, asked).rows
    assert set(rows["age"]) == {40, 60}
    assert rows["ill"].all()
    path = session.path(0, 1, 4, [(None, None), "(any)", (None, None)]).rows
    assert len(path.drop_duplicates()) == 1


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


def test_the_command_names_what_is_wrong(tmp_path, capsys):
    assert main([str(tmp_path / "no.keras")]) == 1
    assert "no.keras" in capsys.readouterr().err
    with pytest.raises(TypeError, match="Invalid `gan`"):
        Session(3, None, None, tmp_path)
