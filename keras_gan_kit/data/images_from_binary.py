"""Images from headerless bytes, IDX files and npy files."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._binary_file import BinaryFile, read_binary_file
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.data.from_uint8 import from_uint8
from keras_gan_kit.data.to_uint8 import to_uint8

# More channels than this on the last axis of a 4-D array is not an image but Moving MNIST's width.
_MAX_CHANNELS = 4


def images_from_binary(
    path: str | PathLike[str],
    image_shape: Sequence[int] | None = None,
    *,
    value_range: tuple[float, float] | None = (-1.0, 1.0),
) -> NDArray[Any]:
    """Reads all images of one binary file.

    The format is told from the content, and each may be under gzip:

    - headerless bytes, row after row, channels last: `image_shape` is needed;
    - IDX, the format of MNIST, with unsigned bytes: `(n, h, w)` or `(n, h, w, c)`;
    - npy, uint8 or floating in [0, 1]: `(n, h, w)`, `(n, h, w, c)`, or Moving MNIST's
      `(frames, sequences, h, w)`, whose frames become images, sequence after sequence. A 4-D
      array has this last layout when its last axis is longer than 4, unless `image_shape`
      says otherwise.

    Args:
        path: The file.
        image_shape: `(height, width, channels)` in pixels; a file that states its own is checked
            against it.
        value_range: `(low, high)`, the values of black and white, or `None` for uint8 pixels.

    Returns:
        Images `(n, height, width, channels)`: float32 in `value_range`, or uint8.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If an argument or the file's type is not one of the above.
        ValueError: If the file is damaged, or does not hold whole images of that shape.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = pathlib.Path(directory, "imagesTrain.bin")
        ...     _ = path.write_bytes(bytes([0, 255, 255, 0, 0, 0, 255, 255]))
        ...     images = images_from_binary(path, (2, 2, 1))
        >>> images.shape, images[0, :, :, 0].tolist()
        ((2, 2, 2, 1), [[-1.0, 1.0], [1.0, -1.0]])
    """
    shape = None if image_shape is None else _checked_shape(image_shape)
    if value_range is not None:
        value_range = value_bounds("value_range", value_range)
    file = read_binary_file(path)
    images = _split(path, file, shape) if file.kind == "raw" else _arrange(path, file, shape)
    return _scaled(path, images, value_range)


def _checked_shape(image_shape: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(image_shape, Sequence) or len(image_shape) != 3:
        raise invalid(
            "image_shape",
            received=repr(image_shape),
            expected="three integers (height, width, channels)",
            fix="pass for example image_shape=(28, 28, 1)",
        )
    return tuple(integer("image_shape", size, minimum=1) for size in image_shape)


def _split(
    path: str | PathLike[str], file: BinaryFile, shape: tuple[int, ...] | None
) -> NDArray[Any]:
    """Cuts headerless bytes into images."""
    size = file.array.size
    if shape is None:
        raise invalid(
            "image_shape",
            received=f"None for {str(path)!r}, a headerless file of {size} bytes",
            expected="three integers (height, width, channels)",
            fix="pass the shape of one image",
        )
    if size % int(np.prod(shape)):
        raise invalid(
            "image_shape",
            received=f"{shape} for {str(path)!r}, a headerless file of {size} bytes",
            expected="a shape whose product divides the file's size",
            fix="check the shape, and that the file is complete",
        )
    return file.array.reshape(-1, *shape)


def _arrange(
    path: str | PathLike[str], file: BinaryFile, shape: tuple[int, ...] | None
) -> NDArray[Any]:
    """Brings an array with a shape of its own to (n, h, w, c)."""
    images = file.array
    if images.ndim == 3:
        images = images[..., np.newaxis]
    elif images.ndim == 4 and file.kind == "npy" and _is_of_sequences(images, shape):
        frames = images.swapaxes(0, 1)
        images = frames.reshape(-1, *frames.shape[2:], 1)
    if images.ndim != 4 or (shape is not None and images.shape[1:] != shape):
        found = f"{str(path)!r}, an array of shape {file.array.shape}"
        raise invalid(
            "path" if shape is None else "image_shape",
            received=found if shape is None else f"{shape} for {found}",
            expected="(n, height, width) or (n, height, width, channels)",
            fix="check that this is the file of the images, and the shape",
        )
    return images


def _is_of_sequences(images: NDArray[Any], shape: tuple[int, ...] | None) -> bool:
    if shape is None:
        return bool(images.shape[3] > _MAX_CHANNELS)
    return images.shape[1:] != shape and (*images.shape[2:], 1) == shape


def _scaled(
    path: str | PathLike[str], images: NDArray[Any], value_range: tuple[float, float] | None
) -> NDArray[Any]:
    if images.dtype == np.uint8:
        if value_range is not None:
            return from_uint8(images, value_range=value_range)
        return images if images.flags.writeable else images.copy()
    if images.dtype.kind != "f":
        raise wrong_type(
            "path",
            received=f"{str(path)!r}, an array of dtype {images.dtype}",
            expected="uint8 pixels, or floating images in [0, 1]",
            fix="load it with numpy, scale it and pass the array on",
        )
    images = images.astype(np.float32, copy=False)
    lowest, highest = float(images.min()), float(images.max())
    # A guess at another range would be silently wrong for dark or faint images, so none is made.
    if not (lowest >= 0.0 and highest <= 1.0):
        raise invalid(
            "path",
            received=f"{str(path)!r}, floating images from {lowest} to {highest}",
            expected="floating images in [0, 1]",
            fix="load it with numpy, scale it and pass the array on",
        )
    if value_range is None:
        return to_uint8(images, value_range=(0.0, 1.0))
    return images * np.float32(value_range[1] - value_range[0]) + np.float32(value_range[0])
