"""One process at a time in a folder."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keras_gan_kit._errors import explain, warn

_NAME = ".lock"
# What systems say of a lock that somebody has; anything else means that there are no locks.
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_LONGEST = 20  # digits of a process's number
_held: set[int] = set()


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keeps other runs out of a folder for as long as this process lives.

    The operating system holds the lock, and drops it when the process ends in whatever way. The
    file that it hangs on stays behind then, and means nothing by itself. Where the file system has
    no locks a warning says so.

    Args:
        directory: A folder that exists.

    Raises:
        BlockingIOError: If another run is at work there, in this process or in another one.
        OSError: If the folder cannot be written to.
    """
    _forget_in_children()
    path = directory / _NAME
    file = _acquired(path)
    try:
        yield
    finally:
        if file in _held:  # and not in a child, which must not end what its parent has begun
            with suppress(OSError):  # Windows removes no open file
                path.unlink()
            _held.discard(file)
            os.close(file)  # which unlocks it


def _acquired(path: Path) -> int | None:
    """Opens and locks the file; None where there are no locks."""
    while True:
        # Not through a link: what it leads to would be overwritten.
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _lock(file)
            if os.fstat(file).st_nlink:  # whoever had it may have removed it just now
                with suppress(OSError):  # on a full disk it is a lock too
                    os.ftruncate(file, 0)
                    os.write(file, str(os.getpid()).encode())
                _held.add(file)
                return file
        except OSError as error:
            if error.errno in _TAKEN:
                raise BlockingIOError(_occupied(path.parent, file)) from error
            _warn(path, error)
            return None
        finally:
            if file not in _held:
                os.close(file)


def _occupied(directory: Path, file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, _LONGEST)
    number = int(text) if text.isdigit() else None
    known = "another process" if number is None else f"process {number}"
    who = "this process" if number == os.getpid() else known
    return explain(
        "directory",
        received=f"{str(directory)!r}, where {who} is at work",
        expected="a folder that no other run writes to",
        fix="wait until it has finished, or pass another folder",
    )


def _warn(path: Path, error: OSError) -> None:
    with suppress(OSError):
        path.unlink()
    warn(
        f"The file system of {str(path.parent)!r} has no locks ({error}): nothing keeps another "
        "run from writing to this folder at the same time. Give every run a folder of its own."
    )


@functools.cache
def _forget_in_children() -> None:
    """Arranges that processes forked from this one, to load data perhaps, hold no lock of it.

    They would keep it when this process has let go of it, or has been killed.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_close_all)


def _close_all() -> None:
    while _held:
        os.close(_held.pop())


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # far behind the text, which others may want to read

    def _lock(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
