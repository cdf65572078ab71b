"""Images with their masks from DRIVE, CHASE_DB1, or folders of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit.data._height_and_width import height_and_width
from keras_gan_kit.data._pair_files import PairFiles, files_of_folders, files_of_layout
from keras_gan_kit.data._read_image import read_image, stored_size
from keras_gan_kit.data.image_pairs import ImagePairs

_LEAST_DEVIATION = 1e-3  # so that a constant image is not blown up


def paired_images(
    directory: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    masks: str | PathLike[str] | None = None,
    *,
    split: str | None = None,
    observer: int = 1,
    image_size: int | Sequence[int] | None = None,
    multiple_of: int = 1,
    standardize: bool = True,
    verbose: int = 1,
) -> ImagePairs:
    """Reads images, the labels of their pixels, and their fields of view.

    Of a download of DRIVE or CHASE_DB1 the files are found by its layout; CHASE_DB1's `split` is
    the usual one, the first 20 images for training and the last 8 for tests. With `labels`, files
    are paired by name: a label's name begins with its image's. Any format that Pillow reads will
    do. A label must be of two values; the brighter one is 1.

    Args:
        directory: The dataset's folder, or the folder of images.
        labels: The folder of labels, where `directory` has only images.
        masks: The folder of fields of view beside `labels`, None for all pixels. A dataset's are
            found.
        split: `"training"` or `"test"` of a dataset, None for all of CHASE_DB1; folders have none.
        observer: Whose labels of a dataset: 1 or 2.
        image_size: Height and width in pixels to resize to; None for the images' own, which must
            then be the same for all.
        multiple_of: What is to divide height and width: the images are mirrored at their edges,
            labels and fields of view end there. `ImagePairs.unpad` undoes it.
        standardize: Whether to give each image and channel mean 0 and deviation 1 over its field
            of view (Son et al. 2017); otherwise images are in [-1, 1].
        verbose: 0 for no progress bar.

    Returns:
        An `ImagePairs`.

    Raises:
        FileNotFoundError: If a folder does not exist.
        TypeError: If an argument is of the wrong type.
        ValueError: If a file has no counterpart, cannot be read, has another size than its
            counterpart, or is a label of more than two values; or an argument is out of range.

    Example:
        >>> import tempfile
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
    _check_used(labels, masks, split)
    if labels is None:
        files = files_of_layout(Path(directory), split, observer)
    else:
        mask_folder = None if masks is None else Path(masks)
        files = files_of_folders(Path(directory), Path(labels), mask_folder)
    bar = keras.utils.Progbar(len(files), unit_name="image") if verbose else None
    read: list[tuple[NDArray[np.float32], ...]] = []
    for number, pair in enumerate(files, start=1):
        read.append(_read(pair, size, None if number == 1 else read[0][0].shape[:2]))
        if bar is not None:
            bar.update(number)
    pixels, marks, views = (np.stack(parts) for parts in zip(*read, strict=True))
    size = pixels.shape[1:3]
    mean, deviation = _statistics(pixels, views) if standardize else _halves(pixels)
    corner, borders = _borders(size, multiple)
    return ImagePairs(
        tuple(pair.name for pair in files),
        np.pad((pixels - mean) / deviation, borders, mode="reflect"),
        np.pad(marks, borders),
        np.pad(views, borders),
        mean,
        deviation,
        size=size,
        corner=corner,
    )


def _check_used(labels: object, masks: object, split: object) -> None:
    """Refuses what would be passed over."""
    for argument, value, unused, beside in (
        ("masks", masks, labels is None, "a dataset, whose fields of view are found"),
        ("split", split, labels is not None, "folders, which have no splits"),
    ):
        if unused and value is not None:
            raise invalid(
                argument,
                received=f"{value!r}, with {beside}",
                expected="None",
                fix=f"leave out `{argument}`",
            )


def _read(
    files: PairFiles, size: tuple[int, int] | None, expected: tuple[int, int] | None
) -> tuple[NDArray[np.float32], ...]:
    own = stored_size(files.image)
    if size is None and expected not in (None, own):
        raise invalid(
            "image_size",
            received=f"None, for {str(files.image)!r} of {own} pixels after images of {expected}",
            expected="images of one size",
            fix="pass image_size=(height, width) to resize them",
        )
    wanted = size or own
    image = read_image(files.image, wanted, "RGB").astype(np.float32) / np.float32(255)
    label = _two_values("labels", files.label, own, wanted)
    view = np.ones((*wanted, 1), np.float32)
    if files.mask is not None:
        view = _two_values("masks", files.mask, own, wanted)
        if not view.any():
            raise ValueError(_bad_mark("masks", files.mask, "which is black", "a field of view"))
    return image, label, view


def _two_values(
    argument: str, path: Path, size: tuple[int, int], wanted: tuple[int, int]
) -> NDArray[np.float32]:
    own = stored_size(path)
    if own != size:
        raise ValueError(
            _bad_mark(
                argument, path, f"of {own} pixels for an image of {size}", "a picture of its size"
            )
        )
    levels = read_image(path, own, "L")
    found = np.unique(levels)
    if len(found) > 2:
        raise ValueError(
            _bad_mark(argument, path, f"with {len(found)} gray values", "a picture of two values")
        )
    mark = levels == found[-1] if len(found) == 2 else levels > 0
    if wanted != own:
        picture = Image.fromarray(np.uint8(255 * mark[..., 0]))
        share = picture.resize(wanted[::-1], Image.Resampling.BOX)
        mark = np.asarray(share)[..., None] > 127
    return mark.astype(np.float32)


def _bad_mark(argument: str, path: Path, received: str, expected: str) -> str:
    return explain(
        argument,
        received=f"{str(path)!r}, {received}",
        expected=expected,
        fix="write the file again, without resampling or JPEG compression",
    )


def _statistics(
    pixels: NDArray[np.float32], views: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means and deviations over the field of view, of each image and channel."""
    share = views / views.sum((1, 2), keepdims=True)
    mean = (share * pixels).sum((1, 2), keepdims=True, dtype="float64")
    variance = (share * (pixels - mean) ** 2).sum((1, 2), keepdims=True, dtype="float64")
    deviation = np.maximum(np.sqrt(variance), _LEAST_DEVIATION)
    return mean.astype("float32"), deviation.astype("float32")


def _halves(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What maps [0, 1] to [-1, 1]."""
    half = np.full((len(pixels), 1, 1, pixels.shape[-1]), 0.5, "float32")
    return half, half


def _borders(
    size: tuple[int, int], multiple: int
) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]]:
    """Returns the upper left corner of an image in its padding, and the padding for `np.pad`."""
    extra = [-side % multiple for side in size]
    top, left = extra[0] // 2, extra[1] // 2
    borders = ((0, 0), (top, extra[0] - top), (left, extra[1] - left), (0, 0))
    return (top, left), borders
