"""What Python and its libraries raise over files that are not as they should be."""

from __future__ import annotations

import lzma
import struct
import tarfile
import tokenize
import zipfile
import zlib

# A size that a file only claims to have is a MemoryError.
FAULTS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
)
