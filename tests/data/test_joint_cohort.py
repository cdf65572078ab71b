import os
import sys
import unicodedata

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit import GAN
from keras_gan_kit.data import TableTransformer, joint_cohort
from keras_gan_kit.datasets import simulated_ecg_cohort

# Gray levels by the name of the patient.
GRAYS = {"p1": 0, "p2": 51, "p3": 102, "p4": 255}


def folder_of(path, names, size=(6, 4)):
    """Writes one image for each name, gray as that of its patient."""
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size, GRAYS[name.split("/")[-1].split(".")[0]]).save(path / name)
    return path


def rows(*names):
    return pd.DataFrame({"name": names, "age": [50 + 10 * i for i in range(len(names))]})


def join(images, table, **options):
    return joint_cohort(images, table, **{"key": "name", "verbose": 0} | options)


def grays(cohort):
    """The gray level of each image, which are constant."""
    return np.rint((cohort["image"][:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


@pytest.mark.parametrize("ending", ["", ".png"])
def test_rows_find_their_images_by_name(tmp_path, ending):
    images = folder_of(tmp_path, ["p1.png", "p2.png", "p3.png"])
    table = rows(f"p3{ending}", f"p1{ending}", f"p2{ending}")
    cohort = join(images, table)
    assert cohort["image"].shape == (3, 4, 6, 1)
    assert cohort["image"].dtype == np.float32
    assert grays(cohort) == [102, 0, 51]
    pd.testing.assert_frame_equal(cohort["table"], table)


@pytest.mark.parametrize("name", ["mi/p1.png", "mi/p1", "p1.png", "p1", " mi\\p1.png ", "./mi/p1"])
def test_images_lie_in_folders(tmp_path, name):
    images = folder_of(tmp_path, ["mi/p1.png", "normal/p2.jpg"])
    assert grays(join(images, rows("normal/p2", name))) == [51, 0]


def test_the_same_name_in_two_folders_is_told_apart_by_the_folder(tmp_path):
    images = folder_of(tmp_path, ["a/p1.png", "p1.png"])
    Image.new("L", (6, 4), 200).save(images / "a/p1.png")
    assert grays(join(images, rows("a/p1", "p1.png"))) == [200, 0]
    with pytest.raises(ValueError, match=r"1 x row with several images \(b\)"):
        folder_of(tmp_path, ["c/p1.png"])
        (tmp_path / "c/p1.png").rename(tmp_path / "c/b.png")
        (tmp_path / "a/p1.png").rename(tmp_path / "a/b.png")
        join(images, rows("p1", "b"))


def test_a_row_without_an_id_leaves_the_templates_of_others_alone(tmp_path):
    images = folder_of(tmp_path, ["p1.png", "p2.png"])
    table = pd.DataFrame({"id": [2, None, 1], "age": [1, 2, 3]})
    with pytest.warns(UserWarning, match="2 pairs; left out: 1 x row"):
        cohort = join(images, table, key="p{id:d}", on_error="skip")
    assert grays(cohort) == [51, 0]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("id", [2.0, 1.0]),  # as pandas reads whole numbers where one is missing
        ("p{id}", [2, 1]),
        ("p{id}.png", [2, 1]),
        ("p{id}.png", [2.0, 1.0]),
        ("p{id:01d}", [2.0, 1.0]),
        (lambda row: f"p{row['id']:.0f}", [2, 1]),
    ],
)
def test_keys_are_columns_templates_or_functions(tmp_path, key, column):
    images = folder_of(tmp_path, ["p1.png", "p2.png"])
    if key == "id":
        for i in (1, 2):
            (images / f"p{i}.png").rename(images / f"{i}.png")
    assert grays(join(images, pd.DataFrame({"id": column, "age": [1, 2]}), key=key)) == [51, 0]


def test_a_template_formats_numbers(tmp_path):
    folder_of(tmp_path, ["p1.png"])
    (tmp_path / "p1.png").rename(tmp_path / "ecg_0007.png")
    table = pd.DataFrame({"patient id": [7], "age": [61]})
    assert grays(join(tmp_path, table, key="ecg_{patient id:04d}")) == [0]


def test_images_come_from_an_array_with_names():
    images = np.linspace(-1, 1, 3, dtype="float32")[:, None, None, None] * np.ones(
        (1, 2, 2, 1), "f4"
    )
    cohort = join(images, rows("b", "c.png", "a"), names=["a", "b", "c"])
    np.testing.assert_array_equal(cohort["image"], images[[1, 2, 0]])
    table = pd.DataFrame({"row": [2, 0, 1]})
    np.testing.assert_array_equal(join(images, table, key="row")["image"], images[[2, 0, 1]])
    pixels = np.full((3, 2, 2, 1), 255, "uint8")
    assert (join(pixels, table, key="row")["image"] == 1).all()


def test_images_are_brought_to_a_size_and_a_mode(tmp_path):
    images = folder_of(tmp_path, ["p1.png"])
    folder_of(tmp_path, ["p2.png"], size=(9, 9))
    cohort = join(images, rows("p1", "p2"), image_size=(3, 5), color_mode="rgb")
    assert cohort["image"].shape == (2, 3, 5, 3)
    with pytest.raises(
        ValueError, match=r"Invalid `image_size`.*\(4, 6\) of 'p1.png' and \(9, 9\)"
    ):
        join(images, rows("p1", "p2"))


def spoiled(path):
    """Four images and three rows: each fault once, and one pair without any."""
    images = folder_of(path, ["p1.png", "p2.png", "a/p3.png", "b/p3.png", "p4.png"])
    (images / "p2.png").write_bytes(b"broken")
    return images, rows("p1", "p2", "p3", "p5", None)


def test_what_does_not_fit_is_named_before_anything_is_read(tmp_path):
    images, table = spoiled(tmp_path)
    with pytest.raises(ValueError, match="Invalid `images`") as error:
        join(images, table)
    for part in (
        "2 pairs",
        "1 x row with several images (p3)",
        "1 x row without an image (p5)",
        "1 x row without a name (row 4)",
        "2 x one of several images for a row (a/p3.png, b/p3.png)",
        "1 x image without a row (p4.png)",
        "on_error='skip'",
    ):
        assert part in str(error.value)


def test_every_file_that_cannot_be_read_is_named(tmp_path):
    images = folder_of(tmp_path, ["p1.png", "p2.png", "p3.png"])
    for name in ("p1.png", "p3.png"):
        (images / name).write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"1 pairs; 2 x unreadable image \(p3.png, p1.png\)"):
        join(images, rows("p3", "p2", "p1"))


