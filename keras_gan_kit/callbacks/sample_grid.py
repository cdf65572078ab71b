"""Saves pictures of generated samples during training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from keras import tree
from PIL import Image

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._files import check_directory, remove_leftovers, written_atomically
from keras_gan_kit.callbacks._grid_picture import GAP, SMALLEST, TEXT, grid_picture
from keras_gan_kit.callbacks._sample_pictures import is_drawn, sample_pictures
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.models import ConditionalGAN
from keras_gan_kit.models._check_batches import check_labels
from keras_gan_kit.models._gan_model import GANModel
from keras_gan_kit.models._inspection import (
    last_activation,
    output_of,
    output_ranges,
    shapes_of,
)
from keras_gan_kit.models._sampling import class_levels

# Samples in a batch have at most this many pixels in total: a generator of large images needs
# hundreds of times their memory, and a grid must not need more than a training step.
_PIXELS_AT_ONCE = 2**22
_IN_NAMES = str.maketrans("/\\", "__")  # characters that file names can't have


class SampleGrid(PeriodicCallback):
    """Saves PNG grids of samples during training, always from the same latents.

    Files are named after the last step (`step_0003000.png`, counted from 0) or the epoch
    (`epoch_00001.png`, counted from 1). If a sample has several images, each has its own file, with
    the name of the part at the end. Signals `(length, channels)` are drawn as lines, one lane for
    each of the first 16 channels, and volumes as their middle slices along the three axes.

    With a `ConditionalGAN`, sample i has class i modulo `num_classes`, so that with as many columns
    as classes each column shows one class. Pass `labels` to choose the classes. `ImageToImageGAN`
    and `CycleGAN` show each image with its translation: their grids use the largest number of
    columns up to `columns` that keeps them in one row.

    Args:
        directory: The folder for the pictures. It is created if needed.
        every: The number of steps or epochs between two pictures. With steps, the first is step 0.
        unit: "epoch" or "step".
        rows: Rows of the grid, at least 1.
        columns: Columns of the grid, at least 1.
        size: Width and height of the PNG in pixels. None does not scale samples; None for one side,
            as in (640, None), makes it as long as the grid needs.
        seed: Selects the latents, as in `GAN.generate`.
        labels: For a `ConditionalGAN`: the class of each row, or of each sample, row by row.
        conditions: For a `ConditionalGAN` with conditions: as `generate` takes them, a dict or a
            DataFrame with a row for each sample. None draws them as in training.
        class_names: The names of all classes, in order, to write above the samples.
        value_range: `(low, high)`, the values that become black and white. None uses the range of
            the generator's last activation, or [-1, 1] if that is unbounded.
        on_picture: A function that is called with the path of each saved picture and the number in
            its name, for example to send it to an experiment tracker.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number or a label is out of range, or there is nothing to draw.
        OSError: If a picture can't be written. The message names the file.

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
        conditions: Any = None,
        class_names: Sequence[str] | None = None,
        value_range: tuple[float, float] | None = None,
        on_picture: Callable[[Path, int], object] | None = None,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)
        self.rows = integer("rows", rows)
        self.columns = integer("columns", columns)
        above = TEXT if class_names is not None else 0
        self.size = None if size is None else _check_size(size, self.rows, self.columns, above)
        self.seed = integer("seed", seed, minimum=0)
        self.labels = None if labels is None else _one_for_each(labels, self.rows, self.columns)
        self.conditions = conditions
        self.class_names = None if class_names is None else _check_names(class_names)
        self.value_range = None if value_range is None else value_bounds("value_range", value_range)
        if on_picture is not None and not callable(on_picture):
            raise wrong_type(
                "on_picture",
                received=repr(on_picture),
                expected="a function of a path and a number",
                fix="pass for example lambda path, number: print(path)",
            )
        self.on_picture = on_picture
        self._warned = False

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the pictures."""
        return (self.directory,)

    def check(self, gan: GANModel) -> None:
        """Checks that there is something to draw before training starts."""
        if not self._parts(gan.generator):
            raise invalid(
                "callbacks",
                received="SampleGrid, for a generator whose outputs have the shapes "
                f"{shapes_of(gan.generator.outputs)}",
                expected="an output (None, height, width, channels) with 1 or 3 channels, a signal "
                "(None, length, channels), or a volume",
                fix="remove SampleGrid",
            )
        if self.labels is not None or self.class_names is not None:
            self._check_classes(gan)
        if self.conditions is not None:
            if not isinstance(gan, ConditionalGAN):
                received = f"a value, for a {type(gan).__name__}"
                fix = "remove it, or train a ConditionalGAN"
                raise invalid("conditions", received=received, expected="None", fix=fix)
            gan.check_conditions(self.conditions, self.rows * self.columns)

    def _check_classes(self, gan: GANModel) -> None:
        num_classes = getattr(gan, "num_classes", None)
        names = self.class_names
        if num_classes is None:
            argument = "class_names" if names else "labels"
            expected, fix = "None: it has no classes", "remove it, or train a ConditionalGAN"
            received = f"a value, for a {type(gan).__name__}"
            raise invalid(argument, received=received, expected=expected, fix=fix)
        if self.labels is not None:
            check_labels("labels", self.labels, num_classes, len(self.labels))
        if names is not None and len(names) != num_classes:
            expected = f"{num_classes} names, one for each class"
            fix = "name all classes, in order"
            received = f"{len(names)} names"
            raise invalid("class_names", received=received, expected=expected, fix=fix)

    def before_fit(self, gan: GANModel) -> None:
        """Removes unfinished files of a killed process."""
        if is_chief(gan):
            remove_leftovers(self.directory, ".png")

    def on_event(self, name: str) -> None:
        """Draws and saves one grid."""
        gan: GANModel = self.model
        parts = self._parts(gan.generator)
        # Rows hold whole groups of samples that belong together.
        columns = max(1, self.columns // gan.preview_group) * gan.preview_group
        num = self.rows * columns
        at_once = max(1, min(num, _PIXELS_AT_ONCE // _largest_sample(gan.generator)))
        if self.labels is None and self.conditions is None:
            samples = gan.preview(num, seed=self.seed, batch_size=at_once)
        else:
            options: dict[str, Any] = {"seed": self.seed, "batch_size": at_once}
            options |= {} if self.labels is None else {"labels": self.labels}
            options |= {} if self.conditions is None else {"conditions": self.conditions}
            samples = self.model.generate(num, **options)
        if not is_chief(gan):
            return  # all workers generate, the chief writes
        leaves = dict(tree.flatten_with_path(samples))
        self.directory.mkdir(parents=True, exist_ok=True)
        for path, limits in parts.items():
            part = "" if len(parts) == 1 else "_" + "_".join(map(str, path)).translate(_IN_NAMES)
            if limits is None:
                self._check_range(leaves[path])
            samples = leaves[path] if is_drawn(leaves[path].shape) else class_levels(leaves[path])
            pixels = sample_pictures(samples, limits, self._cell(columns))
            picture = grid_picture(pixels, columns, self.size, self._captions())
            saved = self.directory / f"{name}{part}.png"
            _save(picture, saved)
            if self.on_picture is not None:
                self.on_picture(saved, int(name.rpartition("_")[2]))

    def _parts(self, generator: Any) -> dict[tuple[Any, ...], tuple[float, float] | None]:
        """Finds the outputs to draw, by their path in a sample, with their ranges."""
        outputs = tree.flatten_with_path(output_of(generator))
        return {
            path: self.value_range or limits
            for (path, output), limits in zip(outputs, output_ranges(generator), strict=True)
            if is_drawn(tuple(output.shape)) or _has_classes(output)
        }

    def _cell(self, columns: int) -> tuple[int | None, int | None]:
        """Returns width and height of a sample in the grid; None for a free side."""
        width, height = self.size or (None, None)
        text = TEXT if self.class_names is not None else 0
        return (
            None if width is None else max(1, (width - GAP) // columns - GAP),
            None if height is None else max(1, (height - GAP) // self.rows - GAP - text),
        )

    def _check_range(self, samples: np.ndarray) -> None:
        """Warns once if samples of an unbounded generator are not in [-1, 1]."""
        outside = float(np.mean(np.abs(np.nan_to_num(samples)) > 1.1))
        if self._warned or samples.ndim == 3 or outside <= 0.05:
            return
        self._warned = True
        warn(
            f"SampleGrid draws [-1, 1] as black to white, but {outside:.0%} of the generator's "
            f"values are outside, from {samples.min():.3g} to {samples.max():.3g}. Pass "
            "SampleGrid(..., value_range=(low, high)), or end the generator in an activation that "
            "has a range, such as tanh."
        )

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
            fix="use a larger size, or fewer samples",
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
            fix="pass a class for each row, or change `rows`",
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


def _has_classes(output: Any) -> bool:
    """Returns whether an output contains class probabilities for each pixel."""
    return len(output.shape) == 4 and last_activation(output) == "softmax"


def _largest_sample(generator: Any) -> int:
    """Returns the number of pixels, points or voxels of the largest part."""
    shapes = [output.shape for output in tree.flatten(output_of(generator))]
    return max(prod(int(side or 1) for side in shape[1:-1]) for shape in shapes)


def _save(picture: Image.Image, path: Path) -> None:
    try:
        with written_atomically(path) as unfinished:
            picture.save(unfinished)
    except OSError as error:
        reason = f"SampleGrid could not write {str(path)!r} ({error.strerror or error})"
        if error.errno is None:
            raise OSError(reason) from error
        raise OSError(error.errno, reason) from error
