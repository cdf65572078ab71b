"""Feeds batches of cropped and augmented image pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._image_arguments import height_and_width
from keras_gan_kit.data._permutation import endless
from keras_gan_kit.data.array_dataset import ArrayDataset
from keras_gan_kit.data.image_pairs import ImagePairs

_OVERSHOOT = 0.5  # tolerance around [0, 1], for interpolation and noise


class PairedDataset(ArrayDataset):
    """Feeds crops of image pairs to `ImageToImageGAN.fit`, as (image, label, mask).

    All batches are full: a batch may continue into the next pass over the images. Image, label and
    field of view are cropped and augmented in the same way, and masks stay 0 or 1. If labels are
    target images, geometric augmentations apply to them and color augmentations don't. The order
    and the augmentation are functions of (seed, epoch, step), so training also resumes exactly
    within an epoch. The mask weights the pixels of the reconstruction loss.

    Args:
        pairs: What `paired_images` returns.
        batch_size: Crops per batch, at least 1.
        crop_size: Height and width of a crop in pixels, as one integer or a pair; None for whole
            images.
        foreground: The share of crops centered on a random marked pixel in the field of view, as
            far as the image borders allow. With several classes, the class is drawn first. Raise it
            if few pixels are marked.
        augmentation: Layers that take and return `{"images": ..., "segmentation_masks": ...}`,
            images in [0, 1], for example those of `pair_augmentation()`; () for none.
        shuffle: Whether each pass has its own random order.
        seed: Non-negative integer that determines the order, the crops and the augmentation by
            Keras layers. KerasCV's layers ignore it.
        steps_per_epoch: Batches per epoch, at least 1; None for one pass, rounded up.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, or crops are larger than the images.

    Example:
        >>> images = np.zeros((3, 8, 8, 3), "float32")
        >>> one, stats = np.ones((3, 8, 8, 1), "float32"), np.ones((3, 1, 1, 3), "float32")
        >>> pairs = ImagePairs(("a", "b", "c"), images, one, one, stats, stats, size=(8, 8))
        >>> data = PairedDataset(pairs, batch_size=2, crop_size=4)
        >>> [part.shape for part in data.batch(0, 0)]
        [(2, 4, 4, 3), (2, 4, 4, 1), (2, 4, 4, 1)]
    """

    def __init__(
        self,
        pairs: ImagePairs,
        *,
        batch_size: int = 16,
        crop_size: Any = None,
        foreground: float = 0.0,
        augmentation: Iterable[Any] = (),
        shuffle: bool = True,
        seed: int = 0,
        steps_per_epoch: int | None = None,
    ) -> None:
        if not isinstance(pairs, ImagePairs):
            raise wrong_type(
                "pairs",
                received=f"{pairs!r:.60} of type {type(pairs).__name__}",
                expected="an ImagePairs",
                fix="read the images with data.paired_images",
            )
        if pairs.labels is None:
            raise invalid(
                "pairs",
                received="images without labels",
                expected="pairs of an image and a label",
                fix="pass the folder of labels too: data.paired_images(images, labels)",
            )
        self.pairs = pairs
        self.crop_size = _crop_size(crop_size, pairs)
        self.foreground = _foreground(foreground, self.crop_size, pairs)
        self.augmentation = _layers(augmentation)
        super().__init__(
            pairs.images,
            pairs.labels,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            steps_per_epoch=steps_per_epoch,
        )

    def batch_indices(self, epoch: int, step: int) -> NDArray[np.intp]:
        """Returns the images in a batch and their positions in the infinite sequence of samples.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            Indices `(batch, 2)`: of the image, and of the sample, which is unique and seeds its
            augmentation.
        """
        epoch, step = self._position(epoch, step)
        first = (epoch * self.batches_per_epoch + step) * self.batch_size
        places = first + np.arange(self.batch_size)
        rows = endless(places, self.num_samples, self._order if self.shuffle else None)
        return np.stack([rows, places], axis=-1)

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Reads one batch `(images, labels, masks)`, independently of the current position.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            float32 arrays of crop size.
        """
        return self.take(self.batch_indices(epoch, step))

    def take(self, indices: Any) -> tuple[Any, ...]:
        """Reads and augments samples by their indices.

        Args:
            indices: An array `(..., 2)` as `batch_indices` returns it.

        Returns:
            `(images, labels, masks)`, with the leading axes of `indices`.
        """
        indices = np.asarray(indices)
        if indices.ndim > 2:  # several batches, each augmented separately
            batches = [self.take(batch) for batch in indices]
            return tuple(np.stack(alike) for alike in zip(*batches, strict=True))
        parts: tuple[Any, ...] = (self.pairs.images, self.y, self.pairs.masks)
        if not len(indices):
            height, width = self.crop_size or parts[0].shape[1:3]
            return tuple(part[:0, :height, :width] for part in parts)
        if self.crop_size is None:
            cut = [part[indices[:, 0]] for part in parts]
        else:
            crops = self._crops(indices, parts, self.crop_size)
            cut = [np.stack(alike) for alike in zip(*crops, strict=True)]
        return tuple(self._augmented(indices, *cut) if self.augmentation else cut)

    def _crops(
        self, indices: NDArray[np.intp], parts: tuple[Any, ...], size: tuple[int, int]
    ) -> Iterator[list[NDArray[np.float32]]]:
        for row, place in indices.tolist():
            bits = np.random.Philox(np.random.SeedSequence(self.seed, spawn_key=(place,)))
            words = bits.random_raw(2)
            room = np.array(parts[0].shape[1:3]) - size + 1
            y, x = (int(word % np.uint64(free)) for word, free in zip(words, room, strict=True))
            if self.foreground:
                marked = _marked_pixel(np.random.Generator(bits), self.foreground, parts, row)
                if marked is not None:
                    corner = np.array(marked) - np.array(size) // 2
                    y, x = (int(start) for start in corner.clip(0, room - 1))
            yield [part[row, y : y + size[0], x : x + size[1]] for part in parts]

    def _augmented(
        self, indices: NDArray[np.intp], images: Any, labels: Any, masks: Any
    ) -> list[NDArray[np.float32]]:
        rows = indices[:, 0]
        mean, deviation = self.pairs.mean[rows], self.pairs.deviation[rows]
        are_pictures = self.pairs.label_mode in ("grayscale", "rgb")
        batch = {
            "images": np.clip(images * deviation + mean, 0.0, 1.0),
            "segmentation_masks": np.concatenate([labels, masks], axis=-1),
        }
        for place, layer in enumerate(self.augmentation):
            _seed(layer, (self.seed, place, int(indices[0, 1])))
            batch = layer(batch, training=True)
            _check_unit(layer, batch["images"])
        pixels, marks = (
            np.asarray(keras.ops.convert_to_numpy(batch[key]), "float32")
            for key in ("images", "segmentation_masks")
        )
        # Rotations interpolate masks, so they are binarized again.
        labels, masks = marks[..., :-1], (marks[..., -1:] > 0.5).astype("float32")
        if labels.shape[-1] > 1 and not are_pictures:  # pixels moved in from outside are background
            labels = np.eye(labels.shape[-1], dtype="float32")[labels.argmax(-1)]
        elif not are_pictures:
            labels = (labels > 0.5).astype("float32")
        return [(pixels - mean) / deviation, labels, masks]


