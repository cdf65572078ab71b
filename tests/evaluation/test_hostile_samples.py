"""What the command for reports is given may be damaged or hostile: a sentence, and no trace."""

import io
import random

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit.evaluation import extract_features
from keras_gan_kit.evaluation.__main__ import main
from keras_gan_kit.evaluation.samples._read_samples import read_samples

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8), "uint8")
ROWS = pd.DataFrame({"x": [1.5, 2.5, 3.5], "name": ["a", "b", "c"]})


def as_bytes(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


FILES = {
    "images.npy": as_bytes(lambda file: np.save(file, IMAGES)),
    "joint.npz": as_bytes(
        lambda file: np.savez(file, image=IMAGES, table=np.ones((6, 2)), columns=["a", "b"])
    ),
    "packed.npz": as_bytes(
        lambda file: np.savez_compressed(file, image=IMAGES, table=np.ones((6, 2)))
    ),
    "rows.csv": as_bytes(lambda file: ROWS.to_csv(file, index=False)),
    "rows.parquet": as_bytes(ROWS.to_parquet),
}


def read(path):
    return read_samples(path, limit=None, image_size=None, color_mode="grayscale")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_damaged_samples_are_read_or_named(tmp_path, damaged, seconds_of_work, name):
    path, chance, refused = tmp_path / name, random.Random(0), 0
    path.write_bytes(FILES[name])
    read(path)
    for _ in range(60):
        path.write_bytes(damaged(FILES[name], chance))
        with seconds_of_work(20):
            try:
                read(path)
            except ValueError as error:
                assert name in str(error)
                refused += 1
    assert refused > 2


ODD = {
    "a single number": {"image": IMAGES, "table": np.float64(1)},
    "a row": {"image": IMAGES, "table": np.ones(6)},
    "fewer names": {"image": IMAGES, "table": np.ones((6, 2)), "columns": ["a"]},
    "a name": {"image": IMAGES, "table": np.ones((6, 2)), "columns": "ab"},
    "nothing": {},
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_archives_are_named(tmp_path, kind):
    np.savez(tmp_path / "victim.npz", **ODD[kind])
    with pytest.raises(ValueError, match=r"^Invalid `path`.*victim\.npz"):
        read(tmp_path / "victim.npz")


@pytest.mark.parametrize("name", ["victim.npy", "victim.npz", "pickled.npy"])
def test_no_pickle_is_opened(tmp_path, monkeypatch, capsys, hostile_array, name):
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("real.csv", index=False)
    if name == "pickled.npy":  # no array at all, which NumPy takes for a pickle
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(b"cposix\nsystem\n(S'touch run'\ntR.")
    elif name.endswith(".npz"):
        np.savez(name, image=hostile_array, table=hostile_array)
    else:
        np.save(name, hostile_array, allow_pickle=True)
    assert main(["real.csv", name, "out"]) == 1
    assert name in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["real.csv", name])


def test_a_hostile_picture_decides_on_no_size(tmp_path, capsys, bomb):
    for folder in ("real", "synthetic"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bomb.png").write_bytes(bomb)
    words = [str(tmp_path / name) for name in ("real", "synthetic", "out")]
    assert main(words) == 1
    assert "bomb.png" in capsys.readouterr().err


def test_the_first_picture_decides_on_the_size_as_it_is_seen(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new("L", (9, 5)).save(tmp_path / "a.jpg", exif=exif)
    images, _ = read(tmp_path)
    assert images.shape == (1, 9, 5, 1)


def test_damaged_features_are_computed_again(tmp_path, damaged):
    network = extract_features(IMAGES[..., None]).network
    options = {"features": network, "cache": tmp_path}
    expected = extract_features(IMAGES[..., None], **options).values
    (path,) = tmp_path.iterdir()
    content, chance = path.read_bytes(), random.Random(0)
    header = content.index(b"\n") + 1
    for i in range(12):
        changed = bytearray(content)
        changed[chance.randrange(header)] ^= 1 << chance.randrange(8)
        path.write_bytes(content[: i * 20] if i < 4 else changed)
        values = extract_features(IMAGES[..., None], **options).values
        np.testing.assert_array_equal(values, expected)
