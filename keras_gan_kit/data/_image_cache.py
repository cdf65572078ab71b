"""Stores images in a memory-mapped file."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._binary_file import NPY_FAULTS

# Marks files that this package wrote. It follows the array, where `np.load` ignores it.
_MARK = b"keras_gan_kit/1 "
_KEY_BYTES = 32
_DTYPES = (np.uint8, np.float32)


def fingerprint(directory: Path, files: Sequence[Path], settings: Sequence[Any]) -> bytes:
    """Hashes the images and settings that a cache depends on.

    Args:
        directory: The folder of the images. Its own name is ignored.
        files: The images. Their names, sizes and modification times are hashed.
        settings: The settings for reading them.

    Returns:
        A SHA-256 digest.
    """
    found = [(path.relative_to(directory).as_posix(), *_state(path)) for path in files]
    return hashlib.sha256(json.dumps([settings, found]).encode()).digest()


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a broken link is reported when it is read
        return 0, 0
    return status.st_size, status.st_mtime_ns


def read_cache(path: Path, key: bytes) -> NDArray[Any] | None:
    """Opens a file that `write_cache` wrote.

    Args:
        path: The file.
        key: The fingerprint of the images.

    Returns:
        The images as a read-only memory map; None if the file doesn't exist or holds other images.

    Raises:
        ValueError: If the file is not a cache.
    """
    if not path.exists():
        return None
    if not path.is_file():
        raise _not_ours(path, "which is not a file")
    with path.open("rb") as file:
        size = path.stat().st_size
        file.seek(max(0, size - len(_MARK) - _KEY_BYTES))
        mark, found = file.read(len(_MARK)), file.read()
        if mark != _MARK:
            raise _not_ours(path, f"a file of {size} bytes that is not a complete image cache")
        try:
            stored = _mapped(file) if found == key else None
        except NPY_FAULTS:  # a damaged header
            return None
    if stored is None or stored.dtype not in _DTYPES:
        return None
    return stored if stored.offset + stored.nbytes + len(mark + found) == size else None


def write_cache(
    path: Path | None,
    key: bytes,
    images: Iterable[NDArray[Any]],
    shape: tuple[int, ...],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Writes images to an npy file one by one.

    Args:
        path: The file, which appears once it is complete; None for an unnamed temporary file, whose
            space is freed when the process ends.
        key: The fingerprint of the images.
        images: At most `shape[0]` arrays of shape `shape[1:]`.
        shape: `(n, height, width, channels)`.
        dtype: The dtype of the images.

    Returns:
        The images as a read-only memory map.

    Raises:
        ValueError: If the disk is too full.
    """
    folder = Path(tempfile.gettempdir()) if path is None else path.parent
    folder.mkdir(parents=True, exist_ok=True)
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise invalid(
            "cache",
            received=f"{str(folder)!r} with {free} bytes free",
            expected=f"at least {needed} bytes free",
            fix="free some space, or pass a smaller image_size or cache=PATH on another disk",
        )
    if path is None:
        with tempfile.TemporaryFile() as file:
            _write(file, key, images, shape, dtype)
            return _mapped(file)
    with written_atomically(path) as unfinished, unfinished.open("wb") as file:
        _write(file, key, images, shape, dtype)
    with path.open("rb") as file:
        return _mapped(file)


def _write(
    file: IO[bytes],
    key: bytes,
    images: Iterable[NDArray[Any]],
    shape: tuple[int, ...],
    dtype: DTypeLike,
) -> None:
    _write_header(file, shape, dtype)
    count = 0
    for image in images:
        file.write(image.astype(dtype, order="C", copy=False).data)
        count += 1
    file.write(_MARK + key)
    # NumPy pads the header, so the length of the array can change later.
    file.seek(0)
    _write_header(file, (count, *shape[1:]), dtype)
    file.flush()


def _write_header(file: IO[bytes], shape: tuple[int, ...], dtype: DTypeLike) -> None:
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _mapped(file: IO[bytes]) -> np.memmap[Any, Any]:
    """Maps the array of an open npy file; the map stays valid after the file is closed."""
    file.seek(0)
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return np.memmap(file, dtype=dtype, mode="r", offset=file.tell(), shape=shape)


def _not_ours(path: Path, what: str) -> ValueError:
    return invalid(
        "cache",
        received=f"{str(path)!r}, {what}",
        expected="a new name, or a file that images_from_directory wrote",
        fix="pass another name, or remove the file",
    )