def test_what_does_not_fit_can_be_left_out_with_a_warning_and_a_list(tmp_path):
    images, table = spoiled(tmp_path / "images")
    report = tmp_path / "runs" / "left_out.csv"
    with pytest.warns(UserWarning, match="1 pairs; left out: 1 x row with several images"):
        cohort = join(images, table, on_error="skip", report=report)
    assert grays(cohort) == [0]
    assert cohort["table"]["name"].tolist() == ["p1"]
    listed = pd.read_csv(report)
    assert listed["what"].tolist() == [
        "row with several images",
        "row without an image",
        "row without a name",
        "one of several images for a row",
        "one of several images for a row",
        "image without a row",
        "unreadable image",
    ]
    assert listed["name"].tolist() == [
        "p3",
        "p5",
        "row 4",
        "a/p3.png",
        "b/p3.png",
        "p4.png",
        "p2.png",
    ]


def test_rows_of_one_image_are_all_left_out(tmp_path):
    images = folder_of(tmp_path, ["p1.png", "p2.png"])
    table = rows("p1", "p2", "p1.png")
    with pytest.raises(
        ValueError, match=r"1 x image with several rows \(p1.png\); 2 x one of several rows"
    ):
        join(images, table)
    with pytest.warns(UserWarning, match="1 pairs"):
        cohort = join(images, table, on_error="skip")
    assert cohort["table"].index.tolist() == [1]


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_nothing_that_is_left_is_an_error(tmp_path, on_error):
    images = folder_of(tmp_path, ["p1.png"])
    with pytest.raises(ValueError, match="0 pairs"):
        join(images, rows("p7"), on_error=on_error)
    (images / "p1.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"0 pairs; 1 x unreadable image \(p1.png\)"):
        join(images, rows("p1"), on_error=on_error)


def test_a_transformer_makes_the_matrix_and_learns_no_names(tmp_path):
    images = folder_of(tmp_path, ["p1.png", "p2.png", "p3.png"])
    rows("p1", "p2", "p3").to_csv(tmp_path / "patients.csv", sep=";", index=False)
    expected = np.array([[0], [0.5], [1]], "float32")
    for transformer in (TableTransformer(), TableTransformer(drop=["name"])):
        for _ in range(2):  # it is fitted by the first
            cohort = join(images, tmp_path / "patients.csv", transformer=transformer)
            np.testing.assert_array_equal(cohort["table"], expected)
        assert transformer.transform(rows("x")[["age"]]).tolist() == [[0]]


def test_a_gan_learns_from_it(tmp_path):
    images, table = simulated_ecg_cohort(8, image_size=8)
    transformer = TableTransformer(scaling="minmax")
    cohort = joint_cohort(images, table.assign(id=range(8)), key="id", transformer=transformer)
    latents = keras.Input((3,))
    image = keras.layers.Dense(64, activation="tanh")(latents)
    outputs = {
        "image": keras.layers.Reshape((8, 8, 1))(image),
        "table": keras.layers.Dense(transformer.width, activation="sigmoid")(latents),
    }
    inputs = {
        "image": keras.Input((8, 8, 1), name="image"),
        "table": keras.Input((transformer.width,), name="table"),
    }
    both = [keras.layers.Flatten()(inputs["image"]), inputs["table"]]
    logits = keras.layers.Dense(1)(keras.layers.Concatenate()(both))
    gan = GAN(keras.Model(latents, outputs), keras.Model(inputs, logits), seed=0)
    gan.compile(run_eagerly=True)
    gan.fit(cohort, batch_size=4, verbose=0)
    rows = transformer.inverse_transform(gan.generate(3, seed=0)["table"])
    assert rows.shape == (3, 35)
    assert rows.dtypes.equals(table.dtypes)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"key": "nam"},
            ValueError,
            "Invalid `key`.*Received: 'nam'.*Fix: pass for example key='name'",
        ),
        ({"key": "{nam}.png"}, ValueError, "Invalid `key`.*key='name'"),
        ({"key": 3}, TypeError, "Invalid `key`.*Received: 3"),
        ({"on_error": "ignore"}, ValueError, "Invalid `on_error`"),
        ({"color_mode": "gray"}, ValueError, "Invalid `color_mode`.*'grayscale'"),
        ({"image_size": 0}, ValueError, "Invalid `image_size`"),
        ({"names": ["p1"]}, ValueError, "Invalid `names`.*a folder"),
        ({"transformer": "modes"}, TypeError, "Invalid `transformer`.*type str"),
        ({"table": [1]}, TypeError, "Invalid `table`.*list"),
        ({"images": "nowhere"}, FileNotFoundError, "Invalid `images`.*'nowhere'"),
        ({"images": np.zeros((1, 2, 2), "f4")}, ValueError, r"Invalid `images`.*shape \(1, 2, 2\)"),
        ({"images": np.zeros((1, 2, 2, 1), "i8")}, ValueError, "Invalid `images`.*dtype int64"),
        ({"images": np.full((1, 2, 2, 1), 1.5)}, ValueError, "values from 1.5 to 1.5"),
        ({"images": np.full((1, 2, 2, 1), np.nan)}, ValueError, "values from nan to nan"),
        (
            {"images": np.zeros((2, 2, 2, 1)), "names": ["p1"]},
            ValueError,
            "Invalid `names`.*2 names, one per image",
        ),
        (
            {"images": np.zeros((1, 2, 2, 1)), "names": [None]},
            ValueError,
            "1 are missing",
        ),
        ({"images": np.zeros((1, 2, 2, 1)), "image_size": 2}, ValueError, "Invalid `image_size`"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, options, error, message):
    images = folder_of(tmp_path, ["p1.png"])
    arguments = {"images": images, "table": rows("p1"), "key": "name", "verbose": 0} | options
    with pytest.raises(error, match=message):
        joint_cohort(arguments.pop("images"), arguments.pop("table"), **arguments)


