"""Reads images with their labels from DRIVE, CHASE_DB1 or your own folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

from keras_gan_kit._arguments import integer, number, one_of, true_or_false
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._image_arguments import height_and_width, value_bounds
from keras_gan_kit.data._pair_files import PairFiles, files_of_folders, files_of_layout
from keras_gan_kit.data._read_pairs import LabelRules, PairReading, read_pairs
from keras_gan_kit.data.image_pairs import ImagePairs

Direction = Literal["AtoB", "BtoA"]
_HALVES = {None: (None, None), "AtoB": (0, 1), "BtoA": (1, 0)}
_PICTURES = ("grayscale", "rgb")
_LABEL_MODES = ("mask", *_PICTURES)


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
    standardize: bool | None = None,
    source_range: tuple[float, float] | None = None,
    label_mode: Literal["mask", "grayscale", "rgb"] | None = None,
    label_range: tuple[float, float] | None = None,
    num_classes: int | None = None,
    ignore_label: int | None = None,
    side_by_side: Literal["AtoB", "BtoA"] | None = None,
    threshold: float | None = None,
    label_threshold: float = 0.5,
    verbose: int = 1,
) -> ImagePairs:
    """Reads images, their labels (masks, classes or target images), and their fields of view.

    The layouts of DRIVE and CHASE_DB1 are recognized. CHASE_DB1's `split` is the usual one: images
    01L to 10R for training, 11L to 14R for testing. With `labels`, files are matched by their paths
    in the folders: a label's name equals its image's or extends it ("1_mask" belongs to "1",
    "10_mask" does not). Without `labels`, other folders are read as images without labels, for
    prediction, and so are DRIVE's test images if `1st_manual` is missing.

    A mask has two stored values (such as 0 and 1, or 0 and 255, with 8 or 16 bits); the brighter
    one is 1. Transparent pixels are 0. Colored palettes are read by index. With `num_classes`,
    labels hold the class of each pixel. With `label_mode="rgb"`, they are target images, as in
    pix2pix.

    Args:
        directory: The dataset's folder, or the folder of images.
        labels: The folder of labels. None for DRIVE and CHASE_DB1, and for images without labels.
        masks: The folder of fields of view; None for all pixels. Those of DRIVE and CHASE_DB1 are
            found automatically.
        split: `"training"` or `"test"` for DRIVE and CHASE_DB1; None for all of CHASE_DB1.
        observer: The observer whose labels of DRIVE or CHASE_DB1 to read: 1 or 2.
        key: Maps the path of each file, without its suffix, to a name that image, label and field
            of view share; None for the rule above.
        image_size: Height and width in pixels to resize to. None keeps the size of the images,
            which must be the same for all.
        multiple_of: Pads the images by reflection until height and width are multiples of it.
            Labels and fields of view are padded with 0. `ImagePairs.unpad` removes the padding.
        standardize: Whether to shift and scale each channel of each image to mean 0 and standard
            deviation 1 over its field of view (Son et al. 2017). Otherwise images are in [-1, 1].
            None standardizes them unless labels are target images.
        source_range: The levels of black and white in the image files, such as `(0, 4095)`; None
            for the full range of 8 or 16 bits, or 0 and 1 for floats.
        label_mode: `"mask"` for labels with two values, `"rgb"` or `"grayscale"` for target images
            in [-1, 1] with three channels or one. None for masks, and for RGB with `side_by_side`.
        label_range: Like `source_range`, for target images; with `side_by_side`, None means
            `source_range`.
        num_classes: The number of classes, for labels that hold the class of each pixel: 0
            (background) to `num_classes` - 1. Palettes are read by index.
        ignore_label: The value of pixels without a class, such as 255 in Pascal VOC. They count as
            outside the field of view.
        side_by_side: `"AtoB"` if each file holds the image and, to its right, the label, as in
            pix2pix's datasets; `"BtoA"` if the label is on the left.
        threshold: The smallest gray value of marked pixels in antialiased and JPEG masks. Below 1
            it is a fraction of white, otherwise a level of the file.
        label_threshold: The smallest share of marked area, above 0, for which a pixel of a resized
            mask is marked. Lower it if thin structures disappear.
        verbose: 0 for no progress bar.

    Returns:
        An `ImagePairs`. Its `labels` are None for images without labels, and one-hot with
        `num_classes`.

    Raises:
        FileNotFoundError: If a folder does not exist.
        TypeError: If an argument is of the wrong type.
        ValueError: If a file has no counterpart, can't be read, differs in size from its
            counterpart, or is a mask with more than two values or with other classes; or if an
            argument is out of range or contradicts another.

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
    if side_by_side is not None:
        one_of("side_by_side", side_by_side, get_args(Direction))
        if label_mode is None and num_classes is None:
            label_mode = "rgb"
        label_range = source_range if label_range is None else label_range
    rules = _rules(label_mode, label_range, num_classes, ignore_label, threshold, label_threshold)
    standardize = (
        not rules.are_pictures if standardize is None else true_or_false("standardize", standardize)
    )
    label_folder, mask_folder = (None if path is None else Path(path) for path in (labels, masks))
    files = _files(Path(directory), label_folder, mask_folder, split, observer, key, side_by_side)
    halves = _HALVES[side_by_side]
    reading = PairReading(size, multiple, source_range, standardize, rules, halves)
    return read_pairs(files, reading, verbose)


