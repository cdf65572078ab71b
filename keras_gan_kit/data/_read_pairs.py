"""Reads images and their labels into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._pair_files import PairFiles
from keras_gan_kit.data._read_classes import read_classes, resized_classes
from keras_gan_kit.data._read_image import read_levels, stored_size
from keras_gan_kit.data._read_images import warn_of_few_bits, write_levels
from keras_gan_kit.data._read_mask import read_mask, resized_mask
from keras_gan_kit.data.image_pairs import ImagePairs, LabelMode

_LEAST_DEVIATION = 1e-3  # keeps noise in a constant image from being amplified
_NO_HALVES = (None, None)


class LabelRules(NamedTuple):
    """Settings for reading labels.

    Args:
        mode: "mask", "classes", or for target images "grayscale" or "rgb".
        num_classes: The number of classes, or None.
        ignored: The value of pixels without a class, or None.
        threshold: The smallest gray value of a marked pixel in a mask, or None.
        share: The smallest share of marked area for which a resized pixel is marked.
        levels: The levels of black and white in target images, or None.
    """

    mode: LabelMode
    num_classes: int | None
    ignored: int | None
    threshold: float | None
    share: float
    levels: tuple[float, float] | None

    @property
    def channels(self) -> int:
        """The number of channels of a label."""
        return self.num_classes or {"rgb": 3}.get(self.mode, 1)

    @property
    def are_pictures(self) -> bool:
        """Whether labels are images in [-1, 1]."""
        return self.mode in ("grayscale", "rgb")


class PairReading(NamedTuple):
    """Settings for reading pairs.

    Args:
        size: Height and width to resize to; None to keep the size of the images.
        multiple: The padded height and width are multiples of it.
        source_range: The levels of black and white in images, or None.
        standardize: Whether images are scaled to mean 0 and standard deviation 1.
        labels: Settings for reading labels.
        halves: The halves of a file (0: left, 1: right) that are the image and the label; None for
            separate files.
    """

    size: tuple[int, int] | None
    multiple: int
    source_range: tuple[float, float] | None
    standardize: bool
    labels: LabelRules
    halves: tuple[int | None, int | None] = _NO_HALVES


class _Lost(NamedTuple):
    """A label that lost much of its area by resizing.

    Args:
        path: The file.
        share: The `label_threshold` that would keep it; 1 for classes.
        number: The class, or None.
    """

    path: Path
    share: float
    number: int | None = None


def read_pairs(files: Sequence[PairFiles], reading: PairReading, verbose: int) -> ImagePairs:
    """Reads all pairs.

    Raises:
        UnreadableImageError: If a file cannot be read.
        ValueError: If sizes differ, or labels don't match the settings.
    """
    own = pair_size(files[0].image, reading)
    pairs = _empty(files, reading, reading.size or own)
    bar = keras.utils.Progbar(len(files), unit_name="image") if verbose else None
    brightest, lost = (0.0, files[0].image), []
    for i, pair in enumerate(files):
        view = _read_view(pairs, i, pair, own if reading.size is None else None, reading)
        if pair.label is not None and pairs.labels is not None:
            size = pair_size(pair.image, reading)
            level, loss = _read_label(pairs, i, pairs.labels[i], pair.label, size, reading)
            brightest = max(brightest, (level, pair.label))
            lost += [] if loss is None else [loss]
        level = _read_pixels(pairs, i, pair.image, view, reading)
        brightest = max(brightest, (level, pair.image))
        if bar is not None:
            bar.update(i + 1)
    warn_of_few_bits(*brightest)
    _warn_of_lost_labels(lost, len(files), reading.labels.share)
    return pairs


def pair_size(path: Path, reading: PairReading) -> tuple[int, int]:
    """Returns the height and width of an image; of one half if two are side by side.

    Raises:
        UnreadableImageError: If the file can't be read.
        ValueError: If the width of two images side by side is odd.
    """
    height, width = stored_size(path)
    if reading.halves == _NO_HALVES:
        return height, width
    if width % 2:
        raise invalid(
            "side_by_side",
            received=f"{str(path)!r}, which is {width} pixels wide",
            expected="files with two images of equal width",
            fix="remove the file, or crop it to an even width",
        )
    return height, width // 2


def _empty(files: Sequence[PairFiles], reading: PairReading, size: tuple[int, int]) -> ImagePairs:
    """Allocates the arrays of pairs, to be filled in place."""
    height, width = (-(-side // reading.multiple) * reading.multiple for side in size)
    shape = (len(files), height, width)
    has_labels = files[0].label is not None
    half = np.full((len(files), 1, 1, 3), 0.5, "float32")
    return ImagePairs(
        tuple(pair.name for pair in files),
        np.empty((*shape, 3), "float32"),
        np.zeros((*shape, reading.labels.channels), "float32") if has_labels else None,
        np.zeros((*shape, 1), "float32"),
        half,
        half.copy(),
        size=size,
        corner=((height - size[0]) // 2, (width - size[1]) // 2),
        label_mode=reading.labels.mode,
    )


def _read_view(
    pairs: ImagePairs,
    i: int,
    files: PairFiles,
    expected: tuple[int, int] | None,
    reading: PairReading,
) -> NDArray[np.float32]:
    """Reads the field of view of one image."""
    own = pair_size(files.image, reading)
    if expected not in (None, own):
        raise invalid(
            "image_size",
            received=f"None, for {str(files.image)!r} of {own} pixels after images of {expected}",
            expected="images of the same size",
            fix="pass image_size=(height, width) to resize them",
        )
    view: NDArray[np.float32] = pairs.unpad(pairs.masks)[i]
    view[...] = 1
    if files.mask is not None:
        mask = read_mask("masks", files.mask, reading.labels.threshold)
        _check_size("masks", files.mask, mask.shape, own)
        view[..., 0] = resized_mask(mask, pairs.size, 0.5)[0]
        if not view.any():
            raise _bad_mask("masks", files.mask, "which is all black", "a field of view")
    return view


def _read_label(
    pairs: ImagePairs,
    i: int,
    padded: NDArray[np.float32],
    path: Path,
    own: tuple[int, int],
    reading: PairReading,
) -> tuple[float, _Lost | None]:
    """Reads a label into `padded`; returns its brightest 16-bit level and any lost area."""
    rules, half = reading.labels, reading.halves[1]
    label = pairs.unpad(padded[None])[0]
    if rules.are_pictures:
        if reading.size is None:
            _check_size("labels", path, pair_size(path, reading), own)
        mode: Literal["L", "RGB"] = "RGB" if rules.mode == "rgb" else "L"
        levels = read_levels(path, pairs.size, mode, source_range=rules.levels, half=half)
        write_levels(levels, (-1.0, 1.0), label)
        _reflect_around(pairs, padded)
        return levels.brightest, None
    if rules.num_classes is None:
        mask = read_mask("labels", path, rules.threshold, half)
        _check_size("labels", path, mask.shape, own)
        label[..., 0], share = resized_mask(mask, pairs.size, rules.share)
        return 0.0, None if share is None else _Lost(path, share)
    classes = read_classes("labels", path, rules.num_classes, rules.ignored, half)
    _check_size("labels", path, classes.shape, own)
    classes, number = resized_classes(classes, pairs.size, rules.num_classes)
    padded[..., 0] = 1  # padding is background
    label[...] = np.maximum(classes, 0)[..., None] == np.arange(rules.num_classes)
    pairs.unpad(pairs.masks)[i, ..., 0] *= classes >= 0
    return 0.0, None if number is None else _Lost(path, 1.0, number)


def _check_size(argument: str, path: Path, found: tuple[int, ...], size: tuple[int, int]) -> None:
    if found != size:
        received = f"of {found} pixels for an image of {size} pixels"
        raise _bad_mask(argument, path, received, "a file of the same size as the image")


def _bad_mask(argument: str, path: Path, received: str, expected: str) -> ValueError:
    return invalid(
        argument,
        received=f"{str(path)!r}, {received}",
        expected=expected,
        fix="export it again from the program that drew it, or remove the image",
    )


def _read_pixels(
    pairs: ImagePairs, i: int, path: Path, view: NDArray[np.float32], reading: PairReading
) -> float:
    """Reads, scales and pads an image; returns its brightest 16-bit level."""
    half, limits = reading.halves[0], reading.source_range
    levels = read_levels(path, pairs.size, "RGB", source_range=limits, half=half)
    inside = pairs.unpad(pairs.images)[i]
    write_levels(levels, (0.0, 1.0), inside)
    if reading.standardize:
        pairs.mean[i], pairs.deviation[i] = _statistics(inside, view)
    inside -= pairs.mean[i]
    inside /= pairs.deviation[i]
    _reflect_around(pairs, pairs.images[i])
    return levels.brightest


def _statistics(
    pixels: NDArray[np.float32], view: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the means and standard deviations of the channels over the field of view."""
    count = view.sum(dtype="float64")
    mean = np.einsum("hwc,hw->c", pixels, view[..., 0], dtype="float64") / count
    square = np.einsum("hwc,hwc,hw->c", pixels, pixels, view[..., 0], dtype="float64") / count
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return mean, np.maximum(deviation, _LEAST_DEVIATION)


