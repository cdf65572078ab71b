"""Reads the images of a cohort, with their names, from a folder or an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._image_names import as_name
from keras_gan_kit.data._match_names import LeftOut
from keras_gan_kit.data._read_image import UnreadableImageError, stored_size
from keras_gan_kit.data._read_images import (
    COLOR_MODES,
    UNSTATED_GRAY,
    Reading,
    gather_images,
    warn_of_color,
)
from keras_gan_kit.data.from_uint8 import from_uint8

Read = tuple[NDArray[np.float32], list[int], list[LeftOut]]


@dataclass(frozen=True)
class ImageFolder:
    """Image files and the settings to read them.

    Args:
        names: The paths of the files, relative to the folder.
        files: Their paths.
        size: Height and width; None to keep the files' size.
        color_mode: "grayscale" or "rgb".
        source_range: The levels that are black and white, or None.
    """

    names: list[str]
    files: list[Path]
    size: tuple[int, int] | None
    color_mode: str
    source_range: tuple[float, float] | None = None

    def read(self, chosen: Sequence[int], verbose: bool) -> Read:
        """Reads some of the images.

        Args:
            chosen: Their positions.
            verbose: Whether to show a progress bar.

        Returns:
            The images that could be read, their positions in `chosen`, and the errors of the
            others.
        """
        files = [self.files[position] for position in chosen]
        names = {self.files[position]: self.names[position] for position in chosen}
        size = _common_size(files) if self.size is None else self.size
        broken: list[UnreadableImageError] = []
        try:
            mode = COLOR_MODES[self.color_mode]
            reading = Reading(size, mode, (-1.0, 1.0), self.source_range)
            if self.color_mode is UNSTATED_GRAY:
                warn_of_color(files)
            images = gather_images(files, reading, broken, verbose=verbose)
        except UnreadableImageError:  # no file can be read; `broken` lists them all
            images = np.empty((0,), np.float32)
        faults = {error.path: error.received for error in broken if error.path is not None}
        kept = [i for i, file in enumerate(files) if file not in faults]
        left_out = [
            LeftOut("unreadable image", names[path], fault) for path, fault in faults.items()
        ]
        return images, kept, left_out


@dataclass(frozen=True)
class ImageArray:
    """Images in memory.

    Args:
        names: Their names.
        images: float32 `(n, height, width, channels)` in [-1, 1].
    """

    names: list[str]
    images: NDArray[np.float32]

    def read(self, chosen: Sequence[int], verbose: bool) -> Read:
        """Selects some of the images and returns them like `ImageFolder.read`."""
        kept = list(range(len(chosen)))
        return self.images[np.asarray(chosen, np.intp)], kept, []


def cohort_images(
    images: Any,
    names: Sequence[object] | None,
    image_size: Any,
    color_mode: str,
    source_range: Any = None,
) -> ImageFolder | ImageArray:
    """Returns the images of a folder or an array, with their names.

    Raises:
        FileNotFoundError: If the folder does not exist.
        TypeError: If an argument is of the wrong type.
        ValueError: If arguments contradict each other, or the images are invalid.
    """
    one_of("color_mode", color_mode, tuple(COLOR_MODES))
    limits = None if source_range is None else value_bounds("source_range", source_range)
    if isinstance(images, str | PathLike):
        if names is not None:
            raise _superfluous("names", names, "a folder, whose files have names")
        folder = Path(images)
        files = image_files(folder, "images")
        size = None if image_size is None else height_and_width("image_size", image_size)
        found = [path.relative_to(folder).as_posix() for path in files]
        return ImageFolder(found, files, size, color_mode, limits)
    if image_size is not None:
        raise _superfluous("image_size", image_size, "an array, whose images have a size")
    if source_range is not None:
        raise _superfluous("source_range", source_range, "an array, whose values are in [-1, 1]")
    array = _checked(array_to_numpy("images", images))
    return ImageArray(_array_names(names, len(array)), array)


def _array_names(names: Sequence[object] | None, count: int) -> list[str]:
    texts = [as_name(name) for name in range(count)] if names is None else [*map(as_name, names)]
    known = [text for text in texts if text is not None]
    if len(texts) != count or len(known) < len(texts):
        missing = len(texts) - len(known)
        raise invalid(
            "names",
            received=f"{len(texts)} names, of which {missing} are missing",
            expected=f"{count} names, one per image",
            fix="pass one name per image, in the order of the images",
        )
    return known


def _checked(images: NDArray[Any]) -> NDArray[np.float32]:
    """Returns images as float32 in [-1, 1]."""
    details = {
        "expected": "float32 images (n, height, width, channels) in [-1, 1], or uint8 pixels",
        "fix": "scale them with from_uint8, or give them a last axis: images[..., None]",
    }
    if images.ndim != 4 or images.dtype not in (np.float32, np.uint8):
        received = f"an array of shape {images.shape} and dtype {images.dtype}"
        raise invalid("images", received=received, **details)
    if images.dtype == np.uint8:
        return from_uint8(images)
    # A comparison of every pixel would allocate a second array of this size.
    low, high = images.min(initial=np.inf), images.max(initial=-np.inf)
    if not (low >= -1.0 and high <= 1.0) and images.size:
        received = f"values from {low} to {high}"
        raise invalid("images", received=received, **details)
    return images


def _common_size(files: Sequence[Path]) -> tuple[int, int]:
    """Returns the size that all images share."""
    sizes: dict[tuple[int, int], Path] = {}
    for file in files:
        try:
            sizes.setdefault(stored_size(file), file)
        except UnreadableImageError:
            continue  # reading it reports the error
    if len(sizes) > 1:
        named = [f"{size} of {file.name!r}" for size, file in list(sizes.items())[:2]]
        raise invalid(
            "image_size",
            received=f"None, for images of different sizes: {' and '.join(named)}",
            expected="a size to resize all images to",
            fix=f"pass for example image_size={next(iter(sizes))}",
        )
    return next(iter(sizes), (1, 1))


def _superfluous(argument: str, value: object, images: str) -> ValueError:
    return invalid(
        argument,
        received=f"{value!r}, with {images}",
        expected="None",
        fix=f"leave out `{argument}`",
    )
