"""Reads label files that hold the class of each pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._read_image import Decoded, decode, halved

# Lossy formats: JPEG mixes the values of neighboring pixels.
LOSSY = {"JPEG", "MPO", "WEBP", "AVIF"}
_SHOWN = 6  # values in an error
IGNORED = -1


def read_classes(
    argument: str, path: Path, num_classes: int, ignored: int | None, half: int | None = None
) -> NDArray[np.int32]:
    """Reads the class of each pixel.

    Classes are the indices of palette images and the unscaled values of gray images, including
    those of 1, 2 and 4 bits. Transparent pixels are class 0.

    Args:
        argument: The name of the caller's argument, for errors.
        path: The file.
        num_classes: The number of classes.
        ignored: The value of pixels without a class, or None.
        half: 0 to read only the left half of the file, 1 for the right half.

    Returns:
        `(height, width)`: 0 to `num_classes` - 1, or -1 for pixels without a class.

    Raises:
        UnreadableImageError: If the file cannot be decoded.
        ValueError: If the file is lossy, or holds colors or other values.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "classes.png")
        >>> Image.fromarray(np.uint8([[0, 3, 255]])).save(path)
        >>> read_classes("labels", path, 4, 255).tolist()
        [[0, 3, -1]]
    """
    found = decode(path, None, None, "stretch")
    found = found if half is None else halved(found, half)
    if found.image.format in LOSSY:
        raise _no_classes(argument, path, f"a {found.image.format} file", num_classes)
    stored = _stored(found)
    if stored is None:
        raise _no_classes(argument, path, "which is a color image", num_classes)
    valid = (stored >= 0) & (stored < num_classes) & (stored == np.floor(stored))
    skipped = stored == ignored if ignored is not None else np.zeros(stored.shape, np.bool_)
    if not (valid | skipped).all():
        values = np.unique(stored)
        named = ", ".join(f"{value:g}" for value in values[:_SHOWN])
        named += f", ... {values[-1]:g}" if len(values) > _SHOWN else ""
        raise _no_classes(argument, path, f"with the values {named}", num_classes)
    return np.where(skipped, IGNORED, stored).astype(np.int32)


def resized_classes(
    classes: NDArray[np.int32], size: tuple[int, int], num_classes: int
) -> tuple[NDArray[np.int32], int | None]:
    """Resizes classes: each new pixel gets the class that covers most of its area.

    Returns:
        The new classes; and the first class above 0 that loses more than a fifth of its area, or
        None.

    Example:
        >>> few = np.array([[0, 0, 0, 1], [0, 0, 2, 2]], np.int32)
        >>> resized_classes(few, (1, 2), 3)
        (array([[0, 2]], dtype=int32), 1)
    """
    if size == classes.shape:
        return classes, None
    shares = [
        np.asarray(
            Image.fromarray((classes == number).astype(np.float32)).resize(
                size[::-1], Image.Resampling.BOX
            )
        )
        for number in (*range(num_classes), IGNORED)
    ]
    new = np.argmax(shares, axis=0).astype(np.int32)
    new[new == num_classes] = IGNORED
    for number in range(1, num_classes):
        if (new == number).mean() < 0.8 * (classes == number).mean():
            return new, number
    return new, None


def _stored(found: Decoded) -> NDArray[Any] | None:
    """Returns the stored values of a file; None if they are colors."""
    image = found.image
    if image.mode == "P":
        return np.asarray(image).astype(np.float32)
    if found.levels is not None:
        if (found.levels != found.levels[..., :1]).any():
            return None
        opacity: Any = 1 if found.alpha is None else found.alpha[..., 0]
        return np.where(opacity > 0, found.levels[..., 0], 0)
    if image.mode == "1":
        bits = np.asarray(image).astype(np.int32)
        return 1 - bits if found.raw.endswith(("I", "IR")) else bits
    if image.mode in ("L", "LA", "La"):
        pixels = np.asarray(image.convert("LA")).astype(np.int32)
        values = np.where(pixels[..., 1] > 0, pixels[..., 0], 0)
        values = 255 - values if found.raw.endswith(("I", "IR")) else values
        # Pillow scales 2 and 4 bits to 8.
        step = {"L;2": 85, "L;4": 17}.get(found.raw[:3], 1)
        return values // step
    pixels = np.asarray(image.convert("RGBA")).astype(np.int32)
    if (pixels[..., :3] != pixels[..., :1]).any():
        return None
    return np.where(pixels[..., 3] > 0, pixels[..., 0], 0)


def _no_classes(argument: str, path: Path, received: str, num_classes: int) -> ValueError:
    return invalid(
        argument,
        received=f"{str(path)!r}, {received}",
        expected=f"a lossless image whose values are the classes 0 to {num_classes - 1}",
        fix="write the class of each pixel to a PNG file, raise `num_classes`, or pass "
        "ignore_label=255 if 255 marks pixels without a class",
    )
