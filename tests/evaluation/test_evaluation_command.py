import json

import numpy as np
import pandas as pd
import pytest
from PIL import ExifTags, Image

from keras_gan_kit.evaluation.__main__ import main
from keras_gan_kit.evaluation.samples._read_samples import read_samples


def run(*words):
    return main([str(word) for word in words])


@pytest.fixture(autouse=True)
def few_points(monkeypatch):
    # Where points lie is not what is looked at here.
    monkeypatch.setattr("keras_gan_kit.evaluation.report._projection._POINTS", 20)


def table(seed, count=60):
    random = np.random.default_rng(seed)
    x = random.normal(size=count)
    return pd.DataFrame({"x": x, "ill": (x + random.normal(size=count) > 0).astype(int)})


def pictures(seed, count=40):
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8), "uint8")


def test_tables_with_a_holdout_and_a_target(tmp_path, capsys):
    table(0).to_csv(tmp_path / "real.csv", index=False)
    table(1).to_parquet(tmp_path / "synthetic.parquet")
    table(2).to_csv(tmp_path / "holdout.csv", sep=";", index=False)
    words = ["--holdout", tmp_path / "holdout.csv", "--target", "ill"]
    paths = tmp_path / "real.csv", tmp_path / "synthetic.parquet"
    assert run(*paths, tmp_path / "out", *words) == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert set(scores) == {"comparison", "utility", "privacy"}
    assert scores["comparison"]["overall"]["value"] > 0.7
    assert scores["privacy"]["leak_found"] is False
    assert str(tmp_path / "out" / "report.html") in capsys.readouterr().out


def test_images_from_a_folder_against_an_array(tmp_path):
    (tmp_path / "real").mkdir()
    for i, pixels in enumerate(pictures(0)):
        Image.fromarray(pixels).save(tmp_path / "real" / f"{i}.png")
    np.save(tmp_path / "synthetic.npy", pictures(1))
    assert run(tmp_path / "real", tmp_path / "synthetic.npy", tmp_path / "out") == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["comparison"]["images"] == {"real": 40, "synthetic": 40}


def test_the_size_of_a_photo_on_its_side_is_that_of_the_upright_one(tmp_path):
    photo = Image.new("L", (6, 4))
    photo.getexif()[ExifTags.Base.Orientation] = 6
    photo.save(tmp_path / "photo.jpg", exif=photo.getexif())
    images, _ = read_samples(tmp_path, limit=None, image_size=None, color_mode="grayscale")
    assert images.shape == (1, 6, 4, 1)


def test_joint_samples_from_arrays(tmp_path):
    for i in (0, 1):
        rows, names = table(i, 40), ["x", "ill"]
        np.savez(tmp_path / f"{i}.npz", image=pictures(i), table=rows.to_numpy(), columns=names)
    assert run(tmp_path / "0.npz", tmp_path / "1.npz", tmp_path / "out") == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["comparison"]
    assert set(scores["table"]["columns"]) == {"x", "ill"}
    assert {"link", "image"} <= set(scores)


def test_a_generated_data_set_is_read_in_part_and_the_page_says_so(tmp_path):
    from keras_gan_kit import generation, networks

    generator = networks.dense_generator((8, 8, 1), latent_dim=4, units=(8,))
    folder = tmp_path / "made"
    generation.generate_dataset(generator, 60, folder, format="folder", verbose=0)
    np.save(tmp_path / "real.npy", pictures(0))
    words = [tmp_path / "real.npy", folder, tmp_path / "out", "--max-samples", "50"]
    assert run(*words) == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "The first 50 of 60 samples in made were read." in page


def coded(seed, count=60):
    """A table with a column of codes, 1 to 4."""
    random = np.random.default_rng(seed)
    return table(seed, count).assign(ward=random.integers(1, 5, count))


KINDS = {
    ("--categorical", "ward"): {"x": "continuous", "ill": "binary", "ward": "categorical"},
    ("--continuous", "ill"): {"x": "continuous", "ill": "continuous", "ward": "continuous"},
    ("--categorical", "ward", "ill", "--continuous", "x"): {
        "x": "continuous",
        "ill": "categorical",
        "ward": "categorical",
    },
}


@pytest.mark.parametrize("words", KINDS, ids=" ".join)
def test_columns_are_of_the_kinds_that_are_given(tmp_path, words):
    for i in (0, 1):
        coded(i).to_csv(tmp_path / f"{i}.csv", index=False)
    assert run(tmp_path / "0.csv", tmp_path / "1.csv", tmp_path / "out", *words) == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["comparison"]
    found = {name: column["kind"] for name, column in scores["columns"].items()}
    assert found == KINDS[words]


