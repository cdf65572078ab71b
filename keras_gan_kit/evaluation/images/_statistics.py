"""Computes statistics of a stream of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit.data import to_uint8
from keras_gan_kit.evaluation.samples._columns import sampled
from keras_gan_kit.evaluation.samples._image_batches import image_among, image_batches
from keras_gan_kit.models._check_data import is_arrays

LEVELS = 256
_THUMBNAIL = 96  # pixels
_PIXELS_AT_ONCE = 2**20  # per Fourier transform: 16 MB


class ImageStatistics:
    """Collects intensity counts, the mean power spectrum, and a thumbnail of each image.

    Args:
        argument: The argument's name, without backticks.
        images: As in `image_batches`.
        batch_size: The number of images per batch.
        maximum: The largest number of images, drawn at random from an array, or the first ones of a
            stream; None for all.
        seed: Seed of the draw.
        like: Other images that must have the same shape.
    """

    def __init__(
        self,
        argument: str,
        images: Any,
        *,
        batch_size: int,
        maximum: int | None,
        seed: int,
        like: ImageStatistics | None = None,
    ) -> None:
        self.argument = argument
        self._like = like
        self.given: int | None = None  # known only for arrays
        images = image_among(images)
        if is_arrays(images) and not isinstance(images, list | dict) and np.ndim(images) == 4:
            self.given = len(images)
            if maximum is not None and self.given > maximum:
                images = sampled(np.asarray(images), maximum, seed)
        self._images, self._batch_size, self._maximum = images, batch_size, maximum
        self.shape: tuple[int, ...] = ()
        self.count = 0
        self.intensities = np.zeros(LEVELS, np.int64)
        self.thumbnails: list[NDArray[np.uint8]] = []
        self._power: NDArray[np.float64] | None = None

    def batches(self) -> Iterator[NDArray[np.float32]]:
        """Yields the images while updating the statistics.

        Raises:
            ValueError: If the shape differs from that of `like`.
        """
        for batch in image_batches(self.argument, self._images, self._batch_size):
            if self._maximum is not None:
                batch = batch[: self._maximum - self.count]
            self._check_shape(batch.shape[1:])
            self._look(batch)
            yield batch
            if self.count == self._maximum:
                return

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        # Spectra and pixels of different sizes can't be compared.
        if self._like is not None and self._like.shape != shape:
            raise invalid(
                self.argument,
                received=f"images of shape {shape}",
                expected=f"the shape of the real images, {self._like.shape}",
                fix="resize the real images to the generator's size",
            )

    def _look(self, batch: NDArray[np.float32]) -> None:
        self.shape = batch.shape[1:]
        self.count += len(batch)
        levels = to_uint8(batch)
        self.intensities += np.bincount(levels.ravel(), minlength=LEVELS)
        self.thumbnails.extend(map(_thumbnail, levels))
        size = max(1, _PIXELS_AT_ONCE // (self.shape[0] * self.shape[1] * self.shape[2]))
        for start in range(0, len(batch), size):
            part = batch[start : start + size]
            centered = part - part.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
            power = np.square(np.abs(np.fft.fft2(centered, axes=(1, 2)))).sum(axis=(0, 3))
            self._power = power if self._power is None else self._power + power

    def shares(self) -> NDArray[np.float64]:
        """Returns the share of pixels at each of the 256 levels."""
        shares: NDArray[np.float64] = self.intensities / self.intensities.sum()
        return shares

    def spectrum(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns the power spectrum, averaged over images, channels and rings of frequencies.

        Returns:
            Frequencies in cycles per pixel, up to 0.5, and at each the pixel variance per Fourier
            component.
        """
        height, width, channels = self.shape
        rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
        radius = np.hypot(rows, columns)
        steps = max(1, min(height, width) // 2)
        ring = np.rint(radius * 2 * steps).astype(int)  # ring i is around i / (2 steps)
        power = self._power if self._power is not None else np.zeros((height, width))
        # Corners beyond 0.5 don't form a full ring, and ring 0 is the mean, which was subtracted.
        kept = (ring >= 1) & (ring <= steps)
        counts = np.bincount(ring[kept], minlength=steps + 1)[1:]
        sums = np.bincount(ring[kept], weights=power[kept], minlength=steps + 1)[1:]
        scale = self.count * channels * float(height * width) ** 2
        met = counts > 0
        frequencies = np.arange(1, steps + 1) / (2.0 * steps)
        return frequencies[met], sums[met] / counts[met] / scale


def _thumbnail(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduces an image to a thumbnail; gray images keep one channel."""
    picture = levels[..., 0] if levels.shape[-1] != 3 else levels
    longest = max(picture.shape[:2])
    if longest <= _THUMBNAIL:
        return picture
    size = [max(1, round(side * _THUMBNAIL / longest)) for side in picture.shape[1::-1]]
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((size[0], size[1]), Image.Resampling.BOX))
