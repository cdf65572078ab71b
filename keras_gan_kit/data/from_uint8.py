"""Converts uint8 pixels to floats."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._errors import wrong_type
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.data._scale_pixels import scale_pixels


def from_uint8(
    images: ArrayLike, *, value_range: tuple[float, float] = (-1.0, 1.0)
) -> NDArray[np.float32]:
    """Scales uint8 pixels to floats: `low + pixel * (high - low) / 255`.

    `to_uint8` with the same range restores the pixels exactly.

    Args:
        images: uint8 pixels of any shape.
        value_range: `(low, high)`, the values for the pixels 0 and 255.

    Returns:
        float32 images of the same shape, in `value_range`.

    Raises:
        TypeError: If the images are not uint8, or the range is not a pair of numbers.
        ValueError: If the range is not finite or not increasing.

    Example:
        >>> from_uint8(np.array([0, 51, 255], "uint8"), value_range=(0.0, 1.0)).tolist()
        [0.0, 0.20000000298023224, 1.0]
    """
    low, high = value_bounds("value_range", value_range)
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8:
        raise wrong_type(
            "images",
            received=f"an array of dtype {pixels.dtype}",
            expected="uint8 pixels",
            fix="load the images as bytes, or scale other types yourself",
        )
    scaled = np.empty(pixels.shape, np.float32)
    scale_pixels(pixels, low, high, scaled)
    return scaled
