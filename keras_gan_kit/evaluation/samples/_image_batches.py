"""Splits arrays and streams of images into batches of equal size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.evaluation.samples._image_arrays import image_array
from keras_gan_kit.models._check_data import is_arrays


def image_among(sample: Any) -> Any:
    """Returns the images in a batch: the part "image" of joint samples, or x of (x, y)."""
    if isinstance(sample, tuple):
        sample = sample[0]
    return sample["image"] if isinstance(sample, Mapping) and "image" in sample else sample


def image_batches(argument: str, images: Any, batch_size: int) -> Iterator[NDArray[np.float32]]:
    """Yields float32 images in [-1, 1] in batches of `batch_size`, the last one smaller.

    Args:
        argument: The argument's name, without backticks.
        images: An array (n, height, width, channels), float in [-1, 1] or uint8; or an iterable of
            batches of such images, alone, as "image" in a dict, or paired with labels.
        batch_size: At least 1.

    Raises:
        TypeError: If it is not an array or iterable of images.
        ValueError: If shapes or values are invalid, or there is no image.
    """
    waiting: list[NDArray[Any]] = []
    shape = None
    for batch in _given(argument, images, batch_size):
        checked = image_array(argument, batch)
        if shape not in (None, checked.shape[1:]):
            raise invalid(
                argument,
                received=f"images of shapes {shape} and {checked.shape[1:]}",
                expected="images of the same shape",
                fix="resize them, for example with data.images_from_directory",
            )
        shape = checked.shape[1:]
        waiting.append(checked)
        while sum(map(len, waiting)) >= batch_size:
            together = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
            yield together[:batch_size]
            waiting = [together[batch_size:]]
    if shape is None:
        raise invalid(
            argument,
            received="no image",
            expected="at least one image",
            fix="check the path, or how the images were filtered",
        )
    rest = np.concatenate(waiting)
    if len(rest):
        yield rest


def _given(argument: str, images: Any, batch_size: int) -> Iterator[Any]:
    images = image_among(images)
    if isinstance(images, keras.utils.PyDataset):
        # Python's sequence protocol would iterate over it without end.
        yield from (image_among(images[i]) for i in range(images.num_batches or 0))
    elif is_arrays(images) and not isinstance(images, list | Mapping):
        # In batches, because a memory map may exceed the memory.
        yield from (images[i : i + batch_size] for i in range(0, len(images), batch_size))
    elif isinstance(images, str | bytes | Mapping) or not hasattr(images, "__iter__"):
        raise wrong_type(
            argument,
            received=f"{images!r:.80} of type {type(images).__name__}",
            expected="an array of images, or an iterable of batches of images",
            fix="load the images first, for example with data.images_from_directory",
        )
    else:
        yield from map(image_among, images)
