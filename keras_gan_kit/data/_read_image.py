"""Decodes and resizes an image file at its full bit depth."""

from __future__ import annotations

import math
import struct
import sys
import zlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError

from keras_gan_kit._errors import explain
from keras_gan_kit.data._image_files import image_formats, printable
from keras_gan_kit.data._uncut_levels import TooDeepError, deep_palette, uncut_levels

Mode = Literal["L", "RGB"]
Fit = Literal["stretch", "crop", "pad"]

# What Pillow raises for a damaged file. Its Python decoders index and call with unchecked numbers
# from the file, so the list is long; use it only around calls of Pillow. A `Warning` is raised if
# the user turned warnings into errors.
IMAGE_FAULTS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    AssertionError,
    Warning,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_HIGHEST = 65535  # of 16 bits
_SIDEWAYS = (5, 6, 7, 8)  # Exif orientations that swap height and width
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601-2, as in Pillow
# Pillow keeps only the high byte of 16-bit colors. Read with the opposite byte order, it keeps the
# low byte.
_OTHER_BYTE = {
    f"{channels};16{order}": f"{channels};16{other}"
    for channels in ("RGB", "RGBA", "RGBX", "CMYK")
    for order, other in (("B", "L"), ("L", "B"), ("N", "LB"[sys.byteorder == "little"]))
}
_GRAY_AND_OPACITY = "LA;16B"
_OTHER_BYTE[_GRAY_AND_OPACITY] = "RGBA"
_TAG_BITS, _TAG_PHOTOMETRIC, _TAG_CHANNELS, _TAG_FORMAT = 258, 262, 277, 339
_WHITE_IS_ZERO, _FLOATS = 0, 3


class UnreadableImageError(ValueError):
    """Raised if an image file can't be read.

    Args:
        received: The file and its fault, for the message.
        fix: How to fix it, for the message.
        path: The file; None for several.
    """

    def __init__(self, received: str, fix: str, path: Path | None = None) -> None:
        super().__init__(
            explain("directory", received=received, expected="complete image files", fix=fix)
        )
        self.received = received
        self.path = path


class Levels(NamedTuple):
    """The pixels of an image in the levels of its file.

    Args:
        pixels: `(height, width, channels)`, uint8, or float32 for files of more than 8 bits.
        black: The level of black.
        white: The level of white.
        brightest: The highest level of an opaque 16-bit file read without a `source_range`;
            otherwise 0.
    """

    pixels: NDArray[Any]
    black: float
    white: float
    brightest: float = 0.0


def read_image(path: Path, size: tuple[int, int], mode: Mode) -> NDArray[np.uint8]:
    """Reads an image file as 8-bit pixels, with the arguments of `read_levels`.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "dot.png")
        >>> Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(path)
        >>> read_image(path, (1, 2), "L").tolist()
        [[[255], [255]]]
    """
    levels = read_levels(path, size, mode)
    if levels.pixels.dtype == np.uint8:
        return levels.pixels
    scaled = (levels.pixels - levels.black) * (255 / (levels.white - levels.black))
    pixels: NDArray[np.uint8] = np.rint(scaled.clip(0, 255)).astype(np.uint8)
    return pixels


