"""Computes what the explorer shows, independent of the page."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import tree
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit.callbacks._grid_picture import grid_picture
from keras_gan_kit.callbacks._sample_pictures import is_drawn, sample_pictures
from keras_gan_kit.data import images_from_directory
from keras_gan_kit.generation.interpolate_latents import interpolate_latents
from keras_gan_kit.generation.latent_directions import latent_directions
from keras_gan_kit.models import GAN, ConditionalGAN
from keras_gan_kit.models._inspection import output_of, output_ranges
from keras_gan_kit.models._sampling import latents
from keras_gan_kit.networks._table_output import row_table

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data._conditions import Condition

_DIRECTIONS, _LOOKED_AT = 5, 512
_COLUMNS, _SIDE = 4, 640
_ANY = "(any)"
_MISSING = "(missing)"


@dataclass(frozen=True)
class Field:
    """A field of the page for one condition.

    Args:
        name: The column, or "label".
        choices: The values to choose from; None for a number, which has two fields: from and to.
        bounds: The smallest and the largest number, as text; empty for choices.
    """

    name: str
    choices: tuple[str, ...] | None
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """The results that one click shows.

    Args:
        picture: The samples in a grid; None for a model without pictures.
        rows: The conditions and table rows of the samples; None if there are none.
        nearest: The training images that are nearest to the samples, in the same grid, or None.
        file: A zip file of all of it.
    """

    picture: Image.Image | None
    rows: pd.DataFrame | None
    nearest: Image.Image | None
    file: str


class Session:
    """A model with the table and the images that are needed to show its samples.

    Args:
        gan: A model that draws samples from latents.
        table: The fitted transformer of the rows of joint samples; None for the one that the
            generator was built with.
        images: A folder of training images, or None.
        folder: The folder for files to download.

    Raises:
        TypeError: If `gan` is not such a model.
        ValueError: If the images can't be read, the model draws no images to compare with, or the
            table does not have the columns that it draws.
    """

    def __init__(self, gan: Any, table: Any, images: str | Path | None, folder: str) -> None:
        if not isinstance(gan, GAN) or gan.latent_dim is None:
            raise wrong_type(
                "gan",
                received=f"{type(gan).__name__}",
                expected="a model that draws samples from latents, such as GAN",
                fix="save a GAN with gan.save('gan.keras')",
            )
        self.gan, self.table, self.folder = gan, table, Path(folder)
        outputs = tree.flatten_with_path(output_of(gan.generator))
        self.parts = {
            path: limits
            for (path, output), limits in zip(outputs, output_ranges(gan.generator), strict=True)
            if is_drawn(tuple(output.shape))
        }
        self.row_path = next((p for p, o in outputs if len(o.shape) == 2), None)
        self._check_table()
        self.real = None if images is None else self._real(images)
        self.directions = _directions(gan)

    def _check_table(self) -> None:
        width = None if self.row_path is None else self._shapes()[self.row_path][0]
        if self.table is None:
            own = row_table(self.gan.generator)
            self.table = own if own is not None and own.width == width else None
        if self.table is not None and self.table.width != width:
            drawn = "no rows" if width is None else f"rows of {width} numbers"
            raise invalid(
                "table",
                received=f"a table of rows of {self.table.width} numbers, for a model of {drawn}",
                expected="None" if width is None else "the table that the model was trained on",
                fix="leave it out" if width is None else "pass the file that you saved with it",
            )
        if self.table is None and not self.parts and width is not None:
            raise invalid(
                "table",
                received="None, for a model that only draws table rows",
                expected="the fitted TableTransformer that encoded the training rows",
                fix="pass table=..., or --table FILE in a shell",
            )

    def _real(self, images: str | Path) -> NDArray[np.float32]:
        path, *_ = [*self.parts, None]
        shape = () if path is None else self._shapes()[path]
        if len(shape) != 3:
            raise invalid(
                "images",
                received=f"{str(images)!r}, for a model that draws no images",
                expected="None",
                fix="leave it out",
            )
        limits = self.parts[path]
        real: NDArray[np.float32] = images_from_directory(
            images,
            shape[:2],
            color_mode="rgb" if shape[-1] == 3 else "grayscale",
            value_range=limits or (-1.0, 1.0),
        )
        return real

    def _shapes(self) -> dict[tuple[Any, ...], tuple[int, ...]]:
        return {
            path: tuple(output.shape[1:])
            for path, output in tree.flatten_with_path(output_of(self.gan.generator))
        }

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the conditions."""
        if not isinstance(self.gan, ConditionalGAN):
            return ()
        if self.gan.columns is None:
            names = (_ANY, *map(str, range(self.gan.num_classes or 0)))
            return (Field("label", names),)
        return tuple(
            Field(c.name, None, tuple(map(_text, c.values(np.array([0.0, 1.0])))))
            if c.scaling is not None
            else Field(c.name, (_ANY, *map(str, c.column.levels or ()), *[_MISSING] * c.may_miss))
            for c in self.gan.columns.columns
        )

    def draw(
        self,
        count: int,
        seed: int,
        truncation: float,
        steps: Sequence[float],
        asked: Sequence[Any],
    ) -> Shown:
        """Draws samples.

        Args:
            count: The number of samples.
            seed: The seed of the latents.
            truncation: As `generate` takes it.
            steps: The distance to move along each direction.
            asked: The values of the fields: a text for a choice, two numbers for a number.
        """
        seed = integer("seed", seed, minimum=0)
        points = latents(count, self.gan.latent_dim, seed=seed) * np.float32(truncation)
        return self._shown(points + np.asarray(steps, np.float32) @ self.directions, seed, asked)

    def path(self, start: int, end: int, count: int, asked: Sequence[Any]) -> Shown:
        """Draws samples on the path between the first latents of two seeds."""
        seeds = [integer("seed", seed, minimum=0) for seed in (start, end)]
        first, last = (latents(1, self.gan.latent_dim, seed=seed)[0] for seed in seeds)
        return self._shown(interpolate_latents(first, last, max(count, 2)), start, asked, one=True)

    def _shown(
        self, points: NDArray[np.float32], seed: int, asked: Sequence[Any], one: bool = False
    ) -> Shown:
        samples, rows = self._samples(points, seed, asked, one)
        leaves = dict(tree.flatten_with_path(samples))
        if self.table is not None and self.row_path is not None:
            drawn = self.table.inverse_transform(leaves[self.row_path])
            others = [] if rows is None else [name for name in rows if name not in drawn]
            rows = drawn if rows is None else drawn.join(rows[others])
        picture = nearest = None
        for path, limits in list(self.parts.items())[:1]:
            picture = _picture(leaves[path], limits)
            if self.real is not None:
                nearest = _picture(_nearest(leaves[path], self.real), limits)
        return Shown(picture, rows, nearest, self._file(picture, rows, leaves))

    def _samples(
        self, points: NDArray[np.float32], seed: int, asked: Sequence[Any], one: bool
    ) -> tuple[Any, pd.DataFrame | None]:
        gan = self.gan
        if not isinstance(gan, ConditionalGAN):
            return gan.generate(latents=points), None
        import pandas as pd

        values = dict(zip((field.name for field in self.fields), asked, strict=True))
        if gan.columns is None:
            label = values["label"]
            labels = np.arange(len(points)) % (gan.num_classes or 1)
            labels = labels * (not one) if label == _ANY else np.full(len(points), int(label))
            return gan.generate(latents=points, labels=labels), pd.DataFrame({"label": labels})
        conditions = {c.name: _asked(c, values[c.name]) for c in gan.columns.columns}
        known = {name: value for name, value in conditions.items() if value != ()}
        drawn = gan.draw_conditions(1 if one else len(points), conditions=known, seed=seed)
        drawn = drawn.iloc[np.zeros(len(points), int)] if one else drawn
        drawn = drawn.reset_index(drop=True)
        return gan.generate(latents=points, conditions=drawn), drawn

    def _file(
        self,
        picture: Image.Image | None,
        rows: pd.DataFrame | None,
        leaves: dict[tuple[Any, ...], Any],
    ) -> str:
        """Writes the results to a zip file, and returns its path."""
        path = self.folder / "samples.zip"
        with zipfile.ZipFile(path, "w") as file:
            if picture is not None:
                with file.open("samples.png", "w") as png:
                    picture.save(png, format="PNG")
            if rows is not None:
                file.writestr("rows.csv", rows.to_csv(index=False))
            for keys, leaf in leaves.items():
                name = "_".join(map(str, keys)) or "samples"
                with file.open(f"{name}.npy", "w") as array:
                    np.save(array, leaf)
        return str(path)


