"""Reads NumPy files."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

# What NumPy and zipfile raise for damaged files. A wrong size in a damaged header causes a
# MemoryError or an OverflowError, an unknown compression a NotImplementedError, an encrypted member
# a RuntimeError, and a missing member a KeyError.
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
    RuntimeError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class DamagedFileError(Exception):
    """Raised if NumPy can't read a file, with NumPy's message."""


def numpy_arrays(path: Path) -> Any:
    """Reads a `.npy` file as an array, or a `.npz` file as a dict of arrays.

    Raises:
        DamagedFileError: If NumPy can't read it, or it holds Python objects.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except TypeError as error:
        # NumPy raises it for some damaged headers; no other code runs here.
        raise DamagedFileError(str(error)) from error
    except _DAMAGED as error:
        raise DamagedFileError(str(error)) from error