def read_levels(
    path: Path,
    size: tuple[int, int],
    mode: Mode,
    *,
    source_range: tuple[float, float] | None = None,
    fit: Fit = "stretch",
    half: int | None = None,
) -> Levels:
    """Reads an image file of any format and mode that Pillow opens.

    The image is rotated upright (Exif), composited over white where it is transparent, converted to
    gray or RGB, and resized. Downscaling averages pixels, first in whole blocks, then with a
    Hamming window, so that thin lines fade instead of breaking up. (A Lanczos filter takes five
    times as long to scale 1054 x 618 to 200 x 200, differs by 3 of 255 levels, and draws light
    edges around dark lines.) Upscaling is bicubic. 16-bit and float images are resized as floats.

    Args:
        path: The file. If it has several frames or pages, the first is read.
        size: `(height, width)` in pixels.
        mode: `"L"` for gray (ITU-R 601-2 luma), `"RGB"` for color.
        source_range: The levels of black and white; None for 0 and 255 (8 bits), 0 and 65535 (16
            bits), or 0 and 1 (floats).
        fit: `"stretch"` ignores the aspect ratio, `"crop"` crops around the center, `"pad"` adds
            black borders.
        half: 0 to read only the left half of the file, 1 for the right half.

    Returns:
        The levels, `(height, width, 1)` or `(height, width, 3)`.

    Raises:
        UnreadableImageError: If the file is empty, damaged or larger than Pillow's limit, or if
            levels are outside the default range and `source_range` is None.
    """
    found = decode(path, mode, size if half is None else None, fit)
    found = found if half is None else halved(found, half)
    values, alpha = found.levels, found.alpha
    if values is None:
        flat = _on_paper(found.image)
        if mode == "L" != flat.mode:  # one channel resizes faster than three
            flat = flat.convert(mode)
        picture = resized(flat, size, fit, 0 if source_range is None else source_range[0])
        picture = picture if picture.mode == mode else picture.convert(mode)
        black, white = (0.0, 255.0) if source_range is None else source_range
        return Levels(np.asarray(picture).reshape(*size, -1), black, white)
    black, white = (0.0, found.white) if source_range is None else source_range
    brightest = _check_levels(path, values, found.white, stated=source_range is not None)
    if found.inverted:
        values = black + white - values
    if alpha is not None:
        values = values + (1 - alpha) * (white - (0 if found.is_premultiplied else values))
    if mode == "L" and values.shape[-1] == 3:
        values = values @ np.array(_LUMA, np.float32)[:, None]
    bands = [Image.fromarray(values[..., i]) for i in range(values.shape[-1])]
    pixels = np.stack([np.asarray(resized(band, size, fit, black)) for band in bands], axis=-1)
    pixels = np.repeat(pixels, 3, axis=-1) if mode == "RGB" and len(bands) == 1 else pixels
    if source_range is None:
        pixels = pixels.clip(black, white)  # bicubic interpolation overshoots at edges
    return Levels(pixels, black, white, brightest if alpha is None else 0.0)


def stored_size(path: Path) -> tuple[int, int]:
    """Returns the height and width of an image file after it is rotated upright.

    Raises:
        UnreadableImageError: If the file is not an image, or is damaged.
    """
    try:
        with path.open("rb") as file, Image.open(file, formats=image_formats()) as image:
            width, height = image.size
            return (width, height) if _is_sideways(image) else (height, width)
    except IMAGE_FAULTS as error:
        raise _unreadable(path, error) from error


class Decoded(NamedTuple):
    """A decoded image file, rotated upright.

    Args:
        image: The image as Pillow decodes it.
        levels: float32 `(height, width, channels)` with 1 or 3 channels for files of more than 8
            bits; otherwise None.
        alpha: The opacity of such a file, `(height, width, 1)` in [0, 1]; None if it is opaque.
        white: The level of white.
        inverted: Whether 0 is white and Pillow didn't invert the image.
        is_premultiplied: Whether levels are premultiplied by the opacity.
        raw: How the file stores its pixels, in Pillow's terms.
    """

    image: Image.Image
    levels: NDArray[np.float32] | None = None
    alpha: NDArray[np.float32] | None = None
    white: float = 255.0
    inverted: bool = False
    is_premultiplied: bool = False
    raw: str = ""


def halved(found: Decoded, half: int) -> Decoded:
    """Returns the left (0) or right (1) half of an image."""
    image, levels, alpha = found.image, found.levels, found.alpha
    width = (image.width if levels is None else levels.shape[1]) // 2
    left = half * width
    if levels is None or image.mode == "P":
        image = image.crop((left, 0, left + width, image.height))
        image.format = found.image.format
    if levels is not None:
        levels = levels[:, left : left + width]
        alpha = None if alpha is None else alpha[:, left : left + width]
    return found._replace(image=image, levels=levels, alpha=alpha)


