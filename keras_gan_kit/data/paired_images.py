"""Reads images with their masks from DRIVE, CHASE_DB1, or your own folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._pair_files import PairFiles, files_of_folders, files_of_layout
from keras_gan_kit.data._read_image import read_levels, stored_size
from keras_gan_kit.data._read_images import warn_of_few_bits, write_levels
from keras_gan_kit.data._read_mask import read_mask, resized_mask
from keras_gan_kit.data.image_pairs import ImagePairs

_LEAST_DEVIATION = 1e-3  # so that a constant image is not blown up


def paired_images(
    directory: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    masks: str | PathLike[str] | None = None,
    *,
    split: str | None = None,
    observer: int = 1,
    key: Callable[[str], str] | None = None,
    image_size: int | Sequence[int] | None = None,
    multiple_of: int = 1,
    standardize: bool = True,
    source_range: tuple[float, float] | None = None,
    threshold: float | None = None,
    label_threshold: float = 0.5,
    verbose: int = 1,
) -> ImagePairs:
    """Reads images, the labels of their pixels, and their fields of view.

    The layouts of DRIVE and CHASE_DB1 are recognized. CHASE_DB1's `split` is the usual one: images
    01L to 10R are for training, 11L to 14R for tests. With `labels`, files are paired by their
    paths in the folders: a label's name is its image's, or continues it ("1_mask" belongs to "1",
    "10_mask" does not). Without `labels`, other folders are read as images without labels: for a
    trained network, as DRIVE's test images without `1st_manual` are.

    A label has two values, told apart as they are stored (0 and 1, or 0 and 255, of 8 or 16 bits);
    the brighter one is 1. Transparent pixels are 0. Colored palettes are read by their indices.

    Args:
        directory: The dataset's folder, or the folder of images.
        labels: The folder of labels. None for a dataset, and for images without labels.
        masks: The folder of fields of view, None for all pixels. Those of a dataset are found.
        split: `"training"` or `"test"` of a dataset, None for all of CHASE_DB1.
        observer: Whose labels of a dataset to read: 1 or 2.
        key: Maps the path of each file, without its ending, to a name that image, label and field
            of view share; None for the rule above.
        image_size: Height and width in pixels to resize to. None keeps the size of the images,
            which must be the same for all.
        multiple_of: Pads the images by reflection until this divides height and width. Labels and
            fields of view are padded with 0. `ImagePairs.unpad` removes the padding.
        standardize: Whether to shift and scale each channel of each image to mean 0 and deviation 1
            over its field of view (Son et al. 2017). Otherwise images are in [-1, 1].
        source_range: The levels in the image files that are black and white, such as `(0, 4095)`;
            None for the full range of 8 or 16 bits, or 0 and 1 of floats.
        threshold: Marks the pixels of anti-aliased and JPEG masks from this gray value on. Below 1
            it is a share of white, otherwise a level of the file.
        label_threshold: The share of a pixel of a resized label, above 0, that has to be marked for
            the pixel to be marked. Lower it where thin structures disappear.
        verbose: 0 for no progress bar.

    Returns:
        An `ImagePairs`. Its `labels` are None for images without labels.

    Raises:
        FileNotFoundError: If a folder does not exist.
        TypeError: If an argument is of the wrong type.
        ValueError: If a file has no counterpart, cannot be read, has another size than its
            counterpart, or is a mask of more than two values; or an argument is out of range.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from PIL import Image
        >>> root = Path(tempfile.mkdtemp())
        >>> for part in ("images", "labels"):
        ...     (root / part).mkdir()
        >>> Image.new("RGB", (6, 5), "red").save(root / "images" / "7.png")
        >>> Image.fromarray(np.uint8([[255] * 3 + [0] * 3] * 5)).save(root / "labels" / "7_m.gif")
        >>> images, labels, masks = paired_images(
        ...     root / "images", root / "labels", multiple_of=4, verbose=0
        ... )
        >>> images.shape, float(labels.sum()), float(masks.sum())
        ((1, 8, 8, 3), 15.0, 30.0)
    """
    multiple = integer("multiple_of", multiple_of)
    size = None if image_size is None else height_and_width("image_size", image_size)
    source_range = None if source_range is None else value_bounds("source_range", source_range)
    rules = _rules(threshold, label_threshold)
    mask_folder = None if masks is None else Path(masks)
    if labels is None and key is None:
        files = files_of_layout(Path(directory), split, observer, mask_folder)
    else:
        _check_no_split(split)
        label_folder = None if labels is None else Path(labels)
        files = files_of_folders(Path(directory), label_folder, mask_folder, key)
    return _read_pairs(files, size, multiple, source_range, rules, standardize, verbose)


def _read_pairs(
    files: Sequence[PairFiles],
    size: tuple[int, int] | None,
    multiple: int,
    source_range: tuple[float, float] | None,
    rules: _Rules,
    standardize: bool,
    verbose: int,
) -> ImagePairs:
    own = stored_size(files[0].image)
    pairs = _empty(files, size or own, multiple)
    bar = keras.utils.Progbar(len(files), unit_name="image") if verbose else None
    brightest, lost = (0.0, files[0].image), []
    for i, pair in enumerate(files):
        view, shares = _read_marks(pairs, i, pair, own if size is None else None, rules)
        level = _read_pixels(pairs, i, pair.image, view, source_range, standardize)
        brightest = max(brightest, (level, pair.image))
        lost += [] if shares is None else [(pair.label, shares)]
        if bar is not None:
            bar.update(i + 1)
    warn_of_few_bits(*brightest)
    _warn_of_lost_labels(lost, len(files), rules.share)
    return pairs


class _Rules(NamedTuple):
    """When pixels of masks are marked."""

    threshold: float | None
    share: float


def _rules(threshold: object, label_threshold: object) -> _Rules:
    if threshold is not None:
        threshold = number(
            "threshold",
            threshold,
            lambda x: x > 0,
            expected="a gray value above 0: a share of white below 1, or a level of the file",
            fix="pass threshold=0.5, which is half of white",
        )
    share = number(
        "label_threshold",
        label_threshold,
        lambda x: 0 < x <= 1,
        expected="a share of a pixel, above 0, at most 1",
        fix="pass 0.5, or less for thin structures",
    )
    return _Rules(threshold, share)


def _check_no_split(split: object) -> None:
    if split is not None:
        raise invalid(
            "split",
            received=f"{split!r}, with folders, which have no splits",
            expected="None",
            fix="leave out `split`",
        )


def _empty(files: Sequence[PairFiles], size: tuple[int, int], multiple: int) -> ImagePairs:
    """Returns pairs whose pixels are still to be read, so that nothing is copied later."""
    height, width = (-(-side // multiple) * multiple for side in size)
    shape = (len(files), height, width)
    has_labels = files[0].label is not None
    half = np.full((len(files), 1, 1, 3), 0.5, "float32")
    return ImagePairs(
        tuple(pair.name for pair in files),
        np.empty((*shape, 3), "float32"),
        np.zeros((*shape, 1), "float32") if has_labels else None,
        np.zeros((*shape, 1), "float32"),
        half,
        half.copy(),
        size=size,
        corner=((height - size[0]) // 2, (width - size[1]) // 2),
    )


def _read_marks(
    pairs: ImagePairs, i: int, files: PairFiles, expected: tuple[int, int] | None, rules: _Rules
) -> tuple[NDArray[np.float32], float | None]:
    """Reads the label and the field of view of one image.

    Returns:
        The field of view, and the share that would keep the label's area if too much is lost.
    """
    own = stored_size(files.image)
    if expected not in (None, own):
        raise invalid(
            "image_size",
            received=f"None, for {str(files.image)!r} of {own} pixels after images of {expected}",
            expected="images of one size",
            fix="pass image_size=(height, width) to resize them",
        )
    view, share = pairs.unpad(pairs.masks)[i], None
    view[...] = 1
    if files.mask is not None:
        mask = _checked_mask("masks", files.mask, own, rules)
        view[..., 0] = resized_mask(mask, pairs.size, 0.5)[0]
        if not view.any():
            raise _bad_mask("masks", files.mask, "which is black", "a field of view")
    if files.label is not None and pairs.labels is not None:
        label = _checked_mask("labels", files.label, own, rules)
        pairs.unpad(pairs.labels)[i, ..., 0], share = resized_mask(label, pairs.size, rules.share)
    return view, share


def _checked_mask(
    argument: str, path: Path, size: tuple[int, int], rules: _Rules
) -> NDArray[np.bool_]:
    mask = read_mask(argument, path, rules.threshold)
    if mask.shape != size:
        received = f"of {mask.shape} pixels for an image of {size}"
        raise _bad_mask(argument, path, received, "a picture of its size")
    return mask


def _bad_mask(argument: str, path: Path, received: str, expected: str) -> ValueError:
    return invalid(
        argument,
        received=f"{str(path)!r}, {received}",
        expected=expected,
        fix="export it again from the program that drew it, or take the image out",
    )


def _read_pixels(
    pairs: ImagePairs,
    i: int,
    path: Path,
    view: NDArray[np.float32],
    source_range: tuple[float, float] | None,
    standardize: bool,
) -> float:
    """Reads, scales and pads one image, and returns its brightest 16-bit level."""
    levels = read_levels(path, pairs.size, "RGB", source_range=source_range)
    inside = pairs.unpad(pairs.images)[i]
    write_levels(levels, (0.0, 1.0), inside)
    if standardize:
        pairs.mean[i], pairs.deviation[i] = _statistics(inside, view)
    inside -= pairs.mean[i]
    inside /= pairs.deviation[i]
    (top, left), (height, width) = pairs.corner, pairs.size
    _reflect(pairs.images[i], top, height)
    _reflect(pairs.images[i].swapaxes(0, 1), left, width)
    return levels.brightest


def _statistics(
    pixels: NDArray[np.float32], view: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the means and deviations of the channels over the field of view."""
    count = view.sum(dtype="float64")
    mean = np.einsum("hwc,hw->c", pixels, view[..., 0], dtype="float64") / count
    square = np.einsum("hwc,hwc,hw->c", pixels, pixels, view[..., 0], dtype="float64") / count
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return mean, np.maximum(deviation, _LEAST_DEVIATION)


def _reflect(image: NDArray[np.float32], start: int, length: int) -> None:
    """Fills the rows around `image[start:start + length]` by reflection."""
    rows = np.arange(len(image)) - start
    period = max(2 * (length - 1), 1)
    rows = np.abs((rows + length - 1) % period - (length - 1)) if length > 1 else 0 * rows
    for row in (*range(start), *range(start + length, len(image))):
        image[row] = image[start + rows[row]]


def _warn_of_lost_labels(
    lost: Sequence[tuple[Path | None, float]], total: int, share: float
) -> None:
    if lost:
        path, keeps = min(lost, key=lambda entry: entry[1])
        warn(
            f"{len(lost)} of {total} labels lose more than a fifth of their marked area by "
            f"resizing, such as {str(path)!r}. Pass label_threshold={keeps:g} instead of {share:g} "
            "to keep thin structures, or a larger image_size."
        )