def _asked(column: Condition, value: Any) -> Any:
    """Returns the condition that a field specifies; () if it is empty."""
    if column.scaling is None:
        levels = {str(level): level for level in column.column.levels or ()}
        return () if value == _ANY else None if value == _MISSING else levels[value]
    typed = ["" if end is None else str(end).strip() for end in value]
    if typed == ["", ""]:
        return ()
    bounds = column.values(np.array([0.0, 1.0]))
    low, high = (_number(end or str(bound)) for end, bound in zip(typed, bounds, strict=True))
    return low if low == high else (low, high)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:  # a date, or a word, which `generate` rejects
        return text


def _text(bound: Any) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound).removesuffix(" 00:00:00")


def _directions(gan: GAN) -> NDArray[np.float32]:
    """Returns a few latent directions, or none if the generator does not support them."""
    n = min(_DIRECTIONS, gan.latent_dim or 0)
    try:
        return latent_directions(gan, n, num_samples=_LOOKED_AT)
    except ValueError as error:
        warn(f"There are no sliders of directions. {error}")
        return np.zeros((0, gan.latent_dim or 0), np.float32)


def _picture(samples: Any, limits: tuple[float, float] | None) -> Image.Image:
    columns = min(_COLUMNS, len(samples))
    missing = -len(samples) % columns
    pixels = sample_pictures(np.asarray(samples), limits, (_SIDE // columns, None))
    empty = np.full((missing, *pixels.shape[1:]), 255, np.uint8)
    rows = -(-len(samples) // columns)
    size = (_SIDE, _SIDE * rows // columns)
    return grid_picture(np.concatenate([pixels, empty]), columns, size)


def _nearest(samples: Any, real: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = real.reshape(len(real), -1)
    squares = (flat**2).sum(axis=1)
    points = np.asarray(samples).reshape(len(samples), -1)
    nearest: NDArray[np.float32] = real[(squares[None] - 2 * points @ flat.T).argmin(axis=1)]
    return nearest
