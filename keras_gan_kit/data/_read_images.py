"""Reads many image files in threads, into memory or a file."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import warn
from keras_gan_kit.data._available_memory import available_memory
from keras_gan_kit.data._image_cache import write_cache
from keras_gan_kit.data._image_files import printable
from keras_gan_kit.data._read_image import (
    Fit,
    Levels,
    Mode,
    UnreadableImageError,
    read_image,
    read_levels,
)
from keras_gan_kit.data._scale_pixels import scale_levels, scale_pixels

_THREADS = os.cpu_count() or 1
# Passing a small file to a thread takes longer than reading it, so files are grouped.
_FILES_PER_TASK = 4
# Reading smaller images, such as 28 x 28 digits, is mostly Python code, which threads slow down.
_SMALL_FILE, _SMALL_IMAGE = 4096, 256 * 256  # bytes of a file, pixels after resizing
COLOR_MODES: dict[str, Mode] = {"grayscale": "L", "rgb": "RGB"}


class _Unstated(str):
    """A default value, distinguishable from the same value passed by the caller."""


UNSTATED_GRAY = cast(Literal["grayscale"], _Unstated("grayscale"))
_CHANNELS = {"L": 1, "RGB": 3}
_FILES_AHEAD = 2 * _THREADS * _FILES_PER_TASK  # files in progress at once
_LOOKED_AT = 4  # files to check for color
_THUMBNAIL = (32, 32)
# A pixel has color if its channels differ by more than noise or paper causes.
_COLORFUL, _SHARE_OF_COLOR = 32, 0.01
_USUAL_BITS = (1, 8, 10, 12, 14)  # that cameras and scanners store in 16


class Reading(NamedTuple):
    """Settings for reading the files.

    Args:
        size: Height and width to resize to.
        mode: "L" or "RGB".
        value_range: The values of black and white; None for uint8 pixels.
        source_range: The levels of black and white in the files; None for the range of the type.
        fit: How to handle a different aspect ratio.
    """

    size: tuple[int, int]
    mode: Mode
    value_range: tuple[float, float] | None
    source_range: tuple[float, float] | None = None
    fit: Fit = "stretch"


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
    """Reads image files into an array, stored in a file if it doesn't fit in memory.

    Args:
        files: The image files.
        reading: How to read them.
        broken: Collects the errors of skipped files. If None, the first error is raised.
        cache: A file to store the images in; None for memory, or an unnamed temporary file if the
            memory is too small.
        key: The fingerprint of the images in `cache`.
        memory_limit: Bytes; None for half of what is available.
        verbose: 0 for no progress bar.

    Returns:
        The images that could be read, `(n, height, width, channels)`.

    Raises:
        UnreadableImageError: If a file cannot be read, or none of them.
        ValueError: If the disk is too full.
    """
    shape = (len(files), *reading.size, _CHANNELS[reading.mode])
    dtype = np.dtype("f4" if reading.value_range else "u1")
    in_memory = cache is None and _fits(shape, dtype, memory_limit)
    slots = np.empty(shape if in_memory else (_FILES_AHEAD, *shape[1:]), dtype)
    found = _read_all(files, reading, slots, broken, bool(verbose))
    if in_memory:
        return _gathered(found, slots)
    return write_cache(cache, key, (slots[i] for i in found), shape, dtype)


def write_levels(levels: Levels, value_range: tuple[float, float] | None, out: Any) -> None:
    """Scales the pixels of one image to `value_range`, or to uint8, and writes them to `out`."""
    if (levels.black, levels.white) != (0, 255) or levels.pixels.dtype != np.uint8:
        bounds = (0.0, 255.0) if value_range is None else value_range
        scale_levels(levels.pixels, (levels.black, levels.white), bounds, out)
    elif value_range is None:
        out[...] = levels.pixels
    else:
        scale_pixels(levels.pixels, *value_range, out)


def warn_of_few_bits(brightest: float, example: Path) -> None:
    """Warns if the levels of 16-bit files need only 14 bits or fewer.

    Args:
        brightest: The highest level of all files, 0 if none has 16 bits.
        example: One of the files.
    """
    bits = next((bits for bits in _USUAL_BITS if 0 < brightest < 2**bits), None)
    if bits is not None:
        white = 2**bits - 1
        warn(
            f"The 16-bit images, such as {printable(str(example))!r}, have no level above "
            f"{brightest:g}, so they hold {bits} bits and look dark. Pass source_range=(0, "
            f"{white}) to make {white} white, or source_range=(0, 65535) if they are dark on "
            "purpose."
        )


def warn_of_color(files: Sequence[Path]) -> None:
    """Warns if a few of the files have color, although they will be read as gray."""
    for path in files[:: -(-len(files) // _LOOKED_AT)]:
        try:
            colors = read_image(path, _THUMBNAIL, "RGB").astype(np.int16)
        except UnreadableImageError:  # reported when it is read
            continue
        if (np.ptp(colors, axis=-1) > _COLORFUL).mean() > _SHARE_OF_COLOR:
            warn(
                f"Some images have color, such as {printable(str(path))!r}, but are read as gray. "
                "Pass color_mode='rgb' to keep the color, or color_mode='grayscale' to silence "
                "this warning."
            )
            return


def _gathered(found: Iterator[int], slots: NDArray[Any]) -> NDArray[Any]:
    """Closes the gaps that skipped images leave."""
    count = 0
    for i in found:
        if i != count:
            slots[count] = slots[i]
        count += 1
    return slots[:count]


def _fits(shape: tuple[int, ...], dtype: np.dtype[Any], memory_limit: int | None) -> bool:
    needed = math.prod(shape) * dtype.itemsize
    return needed <= (available_memory() // 2 if memory_limit is None else memory_limit)


def _read_all(
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
        slots: The output, `(m, height, width, channels)`: file i goes to slot i % m. It has at
            least `_FILES_AHEAD` slots, or one per file.
        broken: Collects the errors. If None, the first error is raised.
        verbose: Whether to show a progress bar.

    Yields:
        The slot of each image, in the order of the files. The slot is reused once the next image is
        requested.

    Raises:
        UnreadableImageError: If a file cannot be read, or none of them.
    """
    bar = keras.utils.Progbar(len(files), unit_name="image") if verbose else None
    pool = ThreadPoolExecutor(_threads(files, reading))
    brightest, example = 0.0, files[0]
    try:
        for i, outcome in enumerate(_in_order(pool, files, reading, slots)):
            if not isinstance(outcome, UnreadableImageError):
                brightest, example = max((brightest, example), (outcome, files[i]))
                yield i % len(slots)
            elif broken is None:
                raise outcome
            else:
                broken.append(outcome)
            if bar is not None:
                bar.update(i + 1)
    finally:
        pool.shutdown(cancel_futures=True)
    if broken is not None and len(broken) == len(files):
        raise UnreadableImageError(
            f"{len(files)} images, of which none can be read: {broken[0].received}",
            "check that these are complete image files",
        )
    warn_of_few_bits(brightest, example)


