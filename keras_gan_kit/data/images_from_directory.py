"""Images from a folder of image files."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import warn
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._image_cache import fingerprint, read_cache
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_image import UnreadableImageError
from keras_gan_kit.data._read_images import COLOR_MODES, Reading, gather_images

_ON_ERROR = ("raise", "skip")
_NAMED = 5  # files in a warning


def images_from_directory(
    directory: str | PathLike[str],
    image_size: int | Sequence[int],
    *,
    color_mode: Literal["grayscale", "rgb"] = "grayscale",
    value_range: tuple[float, float] | None = (-1.0, 1.0),
    on_error: Literal["raise", "skip"] = "raise",
    cache: str | PathLike[str] | None = None,
    memory_limit: int | None = None,
    verbose: int = 1,
) -> NDArray[Any]:
    """Reads all images of a folder, and of the folders in it, as one array.

    Every file whose name ends like that of an image format that Pillow opens is read; files and
    folders whose names begin with a dot are not. The images are sorted by folder and name. Each is
    turned upright (Exif), laid on white where it is transparent, made gray or RGB, and resized with
    antialiasing: the average of all pixels that fall on one; proportions are not kept. 16-bit
    pixels count as 0 to 65535, floating ones as 0 to 1. Of several frames or pages the first is
    read.

    Images that take more than `memory_limit` bytes are kept in a file, and come back as a
    read-only `np.memmap`. `GAN.fit` and `ArrayDataset` take it like any array: batches are read
    from the disk as they are needed, in the same order, and a training resumes as exactly.

    Args:
        directory: The folder.
        image_size: Height and width in pixels, as one integer or `(height, width)`.
        color_mode: `"grayscale"` for one channel, `"rgb"` for three.
        value_range: `(low, high)`, the values of black and white, or None for uint8 pixels.
        on_error: `"raise"` stops at the first file that cannot be read; `"skip"` leaves such files
            out, and warns with their number and names.
        cache: An npy file to keep the images in. The next call reads it instead of the images,
            unless a file or a setting has changed, and a process that is killed leaves none that
            is incomplete. None keeps larger images in a nameless file in the system's temporary
            folder, gone when the process ends.
        memory_limit: Bytes that the images may take in memory; None for half of what is
            available. Not used with `cache`.
        verbose: 0 for no progress bar.

    Returns:
        Images `(n, height, width, channels)`: float32 in `value_range`, or uint8.

    Raises:
        FileNotFoundError: If there is no such folder.
        NotADirectoryError: If it is a file.
        TypeError: If an argument is of the wrong type.
        ValueError: If there is no image, a file cannot be read (broken, empty, a possible
            decompression bomb), an argument is out of range, `cache` is another file, or the disk
            has no room for it.

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
    size = height_and_width("image_size", image_size)
    mode = COLOR_MODES[one_of("color_mode", color_mode, tuple(COLOR_MODES))]
    one_of("on_error", on_error, _ON_ERROR)
    value_range = None if value_range is None else value_bounds("value_range", value_range)
    if memory_limit is not None:
        integer("memory_limit", memory_limit, minimum=0)
    files = image_files(folder)
    reading = Reading(size, mode, value_range)
    path, key = (None, b"") if cache is None else (Path(cache), fingerprint(folder, files, reading))
    if path is not None:
        stored = read_cache(path, key)
        if stored is not None and (len(stored) == len(files) or on_error == "skip"):
            _warn_of(len(files) - len(stored), len(files), " when the cache was written")
            return stored

    broken: list[UnreadableImageError] | None = [] if on_error == "skip" else None
    images = gather_images(
        files, reading, broken, cache=path, key=key, memory_limit=memory_limit, verbose=verbose
    )
    if broken:
        named = [error.received for error in broken[:_NAMED]]
        _warn_of(len(broken), len(files), f": {'; '.join(named)}")
    return images


def _warn_of(skipped: int, total: int, details: str) -> None:
    if skipped:
        warn(f"{skipped} of {total} images could not be read and were skipped{details}")