def test_real_pages_and_real_patients_are_joined(shared_data):
    """Semi-synthetic: the pairs are drawn, not observed."""
    pages = pd.read_csv(shared_data / "ecg12" / "metadata.csv").head(6)
    table = pd.read_csv(shared_data / "cad" / "z_alizadeh_sani_extension.csv").head(6)
    table = table.assign(page=pages["file"].to_numpy())
    with pytest.warns(UserWarning, match="6 pairs; left out: 1675 x image without a row"):
        cohort = joint_cohort(
            shared_data / "ecg12" / "gray",
            table,
            key="page",
            on_error="skip",
            image_size=32,
            transformer=TableTransformer(),
            verbose=0,
        )
    assert cohort["image"].shape == (6, 32, 32, 1)
    assert cohort["image"].mean() > 0.3  # light paper
    assert cohort["table"].shape == (6, 59)


def test_both_spellings_of_an_accent_are_one_name(tmp_path):
    composed = "Zo\u00eb"
    decomposed = unicodedata.normalize("NFD", composed)
    folder_of(tmp_path, ["p1.png"])
    (tmp_path / "p1.png").rename(tmp_path / f"{decomposed}.png")
    assert grays(join(tmp_path, rows(composed))) == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_names_that_are_not_utf_8_are_in_the_report(tmp_path):
    folder_of(tmp_path / "images", ["p1.png", "p2.png"])
    latin = os.fsdecode(b"caf\xe9.png")
    (tmp_path / "images" / "p2.png").rename(tmp_path / "images" / latin)
    report = tmp_path / "left.csv"
    with pytest.warns(UserWarning, match=r"caf\\udce9"):
        join(tmp_path / "images", rows("p1"), on_error="skip", report=report)
    assert pd.read_csv(report)["name"].tolist() == ["caf\\udce9.png"]


def test_levels_of_12_bits_are_read_with_a_stated_range(tmp_path):
    Image.fromarray(np.uint16([[0, 1000], [2000, 4095]])).save(tmp_path / "p1.png")
    with pytest.warns(UserWarning, match=r"source_range=\(0, 4095\)"):
        join(tmp_path, rows("p1"))
    image = join(tmp_path, rows("p1"), source_range=(0, 4095))["image"]
    np.testing.assert_allclose(image.ravel(), np.float32([0, 1000, 2000, 4095]) / 2047.5 - 1)
    with pytest.raises(ValueError, match="`source_range`"):
        join(image, rows("0"), source_range=(0, 1))


def test_color_that_becomes_gray_by_default_is_named(tmp_path):
    Image.new("RGB", (4, 4), "red").save(tmp_path / "p1.png")
    with pytest.warns(UserWarning, match="color_mode='rgb'"):
        join(tmp_path, rows("p1"))
    join(tmp_path, rows("p1"), color_mode="grayscale")