def decode(path: Path, mode: Mode | None, size: tuple[int, int] | None, fit: Fit) -> Decoded:
    """Decodes an image file and rotates it upright.

    Args:
        path: The file.
        mode: The mode that the image will be converted to.
        size: The size that the image will be resized to, `(height, width)`; None to keep its size.
            JPEG files are decoded at a half, a quarter or an eighth if that is large enough.
        fit: How the image will be resized.

    Returns:
        The image.

    Raises:
        UnreadableImageError: If the file cannot be decoded.
    """
    low = colors = None
    try:
        # Opened as a stream: given a path, Pillow 13 maps uncompressed TIFF files to memory, and
        # scrambles the pixels of rotated ones.
        with path.open("rb") as file, Image.open(file, formats=image_formats()) as image:
            raw = _raw_mode(image)
            tags = getattr(image, "tag_v2", {})  # of TIFF files
            uncut = uncut_levels(image, path)
            if uncut is None:
                if size is not None:
                    image.draft(mode, _draft_size(image, size, fit))
                plain = raw.replace("RGBa", "RGBA")
                low = _decoded_as(path, _OTHER_BYTE[plain]) if plain in _OTHER_BYTE else None
                if plain != raw and low is not None:
                    _set_raw_mode(image, plain)
                ImageOps.exif_transpose(image, in_place=True)
                image.load()
                colors = deep_palette(image)
    except TooDeepError as error:
        raise _too_deep(path, error) from error
    except IMAGE_FAULTS as error:
        raise _unreadable(path, error) from error
    if uncut is not None:
        levels, white, inverted, premultiplied = uncut
        if levels.shape[-1] % 2:
            return Decoded(image, levels, None, white, inverted, premultiplied)
        opacity = (levels[..., -1:] / white).astype(np.float32)
        return Decoded(image, levels[..., :-1], opacity, white, inverted, premultiplied)
    if colors is not None:
        return Decoded(image, colors[np.asarray(image)], None, _HIGHEST, raw=raw)
    if low is None and not image.mode.startswith(("I", "F")):
        return Decoded(image, raw=raw)
    values, alpha = _deep_levels(image, low, raw)
    white = 1.0 if image.mode == "F" else float(2 ** min(_bits(tags), 16) - 1)
    # Pillow already inverts files of up to 8 bits.
    inverted = tags.get(_TAG_PHOTOMETRIC) == _WHITE_IS_ZERO
    return Decoded(image, values, alpha, white, inverted, raw.startswith("RGBa"), raw)


def _deep_levels(
    image: Image.Image, lower: Image.Image | None, raw: str
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Returns the levels and the opacity of an image with more than 8 bits, as in `Decoded`.

    Args:
        image: The image as Pillow decodes it.
        lower: The low bytes of 16-bit colors, whose high bytes are in `image`; otherwise None.
        raw: How the file stores its pixels, in Pillow's terms.
    """
    if lower is None:
        values = np.asarray(image, np.float32)[..., None]
        clear = image.info.get("transparency")
        return values, None if clear is None else (values != clear).astype(np.float32)
    low = np.asarray(lower, np.float32)
    if raw == _GRAY_AND_OPACITY:  # the four bytes of a pixel, read as colors
        values = low[..., ::2] * 256 + low[..., 1::2]
    else:
        values = np.asarray(image, np.float32) * 256 + low
    if raw.startswith("CMYK"):  # like Pillow's conversion of 8 bits
        light = 1 - values / np.float32(_HIGHEST)
        return light[..., :3] * light[..., 3:] * np.float32(_HIGHEST), None
    if values.shape[-1] != 3:
        return values[..., :-1], values[..., -1:] / np.float32(_HIGHEST)
    clear = image.info.get("transparency")
    if clear is None:
        return values, None
    return values, (values != np.array(clear)).any(-1, keepdims=True).astype(np.float32)


def _check_levels(path: Path, values: NDArray[np.float32], white: float, *, stated: bool) -> float:
    """Checks the levels; returns the highest if they have 16 bits and no stated range.

    Raises:
        UnreadableImageError: If levels are outside the range. A guess at another range could be
            wrong.
    """
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and math.isfinite(high) and (stated or (low >= 0 and high <= white)):
        return high if white == _HIGHEST and not stated else 0.0
    kind = "floats" if white == 1 else "integers"
    fix = "write the file again without NaN and infinity"
    if math.isfinite(low) and math.isfinite(high):
        fix = (
            f"pass for example source_range=({low:g}, {max(high, low + 1):g}), the values of "
            "black and white"
        )
    raise UnreadableImageError(
        f"{str(path)!r}, {kind} from {low:g} to {high:g}, although 0 is black and {white:g} is "
        "white",
        fix,
        path,
    )


def _is_sideways(image: Image.Image) -> bool:
    return image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS


def _bits(tags: Any) -> int:
    """Returns the bits per channel that a TIFF file declares; 16 for other files."""
    stated = tags.get(_TAG_BITS, 16)
    return int(stated[0] if isinstance(stated, tuple) else stated)


def _raw_mode(image: Image.Image) -> str:
    """Returns how the file stores its pixels, in Pillow's terms."""
    tiles = getattr(image, "tile", None)
    args = tiles[0][3] if tiles else ""
    raw = args[0] if isinstance(args, tuple) and args else args
    return raw if isinstance(raw, str) else ""


def _set_raw_mode(image: Image.Image, raw: str) -> None:
    if isinstance(image, ImageFile.ImageFile):
        image.tile = [
            tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)
            for tile in image.tile
        ]


