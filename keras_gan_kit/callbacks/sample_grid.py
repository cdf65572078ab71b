"""Pictures of what the generator draws, while it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from keras import tree
from PIL import Image

from keras_gan_kit._backend import is_chief
from keras_gan_kit._errors import explain
from keras_gan_kit._files import remove_leftovers, written_atomically
from keras_gan_kit._integer import integer
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback, check_directory
from keras_gan_kit.data import to_uint8
from keras_gan_kit.models.inspection import output_of, output_ranges

_GAP = 4  # pixels between two samples
# As many are drawn at once as make this many pixels: a generator of large images needs hundreds of
# times their memory, and a grid must not need more than a training step does.
_PIXELS_AT_ONCE = 2**22


class SampleGrid(PeriodicCallback):
    """Saves a grid of samples of the same latents, a PNG for each event.

    Files are called after the last step taken (`step_0003000.png`, counted from 0) or the epoch
    (`epoch_00001.png`, counted from 1). Every part of a sample that is an image gets its picture;
    where there are several, the name of the part is added to the file's.

    Args:
        directory: The folder for the pictures; made if needed.
        every: How many steps or epochs lie between two pictures. The first step has one.
        unit: "epoch" or "step".
        rows: Rows of the grid, at least 1.
        columns: Columns of the grid, at least 1.
        size: Width and height of the PNG in pixels; None shows every pixel of a sample as one.
        seed: Chooses the latents, as in `GAN.generate`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, or the generator draws no images.

    Example:
        >>> SampleGrid("runs/digits/samples", every=3000, unit="step").size
        (640, 480)
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        every: int = 1,
        unit: str = "epoch",
        rows: int = 5,
        columns: int = 5,
        size: tuple[int, int] | None = (640, 480),
        seed: int = 0,
    ) -> None:
        super().__init__(every=every, unit=unit)
        self.directory = check_directory("directory", directory)
        self.rows = integer("rows", rows)
        self.columns = integer("columns", columns)
        self.size = None if size is None else _check_size(size, self.rows, self.columns)
        self.seed = integer("seed", seed, minimum=0)

    def check(self, gan: Any) -> None:
        """Makes sure there is something to draw before training starts."""
        if not _image_ranges(gan.generator):
            raise ValueError(
                explain(
                    "callbacks",
                    received="SampleGrid, for a generator whose outputs have the shapes "
                    f"{[tuple(output.shape) for output in gan.generator.outputs]}",
                    expected="at least one output (None, height, width, channels) with 1 or 3 "
                    "channels",
                    fix="leave SampleGrid out for data that is no image",
                )
            )

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
        samples = gan.preview(num, seed=self.seed, batch_size=at_once)
        if not is_chief(gan):
            return  # to draw is work that all workers share
        leaves = dict(tree.flatten_with_path(samples))
        self.directory.mkdir(parents=True, exist_ok=True)
        for path, limits in parts.items():
            part = "" if len(parts) == 1 else "_" + "_".join(map(str, path))
            with written_atomically(self.directory / f"{name}{part}.png") as unfinished:
                self._draw(leaves[path], limits).save(unfinished)

    def _draw(self, images: np.ndarray, limits: tuple[float, float]) -> Image.Image:
        pixels = to_uint8(np.nan_to_num(images), value_range=limits)
        height, width = pixels.shape[1:3]
        size = self.size or (
            self.columns * (width + _GAP) + _GAP,
            self.rows * (height + _GAP) + _GAP,
        )
        canvas = Image.new("RGB", size, "white")
        cell_width = (size[0] - _GAP) // self.columns
        cell_height = (size[1] - _GAP) // self.rows
        scale = min((cell_width - _GAP) / width, (cell_height - _GAP) / height)
        shape = max(1, int(width * scale)), max(1, int(height * scale))
        # Enlarged pixels stay sharp; reduced ones are averaged.
        method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
        left = (size[0] - self.columns * cell_width) // 2 + (cell_width - shape[0]) // 2
        top = (size[1] - self.rows * cell_height) // 2 + (cell_height - shape[1]) // 2
        for i, sample in enumerate(pixels):
            row, column = divmod(i, self.columns)
            picture = Image.fromarray(sample.squeeze(-1) if sample.shape[-1] == 1 else sample)
            place = left + column * cell_width, top + row * cell_height
            canvas.paste(picture.resize(shape, method).convert("RGB"), place)
        return canvas


def _check_size(size: Any, rows: int, columns: int) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(
            explain(
                "size",
                received=repr(size),
                expected="(width, height) in pixels",
                fix="pass size=(640, 480)",
            )
        )
    width, height = (integer("size", side) for side in size)
    if width < columns * 2 * _GAP or height < rows * 2 * _GAP:
        raise ValueError(
            explain(
                "size",
                received=f"{(width, height)} for {rows} rows and {columns} columns",
                expected=f"at least {2 * _GAP} pixels for each sample",
                fix="make the picture larger, or draw fewer samples",
            )
        )
    return width, height


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