def _reflect_around(pairs: ImagePairs, image: NDArray[np.float32]) -> None:
    """Fills the padding of an image by reflection."""
    (top, left), (height, width) = pairs.corner, pairs.size
    _reflect(image, top, height)
    _reflect(image.swapaxes(0, 1), left, width)


def _reflect(image: NDArray[np.float32], start: int, length: int) -> None:
    """Fills the rows around `image[start:start + length]` by reflection."""
    rows = np.arange(len(image)) - start
    period = max(2 * (length - 1), 1)
    rows = np.abs((rows + length - 1) % period - (length - 1)) if length > 1 else 0 * rows
    for row in (*range(start), *range(start + length, len(image))):
        image[row] = image[start + rows[row]]


def _warn_of_lost_labels(lost: Sequence[_Lost], total: int, share: float) -> None:
    if not lost:
        return
    path, keeps, number = min(lost, key=lambda entry: entry.share)
    what = "the marked area" if number is None else f"a class, such as class {number},"
    fix = f"Pass label_threshold={keeps:g} instead of {share:g} to keep thin structures, or a"
    warn(
        f"{len(lost)} of {total} labels lose more than a fifth of {what} when resized, such as "
        f"{str(path)!r}. {'Pass a' if number is not None else fix} larger image_size."
    )
