"""Represents samples of rows, images, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.samples._columns import (
    TypesDiffer,
    columns_of,
    frames_of,
    keys_of,
    kinds_of,
    table_of,
)
from keras_gan_kit.evaluation.samples._encoder import PixelEncoder, RowEncoder
from keras_gan_kit.evaluation.samples._image_arrays import image_array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Samples:
    """A table, images, or both, where row i belongs to image i."""

    table: pd.DataFrame | None = None
    image: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        part = self.table if self.image is None else self.image
        return 0 if part is None else len(part)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts: "image", "table" or both."""
        return tuple(name for name in ("image", "table") if getattr(self, name) is not None)

    def take(self, chosen: NDArray[Any]) -> Samples:
        """Returns the samples with these indices."""
        return Samples(
            None if self.table is None else self.table.iloc[chosen].reset_index(drop=True),
            None if self.image is None else self.image[chosen],
        )

    def sampled(self, count: int | None, seed: int) -> Samples:
        """Returns at most `count` samples, drawn without replacement, in their original order."""
        if count is None or len(self) <= count:
            return self
        chosen = np.random.default_rng(seed).choice(len(self), count, replace=False)
        return self.take(np.sort(chosen))


class SampleEncoder:
    """Encodes samples as vectors in which image and row have equal weight.

    Args:
        samples: The samples that determine scales, levels and components, with a table from
            `frames_of`.
        seed: Seed of the components.
    """

    def __init__(self, samples: Samples, *, seed: int = 0) -> None:
        self.encoders: dict[str, tuple[Any, float]] = {}
        makers: dict[str, Any] = {
            "image": lambda x: PixelEncoder(x, seed=seed),
            "table": RowEncoder,
        }
        for part in samples.parts:
            encoder = makers[part](getattr(samples, part))
            spread = float(np.sqrt(encoder(getattr(samples, part)).var(axis=0).sum()))
            # A single part is not rescaled.
            self.encoders[part] = encoder, spread if spread > 0 and len(samples.parts) > 1 else 1.0

    def __call__(self, samples: Samples) -> NDArray[np.float32]:
        """Returns float32 vectors (samples, width)."""
        blocks = [
            encoder(getattr(samples, part)) / np.float32(spread)
            for part, (encoder, spread) in self.encoders.items()
        ]
        return np.concatenate(blocks, axis=1)


def samples_of(argument: str, given: Any) -> Samples:
    """Validates samples, and converts them to `Samples`.

    Args:
        argument: The argument's name, without backticks.
        given: A DataFrame or an array (rows, columns); images (n, height, width, channels); or a
            dict with "table", "image" or both.

    Raises:
        TypeError: If it is none of these.
        ValueError: If it is empty, the parts have different lengths, or pixels are not finite.
    """
    if isinstance(given, Samples):
        return given
    if not isinstance(given, Mapping):
        key = "image" if getattr(given, "ndim", 2) == 4 else "table"
        return samples_of(argument, {key: given})
    unknown = [key for key in given if key not in ("image", "table")]
    if unknown or not given:
        raise invalid(
            argument,
            received=f"a dict with the keys {list(given)}",
            expected='the keys "image", "table", or both',
            fix="rename the keys",
        )
    samples = Samples(
        table_of(argument, given["table"]) if "table" in given else None,
        _images_of(argument, given["image"]) if "image" in given else None,
    )
    lengths = {part: len(getattr(samples, part)) for part in samples.parts}
    if len(set(lengths.values())) > 1:
        raise invalid(
            argument,
            received=f"parts of lengths {lengths}",
            expected="one row per image",
            fix="select the same samples in both",
        )
    return samples


def _images_of(argument: str, given: Any) -> NDArray[np.float32]:
    images = image_array(argument, given)
    if not len(images):
        raise invalid(
            argument,
            received="no images",
            expected="at least one image",
            fix="check the path, or how the images were filtered",
        )
    return images


