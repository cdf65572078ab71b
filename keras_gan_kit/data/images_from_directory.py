"""Reads a folder of image files as one array."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, one_of, true_or_false
from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._image_cache import fingerprint, read_cache
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_image import Fit, UnreadableImageError
from keras_gan_kit.data._read_images import (
    COLOR_MODES,
    UNSTATED_GRAY,
    Reading,
    gather_images,
    warn_of_color,
)
from keras_gan_kit.data.labeled_images import LabeledImages

_NAMED = 5  # files to name in a warning


@overload
def images_from_directory(
    directory: str | PathLike[str],
    image_size: int | Sequence[int],
    *,
    labels: None = None,
    color_mode: Literal["grayscale", "rgb"] = ...,
    value_range: tuple[float, float] | None = ...,
    source_range: tuple[float, float] | None = ...,
    crop_to_aspect_ratio: bool = ...,
    pad_to_aspect_ratio: bool = ...,
    on_error: Literal["raise", "skip"] = ...,
    cache: str | PathLike[str] | None = ...,
    memory_limit: int | None = ...,
    verbose: int = ...,
) -> NDArray[Any]: ...


@overload
def images_from_directory(
    directory: str | PathLike[str],
    image_size: int | Sequence[int],
    *,
    labels: Literal["inferred"],
    color_mode: Literal["grayscale", "rgb"] = ...,
    value_range: tuple[float, float] | None = ...,
    source_range: tuple[float, float] | None = ...,
    crop_to_aspect_ratio: bool = ...,
    pad_to_aspect_ratio: bool = ...,
    on_error: Literal["raise", "skip"] = ...,
    cache: str | PathLike[str] | None = ...,
    memory_limit: int | None = ...,
    verbose: int = ...,
) -> LabeledImages: ...


def images_from_directory(
    directory: str | PathLike[str],
    image_size: int | Sequence[int],
    *,
    labels: Literal["inferred"] | None = None,
    color_mode: Literal["grayscale", "rgb"] = UNSTATED_GRAY,
    value_range: tuple[float, float] | None = (-1.0, 1.0),
    source_range: tuple[float, float] | None = None,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    on_error: Literal["raise", "skip"] = "raise",
    cache: str | PathLike[str] | None = None,
    memory_limit: int | None = None,
    verbose: int = 1,
) -> NDArray[Any] | LabeledImages:
    """Reads all images in a folder and its sub-folders as one array.

    Every file with the suffix of an image format that Pillow opens is read, except hidden files and
    those in hidden folders. The images are sorted by folder and name. Each is rotated upright
    (Exif), composited over white where it is transparent, converted to gray or RGB, and resized
    with antialiasing. 16-bit and float images keep their levels; for a few formats this requires
    imagecodecs, and an error says so. Of files with several frames or pages, the first is read.

    Images that need more than `memory_limit` bytes are stored in a file and returned as a read-only
    `np.memmap`. `GAN.fit` and `ArrayDataset` use it like any array: batches are read from disk when
    needed, in the same order, and training resumes exactly.

    Args:
        directory: The folder.
        image_size: Height and width in pixels, as one integer or `(height, width)`.
        labels: `"inferred"` also returns a class for each image, for `ConditionalGAN`: the
            sub-folder of `directory` that contains the image. None returns only the images.
        color_mode: `"grayscale"` for one channel, `"rgb"` for three. If you don't choose one and
            the files have color, a warning says so.
        value_range: `(low, high)`, the values of black and white, or None for uint8 pixels.
        source_range: `(low, high)`, the levels of black and white in the files; levels outside are
            clipped. Pass `(0, 4095)` for 12 bits in a 16-bit file, or a window in a scan's units
            such as `(-1000, 400)`. None for the full range of 8 or 16 bits, or 0 and 1 for floats.
        crop_to_aspect_ratio: Whether to crop the images around their center instead of distorting
            them.
        pad_to_aspect_ratio: Whether to add black borders instead of distorting the images.
        on_error: `"raise"` stops at the first file that can't be read. `"skip"` leaves such files
            out and warns with their number and names.
        cache: An npy file to store the images in. The next call reads it instead of the images,
            unless a file or a setting has changed. A killed process never leaves an incomplete
            file. With None, images that don't fit in memory are stored in an unnamed temporary file
            until the process ends.
        memory_limit: Bytes that the images may take in memory; None for half of what is
            available. Not used with `cache`.
        verbose: 0 for no progress bar.

    Returns:
        Images `(n, height, width, channels)`, float32 in `value_range`, or uint8; with
        `labels="inferred"` a `LabeledImages`, a named tuple of `images`, `labels`, `class_names`
        and `names`.

    Raises:
        FileNotFoundError: If the folder does not exist.
        NotADirectoryError: If it is a file.
        TypeError: If an argument is of the wrong type.
        ValueError: If there is no image, a file can't be read (broken, empty, a possible
            decompression bomb), an argument is out of range, `cache` is another file, the disk is
            too full, or an image has no class.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> Image.new("1", (300, 200), 1).save(folder / "white.png")
        >>> Image.new("RGB", (20, 20), "black").save(folder / "black.bmp")
        >>> images = images_from_directory(folder, (10, 15), verbose=0)
        >>> images.shape, images.mean((1, 2, 3)).tolist()
        ((2, 10, 15, 1), [-1.0, 1.0])
    """
    folder = Path(directory)
    fit = _fit(crop_to_aspect_ratio, pad_to_aspect_ratio)
    reading = _reading(image_size, color_mode, value_range, source_range, fit)
    if labels is not None:
        one_of("labels", labels, ("inferred",))
    one_of("on_error", on_error, ("raise", "skip"))
    if memory_limit is not None:
        integer("memory_limit", memory_limit, minimum=0)
    files = image_files(folder)
    classes = None if labels is None else _classes(folder, files)
    path = None if cache is None else Path(cache)
    key = b"" if path is None else fingerprint(folder, files, reading)
    images = None if path is None else _stored(path, key, len(files), on_error, labels)
    lost: set[Path | None] = set()
    if images is None:
        if color_mode is UNSTATED_GRAY:
            warn_of_color(files)
        broken: list[UnreadableImageError] | None = [] if on_error == "skip" else None
        images = gather_images(
            files, reading, broken, cache=path, key=key, memory_limit=memory_limit, verbose=verbose
        )
        lost = _skipped(broken or (), len(files))
    if classes is None:
        return images
    return _labeled(images, folder, [file for file in files if file not in lost], classes)


def _stored(
    path: Path, key: bytes, count: int, on_error: str, labels: object
) -> NDArray[Any] | None:
    """Returns the images of a cache, or None if they have to be read again."""
    stored = read_cache(path, key)
    if stored is None or len(stored) == count:
        return stored
    if on_error == "raise" or labels is not None:  # the cache has no list of skipped images
        return None
    _warn_of(count - len(stored), count, " when the cache was written")
    return stored


def _skipped(broken: Sequence[UnreadableImageError], count: int) -> set[Path | None]:
    named = [error.received for error in broken[:_NAMED]]
    _warn_of(len(broken), count, f": {'; '.join(named)}")
    return {error.path for error in broken}


def _reading(
    image_size: object, color_mode: object, value_range: object, source_range: object, fit: Fit
) -> Reading:
    return Reading(
        height_and_width("image_size", image_size),
        COLOR_MODES[one_of("color_mode", color_mode, tuple(COLOR_MODES))],
        None if value_range is None else value_bounds("value_range", value_range),
        None if source_range is None else value_bounds("source_range", source_range),
        fit,
    )


def _fit(crop: object, pad: object) -> Fit:
    crop = true_or_false("crop_to_aspect_ratio", crop)
    pad = true_or_false("pad_to_aspect_ratio", pad)
    if crop and pad:
        raise invalid(
            "pad_to_aspect_ratio",
            received="True, together with crop_to_aspect_ratio=True",
            expected="at most one of the two",
            fix="leave one of them out",
        )
    return "crop" if crop else "pad" if pad else "stretch"


def _classes(folder: Path, files: Sequence[Path]) -> tuple[str, ...]:
    """Returns the names of the sub-folders that hold images."""
    top = [file for file in files if file.parent == folder]
    if top:
        raise invalid(
            "labels",
            received=f"'inferred', for {len(top)} images such as {top[0].name!r} directly in "
            f"{str(folder)!r}",
            expected="each image in a sub-folder that is named after its class",
            fix="move them into sub-folders, or leave out `labels`",
        )
    names = sorted({file.relative_to(folder).parts[0] for file in files})
    empty = sorted(
        path.name for path in folder.iterdir() if path.is_dir() and path.name not in names
    )
    empty = [name for name in empty if not name.startswith(".")]
    if empty:
        warn(
            f"{len(empty)} sub-folders without images are not used as classes: "
            f"{', '.join(empty[:_NAMED])}"
        )
    return tuple(names)


def _labeled(
    images: NDArray[Any], folder: Path, files: Sequence[Path], classes: tuple[str, ...]
) -> LabeledImages:
    paths = [file.relative_to(folder) for file in files]
    labels = np.array([classes.index(path.parts[0]) for path in paths], np.int32)
    return LabeledImages(images, labels, classes, tuple(path.as_posix() for path in paths))


def _warn_of(skipped: int, total: int, details: str) -> None:
    if skipped:
        warn(f"{skipped} of {total} images could not be read and were skipped{details}")
