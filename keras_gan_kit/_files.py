"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._lock import locked as locked

PREFIX = ".unfinished-"  # of what is not yet there


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Gives a path to write to; the file gets its name when it is complete and on disk.

    A process that is killed leaves at most a hidden file that nothing reads; an error leaves
    nothing.

    Args:
        path: The name that the file will have. Its folder must exist.

    Yields:
        A path in the same folder, with the same ending.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
        >>> with written_atomically(path) as unfinished:
        ...     _ = unfinished.write_text("1")
        >>> path.read_text()
        '1'
    """
    unfinished = path.with_name(f"{PREFIX}{os.getpid()}-{path.name}")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def folder_written_atomically(path: Path) -> Iterator[Path]:
    """Gives a new folder to write to; it gets its name when it is complete.

    A process that is killed leaves at most a hidden folder that nothing reads; an error leaves
    nothing. The files are not forced to disk one by one, which would take longer than writing
    them: after a power failure some may be empty.

    Args:
        path: The name that the folder will have; what has that name now is replaced.

    Yields:
        The path of an empty folder beside it.
    """
    unfinished = path.with_name(f"{PREFIX}{os.getpid()}-{path.name}")
    try:
        unfinished.mkdir()
        yield unfinished
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        unfinished.replace(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def remove_leftovers(directory: Path, ending: str) -> None:
    """Removes what processes that were killed left unfinished.

    Args:
        directory: The folder to clean.
        ending: Only files and folders whose name ends so.
    """
    for leftover in directory.glob(f"{PREFIX}*{ending}"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def check_directory(argument: str, directory: Any) -> Path:
    """Returns `directory` as a path.

    Raises:
        TypeError: If it is not a path.
        ValueError: If it is empty, or a file is in its place or above it.
    """
    details = {"expected": "the path of a folder", "fix": "pass for example 'runs/digits'"}
    if not isinstance(directory, str | Path):
        received = f"{directory!r} of type {type(directory).__name__}"
        raise wrong_type(argument, received=received, **details)
    if not str(directory):
        raise invalid(argument, received="''", **details)
    path = Path(directory)
    for folder in (path, *path.parents):
        if folder.is_file():
            raise invalid(argument, received=f"the file {str(folder)!r}", **details)
    return path
