"""Many image files as one array, in memory or in a file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.data._available_memory import available_memory
from keras_gan_kit.data._image_cache import write_cache
from keras_gan_kit.data._read_image import UnreadableImageError
from keras_gan_kit.data._read_images import FILES_AHEAD, Reading, read_images

_CHANNELS = {"L": 1, "RGB": 3}


def gather_images(
    files: Sequence[Path],
    reading: Reading,
    broken: list[UnreadableImageError] | None,
    *,
    cache: Path | None = None,
    key: bytes = b"",
    memory_limit: int | None = None,
    verbose: int = 0,
) -> NDArray[Any]:
    """Reads image files, into a file where they do not fit into memory.

    Args:
        files: The image files.
        reading: How to read them.
        broken: Collects the errors of those that are left out; where it is None, the first is
            raised.
        cache: A file to keep them in; None for memory, or a nameless file if it is too small.
        key: The fingerprint of the images in `cache`.
        memory_limit: Bytes; None for half of what is available.
        verbose: 0 for no progress bar.

    Returns:
        The images that could be read, `(n, height, width, channels)`.

    Raises:
        UnreadableImageError: If a file cannot be read, or none of them.
        ValueError: If the disk has no room.
    """
    shape = (len(files), *reading.size, _CHANNELS[reading.mode])
    dtype = np.dtype("f4" if reading.value_range else "u1")
    in_memory = cache is None and _fits(shape, dtype, memory_limit)
    slots = np.empty(shape if in_memory else (FILES_AHEAD, *shape[1:]), dtype)
    found = read_images(files, reading, slots, broken, bool(verbose))
    if in_memory:
        return _gathered(found, slots)
    return write_cache(cache, key, (slots[i] for i in found), shape, dtype)


def _gathered(found: Iterator[int], slots: NDArray[Any]) -> NDArray[Any]:
    """Moves images up to where others were skipped."""
    count = 0
    for i in found:
        if i != count:
            slots[count] = slots[i]
        count += 1
    return slots[:count]


def _fits(shape: tuple[int, ...], dtype: np.dtype[Any], memory_limit: int | None) -> bool:
    needed = math.prod(shape) * dtype.itemsize
    return needed <= (available_memory() // 2 if memory_limit is None else memory_limit)
