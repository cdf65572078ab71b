"""One process at a time in a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from keras_gan_kit._errors import explain

_NAME = ".lock"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keeps others out of a folder for as long as this process lives.

    The operating system holds the lock, and drops it when the process ends in whatever way; the
    file that it hangs on stays, and means nothing by itself.

    Args:
        directory: A folder that exists.

    Raises:
        BlockingIOError: If another process is at work there.
        OSError: If the folder cannot be written to.
    """
    with (directory / _NAME).open("a+") as file:
        try:
            _acquire(file)
        except OSError as error:
            file.seek(0)
            raise BlockingIOError(
                explain(
                    "directory",
                    received=f"{str(directory)!r}, where process {file.read() or 'unknown'} is at "
                    "work",
                    expected="a folder that no other run writes to",
                    fix="wait until it has finished, or pass another folder",
                )
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield  # closing the file unlocks it


def _acquire(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Far behind the text, which others may want to read.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
