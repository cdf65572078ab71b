"""Pictures of what the generator draws, while it learns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from keras import tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._files import check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks._grid_picture import SMALLEST, TEXT, grid_picture
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.data import to_uint8
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._check_data import check_labels
from keras_gan_kit.models._inspection import output_of, output_ranges, shapes_of

# As many are drawn at once as make this many pixels: a generator of large images needs hundreds of
# times their memory, and a grid must not need more than a training step does.
_PIXELS_AT_ONCE = 2**22
_IN_NAMES = str.maketrans("/\\", "__")  # what a file's name cannot have


class SampleGrid(PeriodicCallback):
    """Saves a grid of samples of the same latents, a PNG for each event.

    Files are called after the last step taken (`step_0003000.png`, counted from 0) or the epoch
    (`epoch_00001.png`, counted from 1). Every part of a sample that is an image gets its picture;
    where there are several, the name of the part is added to the file's.

    Of a `ConditionalGAN`, sample i is of class i modulo `num_classes`, so that with as many columns
    as classes each column is a class. `labels` chooses other classes.

    Args:
        directory: The folder for the pictures; made if needed.
        every: How many steps or epochs lie between two pictures. The first step has one.
        unit: "epoch" or "step".
        rows: Rows of the grid, at least 1.
        columns: Columns of the grid, at least 1.
        size: Width and height of the PNG in pixels. None shows every pixel of a sample as one;
            None for a single side, as in (640, None), makes it as long as the grid needs.
        seed: Chooses the latents, as in `GAN.generate`.
        labels: For a `ConditionalGAN`: the class of each row, or of each sample, row by row.
        class_names: The names of all classes, in their order, to write above samples.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number or a label is out of range, or the generator draws no images.

    Example:
        >>> SampleGrid("runs/digits/samples", every=3000, unit="step").size
        (640, 480)
        >>> grid = SampleGrid("runs/digits/classes", rows=4, columns=10, labels=[0, 1, 7, 9])
        >>> grid.labels.reshape(4, 10)[2].tolist()
        [7, 7, 7, 7, 7, 7, 7, 7, 7, 7]
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        every: int = 1,
        unit: str = "epoch",
        rows: int = 5,
        columns: int = 5,
        size: tuple[int | None, int | None] | None = (640, 480),
        seed: int = 0,
        labels: Any = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)
        self.rows = integer("rows", rows)
        self.columns = integer("columns", columns)
        above = TEXT if class_names is not None else 0
        self.size = None if size is None else _check_size(size, self.rows, self.columns, above)
        self.seed = integer("seed", seed, minimum=0)
        self.labels = None if labels is None else _one_for_each(labels, self.rows, self.columns)
        self.class_names = None if class_names is None else _check_names(class_names)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the pictures."""
        return (self.directory,)

    def check(self, gan: Any) -> None:
        """Makes sure there is something to draw before training starts."""
        if not _image_ranges(gan.generator):
            raise invalid(
                "callbacks",
                received="SampleGrid, for a generator whose outputs have the shapes "
                f"{shapes_of(gan.generator.outputs)}",
                expected="at least one output (None, height, width, channels) with 1 or 3 channels",
                fix="leave SampleGrid out for data that is no image",
            )
        if self.labels is not None or self.class_names is not None:
            self._check_classes(gan)

    def _check_classes(self, gan: Any) -> None:
        num_classes = getattr(gan, "num_classes", None)
        names = self.class_names
        if num_classes is None:
            argument = "class_names" if names else "labels"
            expected, fix = "None: it draws no classes", "leave it out, or train a ConditionalGAN"
            received = f"some, for a {type(gan).__name__}"
            raise invalid(argument, received=received, expected=expected, fix=fix)
        if self.labels is not None:
            check_labels("labels", self.labels, num_classes, len(self.labels))
        if names is not None and len(names) != num_classes:
            expected = f"{num_classes} names, one for each class"
            fix = "name all classes, in the order of their numbers"
            received = f"{len(names)} names"
            raise invalid("class_names", received=received, expected=expected, fix=fix)

    def before_fit(self, gan: Any) -> None:
        """Removes what a killed process left unfinished."""
        if is_chief(gan):
            remove_leftovers(self.directory, ".png")

    def on_event(self, name: str) -> None:
        """Draws and saves one grid."""
        gan = self.model
        parts = _image_ranges(gan.generator)
        num = self.rows * self.columns
        at_once = max(1, min(num, _PIXELS_AT_ONCE // _largest_image(gan.generator)))
        if self.labels is None:
            samples = gan.preview(num, seed=self.seed, batch_size=at_once)
        else:
            samples = gan.generate(num, labels=self.labels, seed=self.seed, batch_size=at_once)
        if not is_chief(gan):
            return  # to draw is work that all workers share
        leaves = dict(tree.flatten_with_path(samples))
        self.directory.mkdir(parents=True, exist_ok=True)
        for path, limits in parts.items():
            part = "" if len(parts) == 1 else "_" + "_".join(map(str, path)).translate(_IN_NAMES)
            pixels = to_uint8(np.nan_to_num(leaves[path]), value_range=limits)
            picture = grid_picture(pixels, self.columns, self.size, self._captions())
            with written_atomically(self.directory / f"{name}{part}.png") as unfinished:
                picture.save(unfinished)

    def _captions(self) -> list[str] | None:
        names = self.class_names
        if names is None:
            return None
        num = self.rows * self.columns
        labels = np.arange(num) % len(names) if self.labels is None else self.labels
        return [names[label] for label in labels]


def _check_size(size: Any, rows: int, columns: int, above: int) -> tuple[int | None, int | None]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise wrong_type(
            "size",
            received=repr(size),
            expected="(width, height) in pixels",
            fix="pass size=(640, 480)",
        )
    width, height = (None if side is None else integer("size", side) for side in size)
    short = any(
        side is not None and side < number * least
        for side, number, least in ((width, columns, SMALLEST), (height, rows, SMALLEST + above))
    )
    if short:
        raise invalid(
            "size",
            received=f"{(width, height)} for {rows} rows and {columns} columns",
            expected=f"at least {SMALLEST} pixels for each sample"
            + (f", and {above} for the name above it" if above else ""),
            fix="make the picture larger, or draw fewer samples",
        )
    return width, height


def _one_for_each(labels: Any, rows: int, columns: int) -> np.ndarray:
    array = array_to_numpy("labels", list(labels) if isinstance(labels, range) else labels)
    if array.shape not in ((rows,), (rows * columns,)):
        raise invalid(
            "labels",
            received=f"labels of shape {array.shape}",
            expected=f"({rows},), a class for each row, or ({rows * columns},), one for each "
            "sample",
            fix="give each row a class, or change `rows`",
        )
    one_for_each = np.repeat(array, rows * columns // len(array))
    return check_labels("labels", one_for_each, np.iinfo("int32").max, len(one_for_each))


def _check_names(class_names: Any) -> tuple[str, ...]:
    is_text = isinstance(class_names, str) or not isinstance(class_names, Iterable)
    names: tuple[str, ...] = () if is_text else tuple(class_names)
    if is_text or not names or not all(isinstance(name, str) for name in names):
        raise wrong_type(
            "class_names",
            received=repr(class_names),
            expected="a list of strings, one for each class",
            fix="pass for example class_names=['benign', 'malignant']",
        )
    return names


def _image_ranges(generator: Any) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Finds the outputs that are images, by their path in a sample, with their ranges."""
    outputs = tree.flatten_with_path(output_of(generator))
    return {
        path: limits or (-1.0, 1.0)
        for (path, output), limits in zip(outputs, output_ranges(generator), strict=True)
        if len(output.shape) == 4 and output.shape[-1] in (1, 3)
    }


def _largest_image(generator: Any) -> int:
    shapes = [output.shape for output in tree.flatten(output_of(generator))]
    return max((shape[1] or 1) * (shape[2] or 1) for shape in shapes if len(shape) == 4)
