"""Masks and predictions, checked, as flat pixels in the field of view."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_image import read_image


class Segmentation(NamedTuple):
    """True and predicted masks (n, height, width), and where they count.

    Args:
        labels: bool.
        predictions: float32 in [0, 1].
        masks: bool.
    """

    labels: NDArray[np.bool_]
    predictions: NDArray[np.float32]
    masks: NDArray[np.bool_]

    @classmethod
    def of(cls, labels: Any, predictions: Any, masks: Any, prefix: str = "") -> Segmentation:
        """Checks arrays and brings them to one form.

        Raises:
            TypeError: If one is not an array of numbers.
            ValueError: If shapes differ, labels have more than two values, predictions are
                outside [0, 1], or nothing is in view.
        """
        true = _two_values(f"{prefix}labels", labels)
        found = _predictions(f"{prefix}predictions", predictions, true.shape)
        view = np.ones_like(true)
        if masks is not None:
            view = _two_values(f"{prefix}masks", masks)
            _same_shape(f"{prefix}masks", view, true.shape)
        if not view.any((1, 2)).all():
            raise invalid(
                f"{prefix}masks",
                received=f"no pixel in view of image {int(np.argmin(view.any((1, 2))))}",
                expected="a field of view in each image",
                fix="leave `masks` out to count all pixels",
            )
        return cls(true, found, view)

    def pixels(self) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Returns labels and predictions of all pixels in view, flat."""
        return self.labels[self.masks], self.predictions[self.masks]

    def image(self, i: int) -> Segmentation:
        """Returns one image by itself."""
        row = slice(i, i + 1)
        return Segmentation(self.labels[row], self.predictions[row], self.masks[row])


def _array(argument: str, values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype == object or array.dtype.kind not in "biuf":
        raise wrong_type(
            argument,
            received=f"values of type {array.dtype}",
            expected="an array of numbers (n, height, width) or (n, height, width, 1)",
            fix="stack images of one size with numpy.stack",
        )
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 3 or not array.size:
        raise invalid(
            argument,
            received=f"an array of shape {np.shape(values)}",
            expected="one or more images: (n, height, width) or (n, height, width, 1)",
            fix="add the first axis of a single image with `[None]`",
        )
    return array


def _two_values(argument: str, values: Any) -> NDArray[np.bool_]:
    array = _array(argument, values)
    levels = np.unique(array)
    if len(levels) > 2 or not np.isin(levels, (0, 1, 255)).all():
        raise invalid(
            argument,
            received=f"{len(levels)} values from {levels[0]} to {levels[-1]}",
            expected="0 and 1, or 0 and 255",
            fix="threshold them first",
        )
    return np.asarray(array > 0)


def _predictions(argument: str, values: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if isinstance(values, str | PathLike):
        files = image_files(Path(values), argument)
        values = np.stack([read_image(path, shape[1:3], "L")[..., 0] for path in files])  # type: ignore[arg-type]
    array = _array(argument, values)
    _same_shape(argument, array, shape)
    if array.dtype.kind in "iub":
        # 8-bit pictures; masks of 0 and 1 are predictions of their own.
        array = array / (255.0 if array.max() > 1 else 1.0)
    if not (array.min() >= 0.0 and array.max() <= 1.0):  # NaN is neither
        raise invalid(
            argument,
            received=f"values from {array.min():.4g} to {array.max():.4g}",
            expected="probabilities in [0, 1], or 8-bit pixels",
            fix="apply the sigmoid to logits, and look for NaN",
        )
    return array.astype(np.float32)


def _same_shape(argument: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise invalid(
            argument,
            received=f"images of shape {array.shape}",
            expected=f"the shape of `labels`, {shape}",
            fix="undo padding and resizing first: ImagePairs.unpad does",
        )
