"""Measures the available memory."""

from __future__ import annotations

import os
from pathlib import Path

_UNKNOWN = 4 * 2**30  # if the system doesn't report it: less than most machines have
_MEMINFO = Path("/proc/meminfo")
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def available_memory() -> int:
    """Returns the number of bytes that a process can still allocate without swapping.

    On Linux this is the lower of the system's available memory and the container's limit, which
    includes memory already in use. On other Unix systems it is half of the physical memory,
    elsewhere 4 GiB.

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
    except (OSError, ValueError):  # not in a container, or no limit
        return available


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
