"""Converts floats to uint8 pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.data._image_arguments import value_bounds


def to_uint8(
    images: ArrayLike, *, value_range: tuple[float, float] = (-1.0, 1.0)
) -> NDArray[np.uint8]:
    """Converts float images to uint8 pixels.

    Values are rounded to the nearest of the 256 levels. Values outside the range become 0 or 255.

    Args:
        images: Floating images of any shape and framework.
        value_range: `(low, high)`, the values that become 0 and 255.

    Returns:
        uint8 images of the same shape.

    Raises:
        TypeError: If the images are not floating, or the range is not a pair of numbers.
        ValueError: If the images contain NaN, or the range is not finite or not increasing.

    Example:
        >>> to_uint8(np.array([-1.0, 0.2, 1.0, 7.0])).tolist()
        [0, 153, 255, 255]
    """
    low, high = value_bounds("value_range", value_range)
    values = array_to_numpy("images", images)
    if values.dtype != np.float32:
        raise wrong_type(
            "images",
            received=f"an array of dtype {values.dtype}",
            expected=f"floating images in [{low}, {high}]",
            fix="if the array already holds pixels, use it without conversion",
        )
    # Clipping first keeps infinities out of the arithmetic; NaN passes through to the check.
    levels: NDArray[np.float32] = np.clip(values, low, high)
    if np.isnan(levels).any():
        raise invalid(
            "images",
            received=f"{int(np.isnan(levels).sum())} NaN values",
            expected="numbers",
            fix="check whether the training diverged",
        )
    levels -= np.float32(low)
    levels *= np.float32(255.0 / (high - low))
    np.rint(levels, out=levels)
    return levels.astype(np.uint8)