def test_targets_are_of_the_kinds_that_are_given(tmp_path):
    for i in (0, 1):
        coded(i).to_csv(tmp_path / f"{i}.csv", index=False)
    paths = tmp_path / "0.csv", tmp_path / "1.csv", tmp_path / "out"
    assert run(*paths, "--target", "ward", "--categorical", "ward") == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["utility"]
    assert {"r2", "auc"} & {key.split("_")[0] for key in scores} == {"auc"}


def test_the_table_of_joint_samples_has_the_kinds_that_are_given(tmp_path):
    for i in (0, 1):
        rows = coded(i, 40)
        arrays = {"image": pictures(i), "table": rows.to_numpy(), "columns": list(rows)}
        np.savez(tmp_path / f"{i}.npz", **arrays)
    paths = tmp_path / "0.npz", tmp_path / "1.npz", tmp_path / "out"
    assert run(*paths, "--categorical", "ward", "--continuous", "ill") == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["comparison"]
    kinds = {name: column["kind"] for name, column in scores["table"]["columns"].items()}
    assert kinds == {"x": "continuous", "ill": "continuous", "ward": "categorical"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--categorical", "wards"), "Invalid `categorical`. Received: ['wards']"),
        (("--continuous", "x", "ills"), "Invalid `continuous`. Received: ['ills']"),
        (
            ("--continuous", "x", "--categorical", "ill", "x"),
            "['x'], which are also in `continuous`",
        ),
    ],
    ids=["no such column", "one of two", "both kinds"],
)
def test_kinds_that_cannot_be_are_refused(tmp_path, capsys, words, complaint):
    for i in (0, 1):
        table(i).to_csv(tmp_path / f"{i}.csv", index=False)
    assert run(tmp_path / "0.csv", tmp_path / "1.csv", tmp_path / "out", *words) == 1
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--continuous", "--categorical"])
def test_images_have_no_columns(tmp_path, capsys, option):
    for i in (0, 1):
        np.save(tmp_path / f"{i}.npy", pictures(i))
    assert run(tmp_path / "0.npy", tmp_path / "1.npy", tmp_path / "out", option, "x") == 1
    assert "--categorical need a table" in capsys.readouterr().err


def test_mistakes_are_told_in_words_without_a_trace(tmp_path, capsys):
    table(0).to_csv(tmp_path / "real.csv", index=False)
    np.save(tmp_path / "images.npy", pictures(0))
    np.savez(tmp_path / "odd.npz", a=np.zeros(3), b=np.zeros(3))
    for second, words in (
        ("nothing.csv", "nothing.csv"),
        ("images.npy", "REAL has table, SYNTHETIC has image"),
        ("odd.npz", "['a', 'b']"),
    ):
        assert run(tmp_path / "real.csv", tmp_path / second, tmp_path / "out") == 1
        assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_help_names_what_can_be_read(capsys):
    with pytest.raises(SystemExit) as caught:
        run("--help")
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for word in (
        "REAL",
        "SYNTHETIC",
        "OUT",
        "--holdout",
        "--target",
        "--continuous",
        "--categorical",
        "Parquet",
        "generate_dataset",
    ):
        assert word in text


def read(path):
    return read_samples(path, limit=None, image_size=None, color_mode="grayscale")


def test_labels_of_a_generated_data_set_are_a_column(tmp_path):
    from keras_gan_kit import ConditionalGAN, generation, networks

    shape = (4, 4, 1)
    gan = ConditionalGAN(
        networks.conditional_generator(
            networks.dense_generator(shape, 5, (8,)), 3, embedding_dim=2
        ),
        networks.conditional_discriminator(networks.dense_discriminator(shape, (8,)), 3),
        num_classes=3,
    )
    made = generation.generate_dataset(gan, 9, tmp_path, format="folder", verbose=0)
    samples, note = read(tmp_path)
    np.testing.assert_array_equal(samples["image"], made.load()[0])
    assert samples["table"].to_dict("list") == {"label": [0, 1, 2] * 3}
    assert note == ""


def test_an_archive_of_one_array_is_that_array(tmp_path):
    np.savez(tmp_path / "one.npz", pixels=pictures(0))
    np.save(tmp_path / "one.npy", pictures(0))
    first, second = read(tmp_path / "one.npz")[0], read(tmp_path / "one.npy")[0]
    assert first.shape == (40, 8, 8, 1)
    np.testing.assert_array_equal(first, second)
