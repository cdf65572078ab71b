"""Loads the handwritten digits of scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._arguments import integer
from keras_gan_kit.data._image_arguments import value_bounds

_SIZE = 8
_WHITE = 16.0


def digits(
    *, image_size: int = _SIZE, value_range: tuple[float, float] = (-1.0, 1.0)
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Loads 1,797 images of handwritten digits without a download.

    They have 8x8 pixels. Other sizes are interpolated (bicubic), so that networks for 28x28 pixels
    can train on them.

    Args:
        image_size: Height and width in pixels, at least 1.
        value_range: `(low, high)`, the values of black and white.

    Returns:
        Images `(1797, image_size, image_size, 1)` in `value_range`, and labels `(1797,)` from 0
        to 9.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> images, labels = digits(image_size=28)
        >>> images.shape, labels[:3].tolist()
        ((1797, 28, 28, 1), [0, 1, 2])
    """
    # Import scikit-learn late: it takes a second.
    from sklearn.datasets import load_digits

    image_size = integer("image_size", image_size, minimum=1)
    low, high = value_bounds("value_range", value_range)
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels.reshape(-1, _SIZE, _SIZE) / _WHITE).astype(np.float32)
    if image_size != _SIZE:
        images = np.stack([_resized(image, image_size) for image in images])
    scaled = np.float32(low) + images[..., np.newaxis] * np.float32(high - low)
    return scaled, labels.astype(np.int32)


def _resized(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    resized = Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC)
    # Bicubic interpolation overshoots at sharp edges.
    clipped: NDArray[np.float32] = np.clip(np.asarray(resized), 0.0, 1.0)
    return clipped