def _files(
    directory: Path,
    labels: Path | None,
    masks: Path | None,
    split: str | None,
    observer: int,
    key: Callable[[str], str] | None,
    side_by_side: str | None,
) -> list[PairFiles]:
    if labels is None and key is None and side_by_side is None:
        return files_of_layout(directory, split, observer, masks)
    _check_no_split(split)
    if side_by_side is not None and labels is not None:
        raise invalid(
            "labels",
            received=f"{str(labels)!r}, with side_by_side={side_by_side!r}",
            expected="None, because each file contains its label",
            fix="leave out one of the two",
        )
    files = files_of_folders(directory, labels, masks, key)
    return files if side_by_side is None else [pair._replace(label=pair.image) for pair in files]


def _rules(
    mode: object,
    levels: object,
    num_classes: object,
    ignored: object,
    threshold: object,
    label_threshold: object,
) -> LabelRules:
    if mode is not None:
        one_of("label_mode", mode, _LABEL_MODES)
    _check_together(mode, levels, num_classes, ignored)
    if threshold is not None:
        threshold = number(
            "threshold",
            threshold,
            lambda x: x > 0,
            expected="a gray value above 0: a fraction of white if below 1, otherwise a level of "
            "the file",
            fix="pass threshold=0.5, which is half of white",
        )
    share = number(
        "label_threshold",
        label_threshold,
        lambda x: 0 < x <= 1,
        expected="a share in (0, 1]",
        fix="pass 0.5, or less for thin structures",
    )
    return LabelRules(
        "classes" if num_classes is not None else "mask" if mode is None else mode,  # type: ignore[arg-type]
        None if num_classes is None else integer("num_classes", num_classes, minimum=2),
        None if ignored is None else integer("ignore_label", ignored, minimum=0),
        threshold,
        share,
        None if levels is None or mode not in _PICTURES else value_bounds("label_range", levels),
    )


def _check_together(mode: object, levels: object, num_classes: object, ignored: object) -> None:
    if num_classes is not None and mode is not None:
        raise invalid(
            "label_mode",
            received=f"{mode!r}, with num_classes={num_classes}",
            expected="None, because labels are classes",
            fix="leave out one of the two",
        )
    if ignored is not None and num_classes is None:
        raise invalid(
            "ignore_label",
            received=f"{ignored!r}, without `num_classes`",
            expected="None, because masks have two values",
            fix="pass num_classes too, or leave out `ignore_label`",
        )


def _check_no_split(split: object) -> None:
    if split is not None:
        raise invalid(
            "split",
            received=f"{split!r}, for folders without splits",
            expected="None",
            fix="leave out `split`",
        )
