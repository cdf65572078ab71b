"""Encodes images as files in memory, and decodes them."""

from __future__ import annotations

import io
import zlib
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit.data import from_uint8
from keras_gan_kit.generation._parts import Part

_FORMATS = ("PNG", "JPEG")
# Pillow raises these for damaged PNG and JPEG files. Its warnings may be errors, too.
_DAMAGED = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    IndexError,
    OverflowError,
    MemoryError,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)


def encode_image(pixels: NDArray[np.uint8], format: str, quality: int | None) -> bytes:
    """Returns the content of an image file.

    Args:
        pixels: `(height, width, 1 or 3)`.
        format: "png" or "jpeg".
        quality: The quality of a JPEG, 1 to 100.
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    file = io.BytesIO()
    if format == "jpeg":
        image.save(file, "JPEG", quality=quality)
    else:
        # Five times as fast as Pillow's default level, for files that are 5% larger.
        image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def decode_images(part: Part, files: list[bytes], pool: Executor) -> NDArray[np.float32]:
    """Decodes image files.

    Args:
        part: The shape and range of the images.
        files: The contents of the files.
        pool: The threads that decode them.

    Returns:
        float32 of shape (n, height, width, channels).

    Raises:
        ValueError: If a file is not an image, or has another size.
    """
    for file in files[:1]:  # check the size before memory is reserved for all images
        _decode(file, part.shape)
    pixels = np.empty((len(files), *part.shape), np.uint8)

    def read(i: int) -> None:
        pixels[i] = _decode(files[i], part.shape)

    for _ in pool.map(read, range(len(files))):
        pass
    return from_uint8(pixels, value_range=part.value_range)


def _decode(file: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as image:
            if (image.height, image.width) != shape[:2]:
                raise ValueError(f"it has {image.height} x {image.width} pixels")
            found = np.asarray(image.convert("L" if shape[-1] == 1 else "RGB"))
    except _DAMAGED as error:
        raise ValueError(f"An image of shape {shape} cannot be read: {error}.") from error
    return found.reshape(shape)
