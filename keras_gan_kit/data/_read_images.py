"""Many image files, read in threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras
from numpy.typing import NDArray

from keras_gan_kit.data._read_image import UnreadableImageError, read_image
from keras_gan_kit.data._scale_pixels import scale_pixels

_THREADS = os.cpu_count() or 1
# Small files take a thread less time than being handed to it: several go together.
_FILES_PER_TASK = 4
# Smaller ones, such as digits of 28 x 28, take little but Python, which threads only hand around.
_SMALL_FILE, _SMALL_IMAGE = 4096, 256 * 256  # bytes of a file, pixels to make of it
COLOR_MODES: dict[str, Literal["L", "RGB"]] = {"grayscale": "L", "rgb": "RGB"}
FILES_AHEAD = 2 * _THREADS * _FILES_PER_TASK  # files that may be under way at once


class Reading(NamedTuple):
    """How every file is read."""

    size: tuple[int, int]
    mode: Literal["L", "RGB"]
    value_range: tuple[float, float] | None


def read_images(
    files: Sequence[Path],
    reading: Reading,
    slots: NDArray[Any],
    broken: list[UnreadableImageError] | None,
    verbose: bool,
) -> Iterator[int]:
    """Reads images in threads: Pillow decodes and resizes without the GIL.

    Args:
        files: The image files.
        reading: How to read them.
        slots: Where to write them, `(m, height, width, channels)`: file i to slot i % m. There are
            `FILES_AHEAD` slots at least, or one for each file.
        broken: Collects the errors; where it is None, the first is raised.
        verbose: Whether to show a progress bar.

    Yields:
        The slot of each image, in the order of the files. It is used again when the next image is
        asked for.

    Raises:
        UnreadableImageError: If a file cannot be read, or none of them.
    """
    bar = keras.utils.Progbar(len(files), unit_name="image") if verbose else None
    pool = ThreadPoolExecutor(_threads(files, reading))
    try:
        for i, error in enumerate(_in_order(pool, files, reading, slots)):
            if error is None:
                yield i % len(slots)
            elif broken is None:
                raise error
            else:
                broken.append(error)
            if bar is not None:
                bar.update(i + 1)
    finally:
        pool.shutdown(cancel_futures=True)
    if broken is not None and len(broken) == len(files):
        raise UnreadableImageError(
            f"{len(files)} images, none of which can be read: {broken[0].received}",
            "check that these are complete image files",
        )


def _threads(files: Sequence[Path], reading: Reading) -> int:
    height, width = reading.size
    few = files[:: -(-len(files) // 16)]  # stand for the others
    small = all(path.stat().st_size <= _SMALL_FILE for path in few if path.is_file())
    return 1 if small and height * width <= _SMALL_IMAGE else _THREADS


def _in_order(
    pool: ThreadPoolExecutor, files: Sequence[Path], reading: Reading, slots: NDArray[Any]
) -> Iterator[UnreadableImageError | None]:
    """Yields for each file in turn what was wrong with it."""
    tasks: deque[Future[list[UnreadableImageError | None]]] = deque()
    for start in range(0, len(files), _FILES_PER_TASK):
        if len(tasks) == FILES_AHEAD // _FILES_PER_TASK:
            yield from tasks.popleft().result()
        places = range(start, min(start + _FILES_PER_TASK, len(files)))
        to = [slots[i % len(slots)] for i in places]
        tasks.append(pool.submit(_read_several, [files[i] for i in places], reading, to))
    while tasks:
        yield from tasks.popleft().result()


def _read_several(
    files: Sequence[Path], reading: Reading, slots: Sequence[NDArray[Any]]
) -> list[UnreadableImageError | None]:
    errors: list[UnreadableImageError | None] = []
    for path, slot in zip(files, slots, strict=True):
        try:
            pixels = read_image(path, reading.size, reading.mode)
        except UnreadableImageError as error:
            errors.append(error)
            continue
        errors.append(None)
        if reading.value_range is None:
            slot[...] = pixels
        else:
            scale_pixels(pixels, *reading.value_range, slot)
    return errors
