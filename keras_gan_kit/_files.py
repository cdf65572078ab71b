"""Writes files atomically and locks folders."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from keras_gan_kit._errors import explain, invalid, warn, wrong_type

PREFIX = ".unfinished-"  # of files that are still being written
_LOCK = ".lock"
# The error codes of file systems that have no locks.
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
_LONGEST = 20  # digits of a process id


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Yields a temporary path. Moves the file to `path` once it is complete and on disk.

    If the process is killed, only a hidden temporary file remains. If the block raises, nothing
    remains.

    Args:
        path: The final path of the file. Its folder must exist.

    Yields:
        A path in the same folder, with the same suffix.

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
    """Yields an empty temporary folder. Moves it to `path` once it is complete.

    If the process is killed, only a hidden temporary folder remains. If the block raises, nothing
    remains. Files are not synced to disk one by one, because that takes longer than writing them:
    after a power failure some may be empty.

    Args:
        path: The final path of the folder. An existing folder is replaced.

    Yields:
        The path of an empty folder next to it.
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
    """Removes the temporary files and folders of killed processes.

    Args:
        directory: The folder to clean.
        ending: Removes only names with this suffix.
    """
    for leftover in directory.glob(f"{PREFIX}*{ending}"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def check_directory(argument: str, directory: Any) -> Path:
    """Validates the path of a folder, which need not exist.

    Raises:
        TypeError: If it is not a path.
        ValueError: If it is empty, or if it or one of its parents is a file.
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


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds an exclusive lock on a folder.

    The operating system releases the lock when the process ends, however it ends. Forked processes
    do not inherit it. A lock file that a killed process left behind has no effect. If the file
    system does not support locks, this function warns and continues without one.

    Args:
        directory: A folder that exists.

    Raises:
        BlockingIOError: If this or another process holds the lock.
        OSError: If the lock file cannot be opened.
    """
    path = directory / _LOCK
    lock = FileLock(
        path, blocking=False, thread_local=False, fallback_to_soft=False, on_acquired=_write_pid
    )
    try:
        lock.acquire()
    except Timeout as error:
        raise BlockingIOError(_occupied(path)) from error
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        with suppress(OSError):
            path.unlink()
        warn(
            f"The file system of {str(directory)!r} does not support locks ({error}), so other "
            "runs can write to this folder at the same time. Use a separate folder for each run."
        )
    try:
        yield
    finally:
        if lock.is_locked:  # False in a forked process, which must keep its parent's lock file
            with suppress(OSError):  # Windows cannot remove open files
                path.unlink()
            lock.release()


def _write_pid(file: int) -> None:
    with suppress(OSError):  # the lock works without it, for example on a full disk
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())


def _occupied(path: Path) -> str:
    try:
        text = path.read_bytes()[:_LONGEST]
    except OSError:
        text = b""
    number = int(text) if text.isdigit() else None
    known = "another process" if number is None else f"process {number}"
    return explain(
        "directory",
        received=f"{str(path.parent)!r}, which is locked by "
        f"{'this process' if number == os.getpid() else known}",
        expected="a folder that no other run writes to",
        fix="wait until it has finished, or pass another folder",
    )
