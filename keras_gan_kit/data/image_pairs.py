"""Holds images with their masks, as `paired_images` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._files import written_atomically
from keras_gan_kit._shows_arguments import ShowsArguments


@dataclass(frozen=True, eq=False, repr=False)
class ImagePairs(ShowsArguments):
    """Images with their labels and fields of view.

    Unpacks as `images, labels, masks = pairs`. Train an `ImageToImageGAN` with
    `fit(images, labels)`, and evaluate it with `evaluate(images, labels, sample_weight=masks)`.

    Args:
        names: A name for each image.
        images: float32 `(n, height, width, channels)`, standardized or in [-1, 1].
        labels: float32 `(n, height, width, 1)`, 0 or 1; None for images without labels.
        masks: float32 `(n, height, width, 1)`: 1 in the field of view, 0 outside.
        mean: float32 `(n, 1, 1, channels)`: was subtracted from pixels in [0, 1].
        deviation: float32 `(n, 1, 1, channels)`: they were then divided by it.
        size: Height and width before padding.
        corner: Rows above and columns to the left that padding added.

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

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.images, self.labels, self.masks))

    def __getitem__(self, rows: slice) -> ImagePairs:
        """Returns the pairs of a slice."""
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
        """Removes the padding from predictions, or from anything else of the padded size.

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
                expected=f"images of {self.images.shape[1:3]} pixels, as padded",
                fix="pass predictions of `pairs.images`",
            )
        (top, left), (height, width) = self.corner, self.size
        return array[:, top : top + height, left : left + width]

    def save_predictions(self, predictions: Any, directory: str | PathLike[str]) -> list[Path]:
        """Writes predictions as gray PNG files, without padding and black outside the masks.

        Args:
            predictions: `(n, height, width, 1)` or `(n, height, width)` in [0, 1], of the padded
                size or of `size`.
            directory: The folder. Each file has the name of its image.

        Returns:
            The paths of the files.

        Raises:
            ValueError: If there is not one prediction for each image, sizes differ, or values are
                outside [0, 1].

        Example:
            >>> import tempfile
            >>> one = np.ones((1, 4, 4, 1), "float32")
            >>> stats = one[:, :1, :1]
            >>> pairs = ImagePairs(("a",), one, None, one, stats, stats, size=(4, 4))
            >>> [path.name for path in pairs.save_predictions(one / 2, tempfile.mkdtemp())]
            ['a.png']
        """
        array = np.asarray(predictions)
        array = array[..., 0] if array.ndim == 4 and array.shape[-1] == 1 else array
        if array.ndim == 3 and array.shape[1:] == self.images.shape[1:3]:
            array = self.unpad(array)
        details = {
            "expected": f"{len(self)} predictions in [0, 1] of {self.size} pixels",
            "fix": "pass what `gan.predict(pairs.images)` returns",
        }
        if array.shape != (len(self), *self.size):
            raise invalid("predictions", received=f"an array of shape {array.shape}", **details)
        low, high = float(array.min()), float(array.max())
        if not (low >= 0.0 and high <= 1.0):  # NaN is neither
            raise invalid("predictions", received=f"values from {low:g} to {high:g}", **details)
        seen = array * self.unpad(self.masks)[..., 0]
        paths = [Path(directory, f"{name}.png") for name in self.names]
        for path, image in zip(paths, seen, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_atomically(path) as unfinished:
                Image.fromarray(np.rint(image * 255).astype(np.uint8)).save(unfinished)
        return paths

    def pixels(self) -> NDArray[np.float32]:
        """Returns the images as they were before standardization, in [0, 1]."""
        pixels: NDArray[np.float32] = np.clip(self.images * self.deviation + self.mean, 0.0, 1.0)
        return pixels