def _threads(files: Sequence[Path], reading: Reading) -> int:
    height, width = reading.size
    few = files[:: -(-len(files) // 16)]  # a sample of the files
    small = all(path.stat().st_size <= _SMALL_FILE for path in few if path.is_file())
    return 1 if small and height * width <= _SMALL_IMAGE else _THREADS


Outcome = UnreadableImageError | float  # the error of a file, or its brightest level


def _in_order(
    pool: ThreadPoolExecutor, files: Sequence[Path], reading: Reading, slots: NDArray[Any]
) -> Iterator[Outcome]:
    """Yields the outcome of each file in turn."""
    tasks: deque[Future[list[Outcome]]] = deque()
    for start in range(0, len(files), _FILES_PER_TASK):
        if len(tasks) == _FILES_AHEAD // _FILES_PER_TASK:
            yield from tasks.popleft().result()
        places = range(start, min(start + _FILES_PER_TASK, len(files)))
        to = [slots[i % len(slots)] for i in places]
        tasks.append(pool.submit(_read_several, [files[i] for i in places], reading, to))
    while tasks:
        yield from tasks.popleft().result()


def _read_several(
    files: Sequence[Path], reading: Reading, slots: Sequence[NDArray[Any]]
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    size, mode, value_range, source_range, fit = reading
    for path, slot in zip(files, slots, strict=True):
        try:
            levels = read_levels(path, size, mode, source_range=source_range, fit=fit)
        except UnreadableImageError as error:
            outcomes.append(error)
            continue
        outcomes.append(levels.brightest)
        write_levels(levels, value_range, slot)
    return outcomes
