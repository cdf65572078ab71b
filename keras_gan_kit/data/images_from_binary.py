"""Reads images from headerless bytes, IDX files and npy files."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._binary_file import BinaryFile, read_binary_file
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.data._scale_pixels import scale_levels
from keras_gan_kit.data.from_uint8 import from_uint8
from keras_gan_kit.data.to_uint8 import to_uint8

_FORMATS = ("channels_last", "channels_first")
_MAX_CHANNELS = 4  # the most channels of an image, unless `data_format` is given
_MAX_BANDS = 32  # the most channels of satellite and microscope images


def images_from_binary(
    path: str | PathLike[str],
    image_shape: Sequence[int] | None = None,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    value_range: tuple[float, float] | None = (-1.0, 1.0),
    source_range: tuple[float, float] | None = None,
) -> NDArray[Any]:
    """Reads all images of one binary file.

    The format is detected from the content. Files may be compressed with gzip:

    - headerless bytes, row after row, which need `image_shape`;
    - IDX, the format of MNIST, with unsigned bytes: `(n, h, w)` or `(n, h, w, c)`;
    - npy, uint8 or floats in [0, 1], or any numbers with `source_range`: `(n, h, w)`,
      `(n, h, w, c)`, or Moving MNIST's `(frames, sequences, h, w)`, whose frames become images,
      sequence after sequence. An array of 4 axes is read in this last layout if its last axis is
      longer than 4, unless you pass `image_shape` or `data_format`. Ambiguous shapes raise an
      error: `(10, 3, 32, 32)` may be 10 images of 3 channels, or 30 of one.

    Args:
        path: The file.
        image_shape: `(height, width, channels)` of the returned images, in pixels. If the file has
            a shape of its own, the two must agree.
        data_format: `"channels_last"` or `"channels_first"` (PyTorch's order), the layout of an
            array of 4 axes or of headerless images. None to infer it as described above.
        value_range: `(low, high)`, the values of black and white, or None for uint8 pixels.
        source_range: `(low, high)`, the values of black and white in the file; None for 0 and 255
            (bytes) or 0 and 1 (floats).

    Returns:
        Images `(n, height, width, channels)`: float32 in `value_range`, or uint8.

    Raises:
        FileNotFoundError: If the file does not exist.
        TypeError: If an argument or the file's type is not one of the above.
        ValueError: If the file is damaged, doesn't hold whole images of that shape, or has an
            ambiguous shape.

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
    if data_format is not None:
        one_of("data_format", data_format, _FORMATS)
    if value_range is not None:
        value_range = value_bounds("value_range", value_range)
    if source_range is not None:
        source_range = value_bounds("source_range", source_range)
    file = read_binary_file(path)
    if file.kind == "raw":
        images = _split(path, file, shape, data_format)
    else:
        images = _arrange(path, file, shape, data_format)
    return _scaled(path, images, value_range, source_range)


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
    path: str | PathLike[str],
    file: BinaryFile,
    shape: tuple[int, ...] | None,
    data_format: str | None,
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
    if data_format == "channels_first":
        return np.moveaxis(file.array.reshape(-1, shape[2], *shape[:2]), 1, -1)
    return file.array.reshape(-1, *shape)


def _arrange(
    path: str | PathLike[str],
    file: BinaryFile,
    shape: tuple[int, ...] | None,
    data_format: str | None,
) -> NDArray[Any]:
    """Arranges an array that has a shape as (n, h, w, c)."""
    images = file.array
    if images.ndim == 3:
        images = images[..., np.newaxis]
    elif images.ndim == 4 and data_format == "channels_first":
        images = np.moveaxis(images, 1, -1)
    elif images.ndim == 4 and data_format is None and file.kind == "npy":
        if shape is None:
            _check_one_reading(path, images.shape)
        if _is_of_sequences(images, shape):
            frames = images.swapaxes(0, 1)
            images = frames.reshape(-1, *frames.shape[2:], 1)
    if images.ndim != 4 or (shape is not None and images.shape[1:] != shape):
        found = f"{str(path)!r}, an array of shape {file.array.shape}"
        fix = "check the shape, and that this is the image file"
        if file.array.ndim == 4 and shape in (None, (*file.array.shape[2:], file.array.shape[1])):
            fix = "pass data_format='channels_first'"
        raise invalid(
            "path" if shape is None else "image_shape",
            received=found if shape is None else f"{shape} for {found}",
            expected="(n, height, width) or (n, height, width, channels)",
            fix=fix,
        )
    return images


def _check_one_reading(path: str | PathLike[str], shape: tuple[int, ...]) -> None:
    """Checks that a shape of 4 axes is not ambiguous.

    Raises:
        ValueError: If the array may hold images with channels or sequences of images without.
    """
    n, second, third, last = shape
    first = second <= _MAX_CHANNELS < last
    bands = _MAX_CHANNELS < last <= _MAX_BANDS and last < min(second, third)
    if not (first or bands):
        return
    if bands and not first:
        with_channels = f"{n} images of {last} channels: pass data_format='channels_last'"
    else:
        with_channels = (
            f"{n} images of {second} channels (PyTorch's order): pass data_format='channels_first'"
        )
    raise invalid(
        "data_format",
        received=f"None, for {str(path)!r} of shape {shape}",
        expected=f"{with_channels}; or {n * second} images of one channel, such as slices of "
        f"volumes or frames of videos: pass image_shape=({third}, {last}, 1)",
        fix="pass the one that describes the file",
    )


def _is_of_sequences(images: NDArray[Any], shape: tuple[int, ...] | None) -> bool:
    if shape is None:
        return bool(images.shape[3] > _MAX_CHANNELS)
    return images.shape[1:] != shape and (*images.shape[2:], 1) == shape


def _scaled(
    path: str | PathLike[str],
    images: NDArray[Any],
    value_range: tuple[float, float] | None,
    source_range: tuple[float, float] | None,
) -> NDArray[Any]:
    if source_range is not None:
        return _in_range(path, images, value_range, source_range)
    if images.dtype == np.uint8:
        if value_range is not None:
            return from_uint8(images, value_range=value_range)
        return images if images.flags.writeable else images.copy()
    if images.dtype.kind != "f":
        raise wrong_type(
            "path",
            received=f"{str(path)!r}, an array of dtype {images.dtype}",
            expected="uint8 pixels, or floating images in [0, 1]",
            fix="pass source_range=(low, high), the numbers that are black and white",
        )
    images = images.astype(np.float32, copy=False)
    lowest, highest = float(images.min()), float(images.max())
    # The range is not guessed, because a wrong guess for dark or faint images would go unnoticed.
    if not (lowest >= 0.0 and highest <= 1.0):
        raise invalid(
            "path",
            received=f"{str(path)!r}, floating images from {lowest} to {highest}",
            expected="floating images in [0, 1]",
            fix="pass source_range=(low, high), the numbers that are black and white",
        )
    if value_range is None:
        return to_uint8(images, value_range=(0.0, 1.0))
    return images * np.float32(value_range[1] - value_range[0]) + np.float32(value_range[0])


def _in_range(
    path: str | PathLike[str],
    images: NDArray[Any],
    value_range: tuple[float, float] | None,
    source_range: tuple[float, float],
) -> NDArray[Any]:
    if images.dtype.kind not in "biuf":
        raise wrong_type(
            "path",
            received=f"{str(path)!r}, an array of dtype {images.dtype}",
            expected="real numbers",
            fix="load it with NumPy, convert it and pass the array",
        )
    out = np.empty(images.shape, np.uint8 if value_range is None else np.float32)
    for image, to in zip(images, out, strict=True):  # one by one, to save memory
        if not np.isfinite(image).all():
            raise invalid(
                "path",
                received=f"{str(path)!r}, images with NaN or infinity",
                expected="finite numbers",
                fix="replace them with numpy.nan_to_num",
            )
        scale_levels(image.astype(np.float32), source_range, value_range or (0.0, 255.0), to)
    return out