def alike(named: Mapping[str, Samples]) -> None:
    """Checks that all samples have the same parts, columns and image shapes as the first.

    Raises:
        ValueError: If they differ.
    """
    (first_name, first), *others = named.items()
    for name, samples in others:
        ours, theirs = _form(first), _form(samples)
        lost = [part for part, value in ours.items() if theirs.get(part) != value]
        extra = [part for part in theirs if part not in ours]
        if lost or extra:
            part = (lost or extra)[0]
            raise invalid(
                name,
                received=f"{part}: {theirs.get(part, 'none')}",
                expected=f"as in `{first_name}`: {ours.get(part, 'none')}",
                fix="use the same parts, columns and image sizes in both",
            )


def _form(samples: Samples) -> dict[str, Any]:
    form: dict[str, Any] = {}
    if samples.image is not None:
        form["images of shape"] = samples.image.shape[1:]
    if samples.table is not None:
        form["columns"] = sorted(samples.table.columns)
    return form


def comparable(
    named: Mapping[str, Samples],
    kinds: Mapping[str, Sequence[str]],
    *,
    drop: Sequence[str] = (),
    strict: bool = True,
) -> tuple[dict[str, Samples], dict[str, str]]:
    """Makes the tables of samples comparable, without keys and other unusable columns.

    Args:
        named: Samples by the names of their arguments, the real ones first.
        kinds: From `kinds_of`; these columns are never treated as keys.
        drop: Further columns to leave out.
        strict: Whether columns of different types raise an error instead of being left out.

    Returns:
        The samples with tables from `frames_of`, and the reason for each column left out.

    Raises:
        ValueError: If parts, columns, their types or image shapes differ.
    """
    first = next(iter(named.values()))
    if first.table is None:
        alike(named)
        return dict(named), {}
    keys = keys_of(first.table.drop(columns=[x for x in drop if x in first.table]), kinds)
    unused = [*keys, *drop]
    kept = {
        name: Samples(
            None
            if samples.table is None
            else samples.table.drop(columns=[x for x in unused if x in samples.table]),
            samples.image,
        )
        for name, samples in named.items()
    }
    alike(kept)
    tables = {name: samples.table for name, samples in kept.items() if samples.table is not None}
    columns, reasons = columns_of(tables, **_chosen(kinds, drop))
    different = {name: text for name, text in reasons.items() if isinstance(text, TypesDiffer)}
    if different and strict:
        raise invalid(
            list(named)[1],
            received=f"columns of different types: {different}",
            expected=f"the types of `{next(iter(named))}`",
            fix="convert the columns, or add them to `categorical` to compare codes",
        )
    frames = frames_of(columns, [len(table) for table in tables.values()])
    return {
        name: Samples(frame, kept[name].image) for name, frame in zip(tables, frames, strict=True)
    }, keys | reasons


def _chosen(kinds: Mapping[str, Sequence[str]], drop: Sequence[str]) -> dict[str, list[str]]:
    return {kind: [name for name in names if name not in drop] for kind, names in kinds.items()}


def chosen_kinds(continuous: Any, categorical: Any, real: Samples) -> dict[str, list[str]]:
    """Returns the columns whose kind the user declared; none for samples without a table.

    Raises:
        TypeError: If an argument is neither a name nor a sequence of names.
        ValueError: If a column doesn't exist, or is in both arguments.
    """
    if real.table is not None:
        return kinds_of(continuous, categorical, real.table)
    for argument, names in (("continuous", continuous), ("categorical", categorical)):
        if names:
            raise invalid(
                argument,
                received=f"{names!r}, for samples without a table",
                expected="columns of a table",
                fix="leave it out, or pass samples with a table",
            )
    return {}


def columns_text(used: Sequence[str], reasons: Mapping[str, str]) -> str:
    """Returns sentences that list the columns used and the columns left out."""
    text = f" Columns used: {', '.join(used)}." if used else ""
    return text + left_out_text(reasons)


def left_out_text(reasons: Mapping[str, str]) -> str:
    """Returns a sentence that lists the columns left out, or an empty string."""
    if not reasons:
        return ""
    listed = "; ".join(f"{name} ({reason})" for name, reason in reasons.items())
    return f" Columns left out: {listed}."
