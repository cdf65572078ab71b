"""Validates and downscales image arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data import from_uint8
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._check_data import SLACK


def image_array(argument: str, given: Any) -> NDArray[np.float32]:
    """Validates images, and converts them to float32 in [-1, 1].

    Args:
        argument: The argument's name, without backticks.
        given: Images (n, height, width, channels): floats in [-1, 1], or uint8.

    Raises:
        TypeError: If it is not an array of floats or uint8.
        ValueError: If the shape is wrong, or pixels are out of range or not finite.
    """
    array = array_to_numpy(argument, given)
    if array.ndim != 4 or 0 in array.shape[1:]:
        raise invalid(
            argument,
            received=f"an array of shape {array.shape}",
            expected="images of shape (n, height, width, channels)",
            fix="add the missing axis, for example images[..., None] for gray images",
        )
    if array.dtype == np.uint8:
        return from_uint8(array)
    if array.dtype != np.float32:
        raise wrong_type(
            argument,
            received=f"images of dtype {array.dtype}",
            expected="floats in [-1, 1], or uint8",
            fix="scale them to [-1, 1]",
        )
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not (low >= -1.0 - SLACK and high <= 1.0 + SLACK):  # False for NaN
        raise invalid(
            argument,
            received=f"pixels from {low:.4g} to {high:.4g}",
            expected="finite numbers in [-1, 1], or uint8 pixels",
            fix="scale them, for example with images / 127.5 - 1, and drop images with NaN",
        )
    return array


def reduced_size(height: int, width: int, longest: int) -> tuple[int, int]:
    """Returns the size of an image after its longer side is reduced to `longest` pixels."""
    scale = min(1.0, longest / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def reduced(images: NDArray[Any], longest: int) -> NDArray[np.float32]:
    """Downscales images (n, height, width, channels) with antialiasing, and flattens them.

    Returns:
        float32 of shape (n, pixels). Images with sides of at most `longest` keep their size.
    """
    height, width = images.shape[1:3]
    size = reduced_size(height, width, longest)
    if size != (height, width):
        images = np.einsum("hr,brwc->bhwc", resizing(height, size[0]), images, optimize=True)
        images = np.einsum("wr,bhrc->bhwc", resizing(width, size[1]), images, optimize=True)
    return np.asarray(images.reshape(len(images), -1), np.float32)


@lru_cache(maxsize=32)
def resizing(size: int, to: int) -> NDArray[np.float32]:
    """Returns the matrix (to, size) of Pillow's bilinear resizing with antialiasing."""
    units = Image.fromarray(np.eye(size, dtype=np.float32))
    return np.array(units.resize((size, to), Image.Resampling.BILINEAR))
