"""Holds images with their masks, as `paired_images` reads them."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._files import written_atomically
from keras_gan_kit._shows_arguments import ShowsArguments

LabelMode = Literal["mask", "classes", "grayscale", "rgb"]


@dataclass(frozen=True, eq=False, repr=False)
class ImagePairs(ShowsArguments):
    """Images with their labels and fields of view.

    Unpacks as `images, labels, masks = pairs`. Train an `ImageToImageGAN` with
    `fit(images, labels)`, and evaluate it with `evaluate(images, labels, sample_weight=masks)`.

    Args:
        names: A name for each image.
        images: float32 `(n, height, width, channels)`, standardized or in [-1, 1].
        labels: float32 masks `(n, height, width, 1)` of 0 and 1, one-hot classes
            `(n, height, width, num_classes)`, or target images in [-1, 1]; None for images without
            labels.
        masks: float32 `(n, height, width, 1)`: 1 in the field of view, 0 outside.
        mean: float32 `(n, 1, 1, channels)`: subtracted from pixels in [0, 1].
        deviation: float32 `(n, 1, 1, channels)`: the divisor applied after the subtraction.
        size: Height and width before padding.
        corner: The number of padded rows at the top and padded columns on the left.
        label_mode: The kind of the labels: "mask", "classes", or "grayscale" or "rgb" for target
            images.

    Example:
        >>> one = np.ones((2, 4, 4, 1), "float32")
        >>> stats = one[:, :1, :1]
        >>> pairs = ImagePairs(("a", "b"), one, one, one, stats, stats, size=(3, 2), corner=(0, 1))
        >>> len(pairs), pairs.unpad(pairs.labels).shape
        (2, (2, 3, 2, 1))
    """

    names: tuple[str, ...]
    images: NDArray[np.float32]
    labels: NDArray[np.float32] | None
    masks: NDArray[np.float32]
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    size: tuple[int, int]
    corner: tuple[int, int] = (0, 0)
    label_mode: LabelMode = "mask"

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.images, self.labels, self.masks))

    def __getitem__(self, rows: slice) -> ImagePairs:
        """Returns a slice of the pairs."""
        if not isinstance(rows, slice):
            raise wrong_type(
                "rows",
                received=f"{rows!r} of type {type(rows).__name__}",
                expected="a slice",
                fix="write pairs[3:4] for the fourth pair",
            )
        parts = ("names", "images", "labels", "masks", "mean", "deviation")
        cut = {part: getattr(self, part)[rows] for part in parts if part != "labels"}
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, **cut, labels=labels)

    def unpad(self, images: Any) -> NDArray[Any]:
        """Removes the padding from predictions or other arrays of the padded size.

        Args:
            images: `(n, height, width, ...)`.

        Returns:
            A view of height and width `size`.

        Raises:
            ValueError: If images have another size.
        """
        array = np.asarray(images)
        if array.shape[1:3] != self.images.shape[1:3]:
            raise invalid(
                "images",
                received=f"an array of shape {array.shape}",
                expected=f"images of the padded size, {self.images.shape[1:3]}",
                fix="pass predictions of `pairs.images`",
            )
        (top, left), (height, width) = self.corner, self.size
        return array[:, top : top + height, left : left + width]

    def save_predictions(self, predictions: Any, directory: str | PathLike[str]) -> list[Path]:
        """Writes predictions as PNG files, unpadded and black outside the field of view.

        Predicted masks become gray images, predicted classes palette images whose indices are the
        classes, and other predictions 8-bit gray or RGB images.

        Args:
            predictions: `(n, height, width, channels)` of the padded size or of `size`, with the
                channels and the range of `labels`: [0, 1] for masks and classes, [-1, 1] for other
                images. A single channel axis may be omitted.
            directory: The folder. Each file has the name of its image.

        Returns:
            The paths of the files.

        Raises:
            ValueError: If the number of predictions or their size is wrong, or values are out of
                range.

        Example:
            >>> import tempfile
            >>> one = np.ones((1, 4, 4, 1), "float32")
            >>> stats = one[:, :1, :1]
            >>> pairs = ImagePairs(("a",), one, None, one, stats, stats, size=(4, 4))
            >>> [path.name for path in pairs.save_predictions(one / 2, tempfile.mkdtemp())]
            ['a.png']
        """
        array = self._checked_predictions(predictions)
        masks = self.unpad(self.masks)[..., 0]
        paths = [Path(directory, f"{name}.png") for name in self.names]
        for path, values, view in zip(paths, array, masks, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_atomically(path) as unfinished:
                self._picture(values, view).save(unfinished)
        return paths

    def _checked_predictions(self, predictions: Any) -> NDArray[Any]:
        array = np.asarray(predictions)
        array = array[..., None] if array.ndim == 3 else array
        if array.shape[1:3] == self.images.shape[1:3]:
            array = self.unpad(array)
        low, high = (-1, 1) if self.label_mode in ("grayscale", "rgb") else (0, 1)
        channels = {"mask": 1, "grayscale": 1, "rgb": 3}.get(self.label_mode)
        if channels is None and self.labels is not None:
            channels = self.labels.shape[-1]
        fits = array.shape[:-1] == (len(self), *self.size) and channels in (None, array.shape[-1])
        details = {
            "expected": f"{len(self)} predictions in [{low}, {high}] of {self.size} pixels"
            + ("" if channels in (1, None) else f" and {channels} channels"),
            "fix": "pass what `gan.predict(pairs.images)` returns",
        }
        if not fits:
            received = f"an array of shape {np.shape(predictions)}"
            raise invalid("predictions", received=received, **details)
        if self.label_mode == "classes" and array.shape[-1] > 256:
            raise invalid(
                "predictions",
                received=f"{array.shape[-1]} classes",
                expected="at most 256: a palette image has one byte for each pixel",
                fix="write predictions.argmax(-1) with np.save",
            )
        smallest, largest = float(array.min()), float(array.max())
        if not (smallest >= low and largest <= high):  # NaN is neither
            received = f"values from {smallest:g} to {largest:g}"
            raise invalid("predictions", received=received, **details)
        return array

    def _picture(self, values: NDArray[Any], view: NDArray[np.float32]) -> Image.Image:
        """Converts one prediction to an image, black outside the field of view."""
        if self.label_mode == "classes":
            classes = values.argmax(-1) * (view > 0)
            picture = Image.fromarray(classes.astype(np.uint8), "P")
            picture.putpalette(_palette(values.shape[-1]))
            return picture
        unit = values if self.label_mode == "mask" else (values + 1) / 2
        pixels = np.rint(unit * view[..., None] * 255).astype(np.uint8)
        return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)

    def pixels(self) -> NDArray[np.float32]:
        """Returns the images before standardization, in [0, 1]."""
        pixels: NDArray[np.float32] = np.clip(self.images * self.deviation + self.mean, 0.0, 1.0)
        return pixels


def _palette(num_classes: int) -> list[int]:
    """Returns a color for each class: black, then distinct hues."""
    hues = [i * 0.618034 % 1.0 for i in range(1, num_classes)]  # the golden ratio
    colors = [(0.0, 0.0, 0.0), *(colorsys.hsv_to_rgb(hue, 0.7, 1.0) for hue in hues)]
    return [round(255 * part) for color in colors for part in color]
