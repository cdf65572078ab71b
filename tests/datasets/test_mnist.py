import os
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gan_kit.datasets import mnist

DATA = Path(
    os.environ.get("KERAS_GAN_KIT_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
needs_mnist = pytest.mark.skipif(
    not (DATA / "mnist" / "mnist.npz").is_file(), reason="needs mnist.npz (KERAS_GAN_KIT_DATA)"
)


def archive(path, **changes):
    """Writes a small file of MNIST's layout; a change to None leaves an array out."""
    arrays = {
        "x_train": np.full((3, 28, 28), 255, "uint8"),
        "y_train": np.array([5, 0, 4], "uint8"),
        "x_test": np.zeros((2, 28, 28), "uint8"),
        "y_test": np.array([7, 2], "uint8"),
    }
    arrays.update(changes)
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


@pytest.mark.parametrize(
    ("split", "means", "expected"),
    [
        ("train", [1.0] * 3, [5, 0, 4]),
        ("test", [-1.0] * 2, [7, 2]),
        ("all", [1.0] * 3 + [-1.0] * 2, [5, 0, 4, 7, 2]),
    ],
)
def test_splits_keep_their_order(tmp_path, split, means, expected):
    images, labels = mnist(archive(tmp_path / "small.npz"), split=split)
    assert images.dtype == np.float32
    assert images.shape == (len(expected), 28, 28, 1)
    assert images.mean((1, 2, 3)).tolist() == means
    assert labels.dtype == np.int32
    assert labels.tolist() == expected


def test_mnist_takes_a_scale(tmp_path):
    images, _ = mnist(archive(tmp_path / "small.npz"), split="all", value_range=(0.0, 1.0))
    assert (images.min(), images.max()) == (0.0, 1.0)


def test_a_part_that_is_not_asked_for_may_be_absent(tmp_path):
    path = archive(tmp_path / "train.npz", x_test=None, y_test=None)
    assert len(mnist(path)[0]) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_train": None}, "y_train"),
        ({"x_train": np.zeros((3, 28, 27), "uint8")}, r"\(3, 28, 27\)"),
        ({"x_train": np.zeros((4, 28, 28), "uint8")}, r"\(4, 28, 28\)"),
        ({"x_train": np.zeros((3, 28, 28))}, "float64"),
        ({"y_train": np.zeros(3)}, "float64"),
        ({"y_train": np.array([{}, {}, {}], dtype=object)}, "can't be read"),
    ],
)
def test_mnist_names_what_a_file_lacks(tmp_path, changes, message):
    path = archive(tmp_path / "broken.npz", **changes)
    with pytest.raises(ValueError, match=f"Invalid `path`.*{message}"):
        mnist(path)


def test_mnist_names_files_that_are_not_archives(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(ValueError, match=r"Invalid `path`.*not an npz file"):
        mnist(tmp_path / "text.npz")
    with pytest.raises(FileNotFoundError, match="Invalid `path`"):
        mnist(tmp_path / "missing.npz")


def test_mnist_names_a_damaged_archive(tmp_path):
    path = archive(tmp_path / "damaged.npz")
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Invalid `path`.*can't be read"):
        mnist(path)


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "split", {"split": "validation"}),
        (TypeError, "value_range", {"value_range": 1}),
    ],
)
def test_mnist_names_bad_options(tmp_path, error, argument, options):
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        mnist(archive(tmp_path / "small.npz"), **options)


@needs_mnist
def test_real_mnist_has_its_known_first_labels():
    images, labels = mnist(DATA / "mnist" / "mnist.npz", split="all")
    assert images.shape == (70_000, 28, 28, 1)
    assert labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert labels[60_000:60_005].tolist() == [7, 2, 1, 0, 4]


def test_without_a_path_keras_provides_the_data(tmp_path, monkeypatch):
    def load_data():
        with np.load(archive(tmp_path / "small.npz")) as arrays:
            train, test = ((arrays[f"x_{name}"], arrays[f"y_{name}"]) for name in ("train", "test"))
            return train, test

    # Stands in for Keras' download: tests must run without a network.
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    assert mnist(split="all")[1].tolist() == [5, 0, 4, 7, 2]
