"""Reads headerless, IDX and npy files, optionally compressed with gzip."""

from __future__ import annotations

import gzip
import math
import tokenize
import zlib
from os import PathLike
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain, invalid

# What NumPy raises for a damaged npy file: it parses the header as a Python literal and allocates
# the size that the header declares.
NPY_FAULTS: tuple[type[Exception], ...] = (
    ValueError,
    SyntaxError,
    TypeError,
    OSError,
    OverflowError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)
_GZIP_MAGIC = b"\x1f\x8b\x08"
_NPY_MAGIC = b"\x93NUMPY"
# The third byte of an IDX file is its data type; only unsigned bytes are supported.
_IDX_UBYTE = 0x08
_IDX_ITEM_SIZES = {_IDX_UBYTE: 1, 0x09: 1, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8}
_IDX_MAX_AXES = 4


class BinaryFile(NamedTuple):
    """The content of a file.

    Attributes:
        kind: The format. `"raw"` has no header.
        array: The content; one-dimensional bytes if the kind is `"raw"`.
    """

    kind: Literal["raw", "idx", "npy"]
    array: NDArray[Any]


def read_binary_file(path: str | PathLike[str]) -> BinaryFile:
    """Reads a headerless, IDX or npy file, optionally compressed with gzip.

    The format is detected from the content, not the name, because downloads often have a wrong
    `.gz` suffix.

    Args:
        path: The file.

    Returns:
        The kind and the array, which may be read-only.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is empty, truncated, longer than its header declares, or holds objects.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = Path(directory, "labels.bin")
        ...     _ = path.write_bytes(bytes([3, 1]))
        ...     read_binary_file(path)
        BinaryFile(kind='raw', array=array([3, 1], dtype=uint8))
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            explain(
                "path",
                received=repr(str(path)),
                expected="an existing file",
                fix="check the name and the working directory",
            )
        )
    with path.open("rb") as plain:
        compressed = plain.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        plain.seek(0)
        try:
            if not compressed:
                return _read(path, plain)
            with gzip.GzipFile(fileobj=plain) as unpacked:
                return _read(path, cast(IO[bytes], unpacked))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _broken(path, f"a damaged or truncated gzip file ({error})") from error


def _read(path: Path, stream: IO[bytes]) -> BinaryFile:
    start = stream.read(len(_NPY_MAGIC))
    stream.seek(0)
    if start == _NPY_MAGIC:
        return BinaryFile("npy", _read_npy(path, stream))
    content = np.frombuffer(stream.read(), np.uint8)
    if content.size == 0:
        raise _broken(path, "an empty file")
    shape = _idx_shape(path, content)
    if shape is None:
        return BinaryFile("raw", content)
    return BinaryFile("idx", content[4 + 4 * len(shape) :].reshape(shape))


def _read_npy(path: Path, stream: IO[bytes]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise
    except NPY_FAULTS as error:
        raise _broken(path, f"an npy file that cannot be read ({error})") from error
    if stream.read(1):
        raise _broken(path, f"an npy file of shape {array.shape} with bytes after its end")
    if array.size == 0:
        raise _broken(path, f"an npy file of shape {array.shape}, which is empty")
    return array


def _idx_shape(path: Path, content: NDArray[np.uint8]) -> tuple[int, ...] | None:
    """Returns the shape in an IDX header, or None if the file has no such header."""
    zero, zero_too, kind, axes = (content[:4].tolist() + [-1] * 4)[:4]
    if zero or zero_too or kind not in _IDX_ITEM_SIZES or not 1 <= axes <= _IDX_MAX_AXES:
        return None
    header = 4 + 4 * axes
    shape = tuple(np.frombuffer(content[4:header].tobytes().ljust(4 * axes, b"\0"), ">u4").tolist())
    stated = header + math.prod(shape) * _IDX_ITEM_SIZES[kind]
    if kind != _IDX_UBYTE:
        # Dark images without a header may start like this, so the size must match the header too.
        if content.size != stated:
            return None
        raise _broken(
            path, f"an IDX file of shape {shape} with type 0x{kind:02X}, which is not ubyte"
        )
    if content.size != stated or 0 in shape:
        raise _broken(
            path,
            f"a file of {content.size} bytes whose IDX header declares shape {shape}, which "
            f"takes {stated} bytes",
        )
    return shape


def _broken(path: Path, received: str) -> ValueError:
    return invalid(
        "path",
        received=f"{str(path)!r}, {received}",
        expected="a complete headerless, IDX (ubyte) or npy file",
        fix="download or write the file again, or read it with NumPy and pass the array",
    )