def _decoded_as(path: Path, raw: str) -> Image.Image:
    with path.open("rb") as file, Image.open(file, formats=image_formats()) as image:
        _set_raw_mode(image, raw)
        ImageOps.exif_transpose(image, in_place=True)
        image.load()
    return image


def _draft_size(image: Image.Image, size: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """Returns the smallest width and height to decode at, in the stored orientation."""
    sideways = _is_sideways(image)
    width, height = image.size[::-1] if sideways else image.size
    if fit != "stretch":
        scales = (size[0] / height, size[1] / width)
        scale = max(scales) if fit == "crop" else min(scales)
        size = math.ceil(height * scale), math.ceil(width * scale)
    return size if sideways else (size[1], size[0])


def resized(image: Image.Image, size: tuple[int, int], fit: Fit, black: float) -> Image.Image:
    """Resizes an image of mode "L", "RGB" or "F", as `read_levels` does."""
    height, width = size
    box = (0.0, 0.0, float(image.width), float(image.height))
    inner = (width, height)
    if fit == "crop":
        scale = max(height / image.height, width / image.width)
        across, down = width / scale, height / scale
        left, top = (image.width - across) / 2, (image.height - down) / 2
        box = (max(left, 0.0), max(top, 0.0), left + across, top + down)
        box = (*box[:2], min(box[2], image.width), min(box[3], image.height))
    elif fit == "pad":
        scale = min(height / image.height, width / image.width)
        inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if image.size != inner or box != (0, 0, *image.size):
        smaller = inner[0] < box[2] - box[0] or inner[1] < box[3] - box[1]
        filtering = Image.Resampling.HAMMING if smaller else Image.Resampling.BICUBIC
        image = image.resize(inner, filtering, box=box, reducing_gap=1)
    if inner == (width, height):
        return image
    color: Any = (int(black),) * 3 if image.mode == "RGB" else black
    padded = Image.new(image.mode, (width, height), int(black) if image.mode == "L" else color)
    padded.paste(image, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return padded


def _on_paper(image: Image.Image) -> Image.Image:
    """Converts any 8-bit mode to "L" or "RGB", composited over white."""
    # Pillow omits the palette of some icons, and then can't tell whether they are transparent.
    without_palette = image.mode == "P" and image.palette is None
    if not without_palette and image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    # Pillow resizes the modes "1" and "P" without a filter.
    return image.convert("L" if image.mode == "1" else "RGB")


def _unreadable(path: Path, error: BaseException) -> UnreadableImageError:
    fix = "write the file again, or remove it; images_from_directory skips it with on_error='skip'"
    kind = _tiff_kind(path) if isinstance(error, UnidentifiedImageError) else ""
    if isinstance(error, Image.DecompressionBombError):
        reason = f"a possible decompression bomb ({error})"
        fix = "remove the file, or raise PIL.Image.MAX_IMAGE_PIXELS if you trust it"
    elif path.is_file() and path.stat().st_size == 0:
        reason = "an empty file"
    elif kind:
        reason = f"a TIFF file of {kind}, which Pillow cannot read"
        fix = "write it as 16-bit integers, or as 32-bit floats of one channel"
    else:
        reason = f"which Pillow cannot read ({str(error) or type(error).__name__})"
    return UnreadableImageError(f"{printable(str(path))!r}, {reason}", fix, path)


def _too_deep(path: Path, error: TooDeepError) -> UnreadableImageError:
    fix = "write it as a 16-bit PNG file, or as a TIFF file with interleaved channels"
    return UnreadableImageError(
        f"{printable(str(path))!r}, {error}, whose levels Pillow would lose",
        f"pip install imagecodecs, or {fix}" if error.codec else fix,
        path,
    )


def _tiff_kind(path: Path) -> str:
    """Describes the data type of a TIFF file; "" for other and damaged files."""
    try:
        with path.open("rb") as file:
            header = file.read(8)
            if header[:4] not in (b"II*\0", b"MM\0*"):
                return ""
            tags = TiffImagePlugin.ImageFileDirectory_v2(header)
            file.seek(tags.next)
            tags.load(file)
            channels, bits = int(tags.get(_TAG_CHANNELS, 1)), _bits(tags)
            formats = tags.get(_TAG_FORMAT, (1,))
    except IMAGE_FAULTS:
        return ""
    floats = (formats[0] if isinstance(formats, tuple) else formats) == _FLOATS
    several = "1 channel" if channels == 1 else f"{channels} channels"
    return f"{several} of {bits}-bit {'floats' if floats else 'integers'}"
