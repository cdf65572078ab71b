"""Reads files whose levels Pillow would cut to 8 bits or misread."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

_TAG_BITS, _TAG_PHOTOMETRIC, _TAG_CHANNELS = 258, 262, 277
_TAG_PLANAR, _TAG_COLORS, _TAG_EXTRA, _TAG_FORMAT = 284, 320, 338, 339
_WHITE_IS_ZERO, _SEPARATE, _SIGNED, _PREMULTIPLIED = 0, 2, 2, 1
_SGI_HEADER = 512  # bytes
_FITS_TYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_CODESTREAM = b"\xff\x4f\xff\x51"  # the marker at the start of a JPEG 2000 codestream


class Uncut(NamedTuple):
    """The levels of a file, rotated upright.

    Args:
        levels: `(height, width, channels)`. With 2 or 4 channels, the last one is opacity.
        white: The level of white and of full opacity.
        inverted: Whether 0 is white.
        is_premultiplied: Whether colors are premultiplied by the opacity.
    """

    levels: NDArray[Any]
    white: float
    inverted: bool = False
    is_premultiplied: bool = False


class TooDeepError(Exception):
    """Raised for files that neither Pillow nor this module can read.

    Args:
        kind: A description of the file.
        codec: Whether imagecodecs can read it.
    """

    def __init__(self, kind: str, codec: bool) -> None:
        super().__init__(kind)
        self.codec = codec


def uncut_levels(image: Image.Image, path: Path) -> Uncut | None:
    """Reads a file whose levels Pillow would cut to 8 bits or misread.

    Args:
        image: The file opened by Pillow, before its pixels are read.
        path: The file.

    Returns:
        The levels; None if Pillow reads the file correctly.

    Raises:
        TooDeepError: If the file needs another library.
        Exception: Whatever Pillow or imagecodecs raises for a damaged file.
    """
    read = _READERS.get(image.format or "")
    found = None if read is None else read(image, path)
    if found is None:
        return None
    levels = found.levels if found.levels.ndim == 3 else found.levels[..., None]
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    upright = _UPRIGHT.get(orientation, lambda pixels: pixels)(levels)
    return found._replace(levels=upright.astype(np.float32))


def deep_palette(image: Image.Image) -> NDArray[np.float32] | None:
    """Returns the 16-bit colors `(n, 3)` of a palette; None if they have 8 bits."""
    if image.mode != "P" or _TAG_COLORS not in getattr(image, "tag_v2", {}):
        return None
    colors = np.array(_tags(image)[_TAG_COLORS]).reshape(3, -1).T
    if not (colors % 256).any() or not (colors % 257).any():
        return None
    return colors.astype(np.float32)


def _netpbm(image: Any, path: Path) -> Uncut | None:
    decoder, _, offset, args = image.tile[0]
    white = args[1] if decoder in ("ppm", "ppm_plain") and isinstance(args, tuple) else 255
    if white <= 255:
        return None
    content = path.read_bytes()[offset:]
    shape = (image.height, image.width, len(image.getbands()))
    if decoder == "ppm":
        values = np.frombuffer(content, ">u2", int(np.prod(shape)))
    else:
        numbers = re.sub(rb"#[^\r\n]*", b"", content).split()
        values = np.array([int(number) for number in numbers[: int(np.prod(shape))]], "u2")
    return Uncut(values.reshape(shape), float(white))


def _sgi(image: Any, path: Path) -> Uncut | None:
    decoder, _, _, args = image.tile[0]
    if decoder == "sgi_rle" and args[2] == 2:
        raise TooDeepError("a compressed SGI file of 16 bits", codec=False)
    if decoder != "SGI16":
        return None
    shape = (len(image.getbands()), image.height, image.width)
    content = path.read_bytes()[_SGI_HEADER:]
    values = np.frombuffer(content, ">u2", int(np.prod(shape))).reshape(shape)
    return Uncut(np.moveaxis(values[:, ::-1], 0, -1), 65535.0)


def _jpeg2000(image: Any, path: Path) -> Uncut | None:
    content = path.read_bytes()
    start = content.find(_CODESTREAM)
    channels = int.from_bytes(content[start + 40 : start + 42], "big")
    depths = content[start + 42 : start + 42 + 3 * channels : 3]
    bits = max((depth & 127) + 1 for depth in depths)
    signed = any(depth & 128 for depth in depths)
    if not signed and (bits <= 8 or (image.mode == "I;16" and bits == 16)):
        return None
    white = 2.0**bits - 1
    if not signed and image.mode == "I;16":  # Pillow scales them to 16 bits
        return Uncut(np.asarray(image) >> (16 - bits), white)
    kind = f"a JPEG 2000 file of {channels} channels of {bits} bits"
    return Uncut(_codecs(kind).jpeg2k_decode(content), white)


def _avif(image: Any, path: Path) -> Uncut | None:
    content = path.read_bytes()
    flags = content[content.find(b"av1C") + 6]  # of the sequence header
    bits = 8 if not flags & 64 else 12 if flags & 32 else 10
    if bits == 8:
        return None
    return Uncut(_codecs(f"an AVIF file of {bits} bits").avif_decode(content, 0), 2.0**bits - 1)


def _dds(image: Any, path: Path) -> Uncut | None:
    if str(getattr(image, "pixel_format", "")).startswith("BC6H"):
        raise TooDeepError("a DDS file of floats (BC6H)", codec=False)
    return None


def _fits(image: Any, path: Path) -> Uncut | None:
    # Pillow ignores the scale of the levels, and takes signed integers for unsigned ones.
    decoder, _, offset, _ = image.tile[0]
    content = path.read_bytes()
    starts = (content.rfind(mark, 0, offset) for mark in (b"SIMPLE  =", b"XTENSION"))
    header = content[max(starts) : offset]  # of the last part, which is the image
    cards = dict(re.findall(rb"(BITPIX|BSCALE|BZERO) *= *([^ /]+)", header))
    bits, scale, zero = (
        float(cards.get(key, default).replace(b"D", b"E"))
        for key, default in ((b"BITPIX", b"8"), (b"BSCALE", b"1"), (b"BZERO", b"0"))
    )
    if (bits, scale, zero) == (8, 1, 0) or (decoder != "raw" and (scale, zero) == (1, 0)):
        return None
    if decoder != "raw":
        raise TooDeepError("a compressed FITS file whose levels have a scale", codec=False)
    shape = image.height, image.width
    values = np.frombuffer(content, _FITS_TYPES[int(bits)], shape[0] * shape[1], offset)
    levels = values.reshape(shape)[::-1] * scale + zero
    return Uncut(levels, 1.0 if bits < 0 else 255.0 if bits == 8 else 65535.0)


def _tiff(image: Any, path: Path) -> Uncut | None:
    tags = _tags(image)
    bits = int(np.max(tags.get(_TAG_BITS, 1)))
    channels, kind = tags.get(_TAG_CHANNELS, 1), int(np.max(tags.get(_TAG_FORMAT, 1)))
    separate = tags.get(_TAG_PLANAR, 1) == _SEPARATE and channels > 1 and bits > 8
    signed_bytes = kind == _SIGNED and bits == 8
    native = {"little": b"II", "big": b"MM"}[sys.byteorder]
    # libtiff returns bytes in the machine's order, but Pillow assumes the file's.
    swapped = (
        image.mode in ("I", "F") and image.tile[0][0] == "libtiff" and tags.prefix[:2] != native
    )
    # Pillow keeps these as signed integers.
    large = image.mode == "I" and bits == 32 and kind != _SIGNED
    if not (separate or signed_bytes or swapped or large):
        return None
    shape = f"{channels} channels" if channels > 1 else "1 channel"
    name = f"a TIFF file of {shape} of {bits} bits" + ", in planes" * separate
    levels = _codecs(name).tiff_decode(path.read_bytes(), 0)
    levels = np.moveaxis(levels, 0, -1) if separate else levels
    extra = tags.get(_TAG_EXTRA, ())
    if extra and extra[0] == 0:  # not opacity
        levels = levels[..., : -len(extra)]
    return Uncut(
        levels,
        1.0 if image.mode == "F" else 2.0 ** min(bits, 16) - 1,
        tags.get(_TAG_PHOTOMETRIC) == _WHITE_IS_ZERO,
        bool(extra) and extra[0] == _PREMULTIPLIED,
    )


_READERS = {
    "PPM": _netpbm,
    "SGI": _sgi,
    "JPEG2000": _jpeg2000,
    "AVIF": _avif,
    "DDS": _dds,
    "FITS": _fits,
    "TIFF": _tiff,
}
_UPRIGHT: dict[int, Any] = {  # by Exif's orientation
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}


def _tags(image: Any) -> Any:
    return image.tag_v2


def _codecs(kind: str) -> Any:
    try:
        import imagecodecs
    except ImportError as error:
        raise TooDeepError(kind, codec=True) from error
    return imagecodecs
