"""How the parts of a sample become columns of a data set, and a sample again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._column import Column
from keras_gan_kit.models._inspection import output_of, output_ranges

KINDS = ("image", "table", "array", "label")
# What the columns of other parts are called.
LABEL = "label"
_CHANNELS = (1, 3)


@dataclass(frozen=True)
class Part:
    """One array of a sample, or its label.

    Args:
        kind: One of `KINDS`. Images are stored as picture files, tables as one column for each
            number, other arrays as a column of lists.
        path: The keys that lead to it in a sample; empty where the sample is one array.
        name: The name of its column; of a table, what unnamed columns begin with.
        shape: Of one sample.
        value_range: Of an image: what becomes black and white.
        columns: Of a table.
    """

    kind: str
    path: tuple[str | int, ...]
    name: str
    shape: tuple[int, ...]
    value_range: tuple[float, float] = (-1.0, 1.0)
    columns: tuple[Column, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of all its columns."""
        return [c.name for c in self.columns] if self.kind == "table" else [self.name]

    def to_json(self) -> dict[str, Any]:
        """Describes the part with what JSON knows."""
        described = asdict(self)
        described["columns"] = [column.to_json() for column in self.columns]
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in described.items()
        }

    @classmethod
    def from_json(cls, described: dict[str, Any], *, files: bool) -> Part:
        """Makes the part that `to_json` described.

        Args:
            described: What JSON knows.
            files: Whether images are files of their own, which are called after the part.

        Raises:
            ValueError: If something is missing or of the wrong kind.
            TypeError: The same.
            KeyError: The same.
        """
        kind, path, name = (described[key] for key in ("kind", "path", "name"))
        shape, limits = tuple(described["shape"]), tuple(described["value_range"])
        columns = tuple(Column.from_json(column) for column in described["columns"])
        if kind not in KINDS or not isinstance(name, str) or not isinstance(path, list):
            raise ValueError(f"the part {name!r} of kind {kind!r}")
        if not all(type(key) in (str, int) for key in path):
            raise ValueError(f"the path {path!r}")
        if not all(type(size) is int and size > 0 for size in shape):
            raise ValueError(f"the shape {shape!r}")
        if len(limits) != 2 or not float(limits[0]) < float(limits[1]):
            raise ValueError(f"the range {limits!r}")
        if kind == "image" and (len(shape) != 3 or shape[-1] not in _CHANNELS):
            raise ValueError(f"images of shape {shape!r}")
        if kind == "image" and files and is_path(name):  # which may lead anywhere
            raise ValueError(f"the name {name!r}")
        return cls(kind, tuple(path), name, shape, (float(limits[0]), float(limits[1])), columns)


def is_path(name: str) -> bool:
    """Tells whether a name leads to another folder where it is a file's."""
    return "/" in name or "\\" in name


def parts_of(network: keras.Model, *, labelled: bool) -> list[Part]:
    """Finds the parts of the samples that a network draws, tables still without columns.

    An output (None, height, width, 1 or 3) is an image, an output (None, width) a table; any other
    is an array.

    Args:
        network: The generator.
        labelled: Whether each sample has a label besides.

    Returns:
        Images first, then the label, arrays and tables: the order of the columns.

    Raises:
        ValueError: If the size of an output is not known.
    """
    outputs = tree.flatten_with_path(output_of(network))
    ranges = output_ranges(network)
    parts = [_part(path, output, limits) for (path, output), limits in zip(outputs, ranges)]  # noqa: B905 (subclassed models have no ranges)
    if labelled:
        parts.append(Part("label", (), LABEL, ()))
    order = ("image", "label", "array", "table")
    return sorted(parts, key=lambda part: order.index(part.kind))


def _part(path: tuple[Any, ...], output: Any, limits: tuple[float, float] | None) -> Part:
    shape = tuple(output.shape)[1:]
    if None in shape:
        raise invalid(
            "model_or_path",
            received=f"a generator with an output of shape {tuple(output.shape)}",
            expected="outputs of a size that is known",
            fix="build the generator for one size",
        )
    is_image = len(shape) == 3 and shape[-1] in _CHANNELS
    kind = "image" if is_image else "table" if len(shape) == 1 else "array"
    name = "_".join(map(str, path)) or ("column" if kind == "table" else kind)
    return Part(kind, path, name, shape, limits or (-1.0, 1.0))


def check_names(parts: list[Part]) -> None:
    """Refuses two columns of one name.

    Raises:
        ValueError: If there are any.
    """
    names = [name for part in parts for name in part.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(
            "table",
            received=f"columns named {', '.join(map(repr, twice))} twice, images and labels "
            "among them",
            expected="a name of its own for every column",
            fix="rename the column of the table",
        )


def values_per_sample(parts: list[Part]) -> int:
    """Returns how many numbers a sample has."""
    return sum(prod(part.shape) for part in parts)


def structure(parts: list[Part], values: dict[str, Any]) -> Any:
    """Puts the parts of samples together as the generator had them.

    Args:
        parts: All of them.
        values: What each part's name stands for.

    Returns:
        The one part alone, or dicts and lists of parts; with labels a pair, samples first.
    """
    leaves = {part.path: values[part.name] for part in parts if part.kind != "label"}
    samples = _nested(leaves)
    labels = [values[part.name] for part in parts if part.kind == "label"]
    return (samples, labels[0]) if labels else samples


def _nested(leaves: dict[tuple[Any, ...], Any]) -> Any:
    if () in leaves:
        return leaves[()]
    keys = list(dict.fromkeys(path[0] for path in leaves))
    branches = {
        key: _nested({path[1:]: leaf for path, leaf in leaves.items() if path[0] == key})
        for key in keys
    }
    if all(isinstance(key, int) for key in keys):
        return [branches[key] for key in sorted(keys)]
    return branches
