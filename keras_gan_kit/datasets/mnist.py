"""Loads the MNIST handwritten digits."""

from __future__ import annotations

import struct
import tokenize
import zlib
from os import PathLike
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile, is_zipfile

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.data.from_uint8 import from_uint8

# What `numpy.load` raises for damaged npz files: errors of zipfile, of zlib, and of the parser of
# array headers. A MemoryError comes from a header that declares a huge shape.
_NPZ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    BadZipFile,
    struct.error,
    tokenize.TokenError,
    zlib.error,
)
_SPLITS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


def mnist(
    path: str | PathLike[str] | None = None,
    *,
    split: Literal["train", "test", "all"] = "train",
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Loads the MNIST handwritten digits (LeCun, Cortes), 28x28 pixels, in their original order.

    Args:
        path: An npz file with the arrays `x_train`, `y_train`, `x_test` and `y_test`. `None`
            downloads it once, with Keras.
        split: `"train"` (60,000 images), `"test"` (10,000), or `"all"`: train, then test.
        value_range: `(low, high)`, the values of black and white.

    Returns:
        Images `(n, 28, 28, 1)` in `value_range`, and labels `(n,)` from 0 to 9.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If `value_range` is not a pair of numbers.
        ValueError: If the file is damaged, an array is missing or has another type or shape, or
            an argument is out of range.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = Path(directory, "small.npz")
        ...     x, y = np.zeros((2, 28, 28), "uint8"), np.array([7, 2], "uint8")
        ...     np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
        ...     images, labels = mnist(path, split="all")
        >>> images.shape, labels.tolist()
        ((4, 28, 28, 1), [7, 2, 7, 2])
    """
    one_of("split", split, tuple(_SPLITS))
    value_range = value_bounds("value_range", value_range)
    names = _SPLITS[split]
    arrays = _download() if path is None else _read(Path(path), names)
    images = np.concatenate([arrays[f"x_{name}"] for name in names])
    labels = np.concatenate([arrays[f"y_{name}"] for name in names])
    return from_uint8(images[..., np.newaxis], value_range=value_range), labels.astype(np.int32)


def _download() -> dict[str, NDArray[Any]]:
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _read(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Reads and checks the arrays of the named splits."""
    if not path.is_file():
        raise FileNotFoundError(
            explain(
                "path",
                received=repr(str(path)),
                expected="an existing npz file",
                fix="check the path, or pass path=None to download the data",
            )
        )
    if not is_zipfile(path):
        raise _unusable(path, "which is not an npz file")
    arrays = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in [f"{letter}_{name}" for name in names for letter in "xy"]:
                arrays[key] = archive[key]
    except KeyError as error:
        raise _unusable(path, f"which lacks an array: {error.args[0]}") from error
    except _NPZ_ERRORS as error:
        raise _unusable(path, f"which can't be read: {error}") from error
    for name in names:
        images, labels = arrays[f"x_{name}"], arrays[f"y_{name}"]
        fits = images.shape[1:] == (28, 28) and labels.shape == images.shape[:1]
        if not fits or images.dtype != np.uint8 or labels.dtype.kind not in "iu":
            found = ", ".join(f"{array.dtype} {array.shape}" for array in (images, labels))
            raise _unusable(path, f"whose x_{name} and y_{name} are {found}")
    return arrays


def _unusable(path: Path, what: str) -> ValueError:
    return invalid(
        "path",
        received=f"{str(path)!r}, {what}",
        expected="an npz file with x_train, y_train, x_test and y_test: uint8 images "
        "(n, 28, 28) and integer labels (n,)",
        fix="download the file again, or pass path=None",
    )
