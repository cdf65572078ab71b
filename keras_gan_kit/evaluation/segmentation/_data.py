"""Validates masks and predictions, of equal or different sizes."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_image import read_levels, stored_size
from keras_gan_kit.data._read_images import write_levels
from keras_gan_kit.data._read_mask import read_mask


class Segmentation(NamedTuple):
    """True and predicted masks, and the fields of view in which they are compared.

    Args:
        labels: bool `(n, height, width)`.
        predictions: float32 of that shape, in [0, 1].
        masks: bool of that shape.
    """

    labels: NDArray[np.bool_]
    predictions: NDArray[np.float32]
    masks: NDArray[np.bool_]

    @classmethod
    def of(cls, labels: Any, predictions: Any, masks: Any, prefix: str = "") -> Segmentation:
        """Validates arrays, lists of arrays of different sizes, or folders.

        Raises:
            FileNotFoundError: If a folder does not exist.
            TypeError: If a value is not an array of numbers.
            ValueError: If sizes differ, labels have more than two values, predictions are outside
                [0, 1], or an image has no field of view.
        """
        true = _two_values(f"{prefix}labels", labels)
        sizes = [label.shape for label in true]
        found = _predictions(f"{prefix}predictions", predictions, sizes)
        view = [np.ones(size, np.bool_) for size in sizes]
        if masks is not None:
            view = _two_values(f"{prefix}masks", masks)
            _check_sizes(f"{prefix}masks", view, sizes)
        empty = [i for i, mask in enumerate(view) if not mask.any()]
        if empty:
            raise invalid(
                f"{prefix}masks",
                received=f"no pixel in the field of view of image {empty[0]}",
                expected="a field of view in each image",
                fix="leave `masks` out to count all pixels",
            )
        # Images of different sizes are padded, with the padding outside the field of view.
        return cls(stacked(true), stacked(found), stacked(view))

    def pixels(self) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Returns the labels and predictions of all pixels in the field of view, flattened."""
        return self.labels[self.masks], self.predictions[self.masks]

    def image(self, i: int) -> Segmentation:
        """Returns a single image."""
        row = slice(i, i + 1)
        return Segmentation(self.labels[row], self.predictions[row], self.masks[row])


def stacked(images: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Stacks images of any sizes, padded with zeros at the bottom and right.

    Example:
        >>> stacked([np.ones((1, 2)), np.ones((2, 1))]).tolist()
        [[[1.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]]]
    """
    height, width = (max(image.shape[axis] for image in images) for axis in (0, 1))
    shape = (len(images), height, width, *images[0].shape[2:])
    out = np.zeros(shape, images[0].dtype)
    for to, image in zip(out, images, strict=True):
        to[: image.shape[0], : image.shape[1]] = image
    return out


def _images(argument: str, values: Any) -> list[NDArray[Any]]:
    """Returns each image as an array (height, width)."""
    if isinstance(values, list | tuple) and len({np.shape(value) for value in values}) > 1:
        arrays = [_array(argument, np.asarray(value)[None])[0] for value in values]
        kinds = {array.dtype for array in arrays}
        return [array.astype(np.result_type(*kinds)) for array in arrays]
    return list(_array(argument, values))


def _array(argument: str, values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype == object or array.dtype.kind not in "biuf":
        raise wrong_type(
            argument,
            received=f"values of dtype {array.dtype}",
            expected="an array of numbers (n, height, width) or (n, height, width, 1), or a list "
            "of images of different sizes",
            fix="convert them with numpy.asarray",
        )
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 3 or not array.size:
        raise invalid(
            argument,
            received=f"an array of shape {np.shape(values)}",
            expected="one or more images: (n, height, width) or (n, height, width, 1)",
            fix="move the channel axis to the end with numpy.moveaxis(values, 1, -1)"
            if array.ndim == 4 and array.shape[1] == 1
            else "add the first axis of a single image with `[None]`",
        )
    return array


def _two_values(argument: str, values: Any) -> list[NDArray[np.bool_]]:
    if isinstance(values, str | PathLike):
        return [read_mask(argument, path) for path in image_files(Path(values), argument)]
    images = _images(argument, values)
    levels = np.unique(np.concatenate([np.unique(image) for image in images]))
    if len(levels) > 2 or not np.isin(levels, (0, 1, 255)).all():
        raise invalid(
            argument,
            received=f"{len(levels)} values from {levels[0]} to {levels[-1]}",
            expected="0 and 1, or 0 and 255",
            fix="threshold them first",
        )
    # The higher of two values is positive, also for 1 and 255.
    return [np.asarray(image == levels[-1] if len(levels) == 2 else image > 0) for image in images]


def _predictions(
    argument: str, values: Any, sizes: Sequence[tuple[int, ...]]
) -> list[NDArray[np.float32]]:
    if isinstance(values, str | PathLike):
        return _read_predictions(argument, image_files(Path(values), argument), sizes)
    images = _images(argument, values)
    _check_sizes(argument, images, sizes)
    low, high = min(image.min() for image in images), max(image.max() for image in images)
    if images[0].dtype.kind in "iub":
        # 8-bit images; arrays of only 0 and 1 are already predictions.
        white = 255.0 if high > 1 else 1.0
        images, low, high = [image / white for image in images], low / white, high / white
    if not (low >= 0.0 and high <= 1.0):  # NaN is neither
        raise invalid(
            argument,
            received=f"values from {low:.4g} to {high:.4g}",
            expected="probabilities in [0, 1], or 8-bit pixels",
            fix="apply a sigmoid to logits, and check for NaN",
        )
    return [image.astype(np.float32) for image in images]


def _read_predictions(
    argument: str, files: Sequence[Path], sizes: Sequence[tuple[int, ...]]
) -> list[NDArray[np.float32]]:
    if len(files) != len(sizes):
        raise invalid(
            argument,
            received=f"{len(files)} files in {str(files[0].parent)!r}",
            expected=f"{len(sizes)} files, one per label",
            fix="pass a folder that contains only the predictions for these labels",
        )
    found = []
    for path, size in zip(files, sizes, strict=True):
        own = stored_size(path)
        if own != size:
            raise invalid(
                argument,
                received=f"{str(path)!r}, of {own} pixels",
                expected=f"the size of its label, {size}",
                fix="save predictions in the original size, without padding, for example with "
                "ImagePairs.unpad",
            )
        unit = np.empty((*own, 1), np.float32)
        write_levels(read_levels(path, own, "L"), (0.0, 1.0), unit)
        found.append(unit[..., 0])
    return found


def _check_sizes(
    argument: str, images: Sequence[NDArray[Any]], sizes: Sequence[tuple[int, ...]]
) -> None:
    own = [image.shape for image in images]
    if own == list(sizes):
        return
    one = len({*own}) == 1 and len({*sizes}) == 1
    i = next((i for i, (a, b) in enumerate(zip(own, sizes, strict=False)) if a != b), 0)
    raise invalid(
        argument,
        received=f"images of shape {(len(own), *own[0])}"
        if one
        else f"{len(own)} images, where image {i} has {own[i]} pixels",
        expected=f"the shape of `labels`, {(len(sizes), *sizes[0])}"
        if one
        else f"{len(sizes)} images of the same sizes as `labels`, where image {i} has {sizes[i]} "
        "pixels",
        fix="undo padding and resizing first, for example with ImagePairs.unpad",
    )
