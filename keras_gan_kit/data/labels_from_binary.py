"""Reads class labels from headerless bytes, IDX files and npy files."""

from __future__ import annotations

from os import PathLike

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._binary_file import read_binary_file


def labels_from_binary(path: str | PathLike[str]) -> NDArray[np.int32]:
    """Reads all class labels of one binary file.

    The format is detected from the content: headerless bytes (one per label), IDX with unsigned
    bytes, or npy with integers. Files may be compressed with gzip.

    Args:
        path: The file.

    Returns:
        int32 labels `(n,)`. All backends keep this type; JAX has no int64 by default.

    Raises:
        FileNotFoundError: If the file does not exist.
        TypeError: If an npy file does not hold integers.
        ValueError: If the file is damaged, has more than one axis, or a label exceeds int32.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = pathlib.Path(directory, "labelsTrain.bin")
        ...     _ = path.write_bytes(bytes([5, 0, 4]))
        ...     labels_from_binary(path).tolist()
        [5, 0, 4]
    """
    labels = read_binary_file(path).array
    if labels.dtype.kind not in "iu":
        raise wrong_type(
            "path",
            received=f"{str(path)!r}, an array of dtype {labels.dtype}",
            expected="integer labels",
            fix="encode the classes as 0, 1, 2 and so on",
        )
    if labels.ndim != 1:
        raise invalid(
            "path",
            received=f"{str(path)!r}, an array of shape {labels.shape}",
            expected="one label per sample, shape (n,)",
            fix="use images_from_binary for images, or numpy's argmax for one-hot labels",
        )
    if not np.array_equal(labels, narrow := labels.astype(np.int32)):
        raise invalid(
            "path",
            received=f"{str(path)!r}, labels from {labels.min()} to {labels.max()}",
            expected="labels that fit int32",
            fix="number the classes from 0",
        )
    return narrow
