"""How much memory is left."""

from __future__ import annotations

import os
from pathlib import Path

_UNKNOWN = 4 * 2**30  # where the system does not say: less than most machines have
_MEMINFO = Path("/proc/meminfo")
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def available_memory() -> int:
    """Says how many bytes a process may still fill without swapping.

    Linux states it, and the limit of a container, whichever is lower; of other Unix systems half
    of what is built in counts as free; elsewhere it is taken for 4 GiB. The limit of a container
    counts what is in use already.

    Example:
        >>> available_memory() > 0
        True
    """
    try:
        lines = _MEMINFO.read_text(encoding="utf-8").splitlines()
        (line,) = (line for line in lines if line.startswith("MemAvailable:"))
        available = int(line.split()[1]) * 1024
    except (OSError, ValueError):
        available = _half_of_all()
    try:
        return min(available, int(_CONTAINER.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # no container, or one without a limit
        return available


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
