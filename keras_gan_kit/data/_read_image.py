"""One image file as pixels of a given size."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from keras_gan_kit._errors import explain
from keras_gan_kit._faults import FAULTS
from keras_gan_kit.data._image_files import image_formats

# A warning where the user has made warnings errors.
IMAGE_FAULTS: tuple[type[Exception], ...] = (
    *FAULTS,
    AssertionError,
    Warning,
    Image.DecompressionBombError,
)
_SIDEWAYS = (5, 6, 7, 8)  # values of the Exif orientation that exchange height and width
_HIGHEST = 65535  # of 16 bits


class UnreadableImageError(ValueError):
    """Names an image file that cannot be read.

    Args:
        received: The file, and what is wrong with it.
        fix: What to do about it.
        path: The file; None for several.
    """

    def __init__(self, received: str, fix: str, path: Path | None = None) -> None:
        super().__init__(
            explain("directory", received=received, expected="complete image files", fix=fix)
        )
        self.received = received
        self.path = path


def read_image(path: Path, size: tuple[int, int], mode: Literal["L", "RGB"]) -> NDArray[np.uint8]:
    """Reads an image file of any format and mode that Pillow knows, upright, on white paper.

    Where it becomes smaller, all the pixels that fall on one are averaged, so that thin lines fade
    instead of breaking up: first in whole blocks, then with a Hamming window. Lanczos' filter over
    all of them takes five times as long to make 200 x 200 of a page of 1054 x 618, differs by 3 of
    255 levels, and draws light edges around dark lines. Where an image becomes larger, it is
    interpolated (bicubic).

    Args:
        path: The file. Of several frames or pages the first is read.
        size: `(height, width)` in pixels; the proportions are not kept.
        mode: `"L"` for gray (ITU-R 601-2 luma), `"RGB"` for colour.

    Returns:
        Pixels `(height, width, 1)` or `(height, width, 3)`.

    Raises:
        UnreadableImageError: If the file is empty, broken, or larger than Pillow's limit.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "dot.png")
        >>> Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(path)
        >>> read_image(path, (1, 2), "L").tolist()
        [[[255], [255]]]
    """
    try:
        # Not by its name: Pillow 13 maps plain TIFF files to memory then, and mixes up the pixels
        # of those that lie on their side.
        with path.open("rb") as file, Image.open(file, formats=image_formats()) as image:
            pixels = np.asarray(_prepared(image, size, mode))
    except IMAGE_FAULTS as error:
        raise _unreadable(path, error) from error
    return pixels.reshape(*size, -1)


def stored_size(path: Path) -> tuple[int, int]:
    """Returns height and width that an image file has when it stands upright.

    Raises:
        UnreadableImageError: If the file does not say.
    """
    try:
        with path.open("rb") as file, Image.open(file, formats=image_formats()) as image:
            width, height = image.size
            return (width, height) if _is_sideways(image) else (height, width)
    except IMAGE_FAULTS as error:
        raise _unreadable(path, error) from error


def _is_sideways(image: Image.Image) -> bool:
    return image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS


def _prepared(image: Image.Image, size: tuple[int, int], mode: Literal["L", "RGB"]) -> Image.Image:
    height, width = size
    wanted = (height, width) if _is_sideways(image) else (width, height)
    # JPEG files can be decoded at a half, a quarter or an eighth, and as gray, at once.
    image.draft(mode, wanted)
    ImageOps.exif_transpose(image, in_place=True)
    flat = _on_paper(image)
    if mode == "L" != flat.mode:  # one channel is resized faster than three
        flat = flat.convert(mode)
    smaller = width < flat.width or height < flat.height
    if flat.size != (width, height):
        filtering = Image.Resampling.HAMMING if smaller else Image.Resampling.BICUBIC
        flat = flat.resize((width, height), filtering, reducing_gap=1)
    return flat if flat.mode == mode else flat.convert(mode)


def _on_paper(image: Image.Image) -> Image.Image:
    """Brings any mode to "L" or "RGB"; where an image is transparent, white shows through."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_levels(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    # "1" and "P" are the modes that Pillow resizes without a filter.
    return image.convert("L" if image.mode == "1" else "RGB")


def _levels(image: Image.Image) -> NDArray[np.uint8]:
    """Brings 16 bits, or floats in [0, 1], to 8 bits.

    Raises:
        ValueError: If values are outside: a guess at another range would be silently wrong.
    """
    values = np.asarray(image)
    highest = 1 if image.mode == "F" else _HIGHEST
    if not (values.min() >= 0 and values.max() <= highest):
        raise ValueError(
            f"values from {values.min()} to {values.max()} in mode {image.mode}, where 0 is black "
            f"and {highest} is white"
        )
    return np.rint(values * (255 / highest)).astype(np.uint8)


def _unreadable(path: Path, error: BaseException) -> UnreadableImageError:
    fix = "write the file again, or take it out; images_from_directory does with on_error='skip'"
    if isinstance(error, Image.DecompressionBombError):
        reason = f"a possible decompression bomb ({error})"
        fix = "take it out, or raise PIL.Image.MAX_IMAGE_PIXELS if you trust it"
    elif path.is_file() and path.stat().st_size == 0:
        reason = "an empty file"
    else:
        reason = f"which Pillow cannot read ({str(error) or type(error).__name__})"
    return UnreadableImageError(f"{str(path)!r}, {reason}", fix, path)