def _marked_pixel(
    draw: np.random.Generator, share: float, parts: tuple[Any, ...], row: int
) -> tuple[int, int] | None:
    """Draws a marked pixel of an image with the probability `share`; otherwise returns None."""
    if draw.random() >= share:
        return None
    labels = parts[1][row]
    seen = parts[2][row, ..., 0] > 0
    first = 0 if labels.shape[-1] == 1 else 1  # with several classes, 0 is the background
    for channel in first + draw.permutation(labels.shape[-1] - first):
        places = np.flatnonzero((labels[..., channel] > 0) & seen)
        if len(places):
            y, x = divmod(int(places[draw.integers(len(places))]), labels.shape[1])
            return y, x
    return None


def _check_unit(layer: Any, images: Any) -> None:
    """Checks that a layer returns pixels in [0, 1]; Keras layers expect 0 to 255 by default.

    Raises:
        ValueError: If a pixel is far outside [0, 1].
    """
    pixels = keras.ops.convert_to_numpy(images)
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT):
        raise invalid(
            "augmentation",
            received=f"pixels from {low:.4g} to {high:.4g} after {type(layer).__name__}",
            expected="pixels in [0, 1]",
            fix="pass value_range=(0, 1) to the layer",
        )


def _seed(layer: Any, key: tuple[int, ...]) -> None:
    """Seeds the next augmentation of a Keras layer with `key`."""
    words = np.random.SeedSequence(key).generate_state(2)
    for variable in getattr(layer, "non_trainable_variables", ()):
        if "seed" in variable.path:
            variable.assign(words.astype(variable.dtype))


def _crop_size(crop_size: Any, pairs: ImagePairs) -> tuple[int, int] | None:
    if crop_size is None:
        return None
    size = height_and_width("crop_size", crop_size)
    largest = pairs.images.shape[1:3]
    if size[0] > largest[0] or size[1] > largest[1]:
        raise invalid(
            "crop_size",
            received=f"{size}, for images of {largest} pixels",
            expected="crops no larger than the images",
            fix="use smaller crops, or pass None for whole images",
        )
    return size


def _foreground(share: Any, crop_size: Any, pairs: ImagePairs) -> float:
    checked = number(
        "foreground",
        share,
        lambda x: 0.0 <= x <= 1.0,
        expected="a share of crops in [0, 1]",
        fix="pass 0.5 to center half of the crops on marked pixels",
    )
    pictures = pairs.label_mode in ("grayscale", "rgb")
    if checked and (crop_size is None or pictures):
        raise invalid(
            "foreground",
            received=f"{share!r}, for {'target images' if pictures else 'whole images'}",
            expected="0",
            fix="leave it out" if pictures else "pass `crop_size` too",
        )
    return checked


def _layers(augmentation: Any) -> tuple[Any, ...]:
    several = isinstance(augmentation, Iterable) and not isinstance(augmentation, str)
    found = tuple(augmentation) if several else (augmentation,)
    for layer in found:
        if not callable(layer):
            raise wrong_type(
                "augmentation",
                received=repr(layer),
                expected="layers of {'images': ..., 'segmentation_masks': ...}",
                fix="pass data.pair_augmentation()",
            )
    return found
