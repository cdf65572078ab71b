"""Describes the arrays of a sample and the columns that hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._column import Column
from keras_gan_kit.generation._json import value_of
from keras_gan_kit.models._inspection import image_ranges, output_of

KINDS = ("image", "table", "array", "label")
LABEL = "label"  # the name of the column of labels
CONDITIONS = "conditions"  # the name of the table of conditions
_CHANNELS = (1, 3)
_DEFAULT_RANGE = (-1.0, 1.0)


@dataclass(frozen=True)
class Part:
    """One array of a sample, or its label.

    Args:
        kind: One of `KINDS`. Images are stored as PNG or JPEG files, tables as one column for each
            of their columns, other arrays as a column of lists.
        path: The keys that lead to it in a sample; empty if the sample is one array.
        name: The name of its column; for a table, the prefix of numbered columns.
        shape: The shape of one sample.
        value_range: For an image, the values of black and white.
        columns: The columns of a table.
    """

    kind: str
    path: tuple[str | int, ...]
    name: str
    shape: tuple[int, ...]
    value_range: tuple[float, float] = _DEFAULT_RANGE
    columns: tuple[Column, ...] = ()

    @property
    def is_condition(self) -> bool:
        """Whether it holds given conditions instead of outputs of the generator."""
        is_table = self.kind == "table" and self.path == (CONDITIONS,)
        return self.kind == "label" or is_table

    @property
    def names(self) -> list[str]:
        """The names of all its columns."""
        return [c.name for c in self.columns] if self.kind == "table" else [self.name]

    def to_json(self) -> dict[str, Any]:
        """Returns a description that JSON can hold."""
        described = asdict(self)
        described["columns"] = [column.to_json() for column in self.columns]
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in described.items()
        }

    @classmethod
    def from_json(cls, described: Any, *, files: bool) -> Part:
        """Restores the part that `to_json` described.

        Args:
            described: The description.
            files: Whether images are separate files, which are named after the part.

        Raises:
            ValueError: If a value is missing or invalid.
        """
        kind, name = value_of(described, "kind", str), value_of(described, "name", str)
        path = value_of(described, "path", list)
        shape = tuple(value_of(described, "shape", list))
        limits = value_of(described, "value_range", list)
        if kind not in KINDS:
            raise ValueError(f"the part {name!r} of kind {kind!r}")
        if not all(type(key) in (str, int) for key in path):
            raise ValueError(f"the path {path!r}")
        if not all(type(size) is int and size > 0 for size in shape):
            raise ValueError(f"the shape {shape!r}")
        if len(limits) != 2 or not all(type(x) in (int, float) for x in limits):
            raise ValueError(f"the range {limits!r}")
        low, high = map(float, limits)
        if not low < high:
            raise ValueError(f"the range {limits!r}")
        if kind == "image" and (len(shape) != 3 or shape[-1] not in _CHANNELS):
            raise ValueError(f"images of shape {shape!r}")
        if kind == "image" and files and is_path(name):  # it could point to any folder
            raise ValueError(f"the name {name!r}")
        columns = tuple(map(Column.from_json, value_of(described, "columns", list)))
        return cls(kind, tuple(path), name, shape, (low, high), columns)


def is_path(name: str) -> bool:
    """Returns whether a file of this name may lie in another folder."""
    return "/" in name or "\\" in name


def parts_of(network: keras.Model, *, has_labels: bool) -> tuple[list[Part], set[str]]:
    """Finds the parts of a generator's samples. Tables have no columns yet.

    An output (None, height, width, 1 or 3) is an image, an output (None, width) a table, any other
    output an array.

    Args:
        network: The generator.
        has_labels: Whether each sample has a label.

    Returns:
        The parts in the order of the columns: images, the label, arrays, tables. And the names of
        the parts whose last layer does not bound their values.

    Raises:
        ValueError: If the size of an output is unknown.
    """
    outputs = tree.flatten_with_path(output_of(network))
    ranges = image_ranges(network)
    parts, unbounded = [], set()
    for (path, output), limits in zip(outputs, ranges):  # noqa: B905 (subclassed models have no ranges)
        parts.append(_part(path, output, limits or _DEFAULT_RANGE))
        if limits is None:
            unbounded.add(parts[-1].name)
    if has_labels:
        parts.append(Part("label", (), LABEL, ()))
    order = ("image", "label", "array", "table")
    return sorted(parts, key=lambda part: order.index(part.kind)), unbounded


def _part(path: tuple[Any, ...], output: Any, limits: tuple[float, float]) -> Part:
    shape = tuple(output.shape)[1:]
    if None in shape:
        raise invalid(
            "model_or_path",
            received=f"a generator with an output of shape {tuple(output.shape)}",
            expected="outputs of a known size",
            fix="build the generator for one size",
        )
    is_image = len(shape) == 3 and shape[-1] in _CHANNELS
    kind = "image" if is_image else "table" if len(shape) == 1 else "array"
    name = "_".join(map(str, path)) or ("column" if kind == "table" else kind)
    return Part(kind, path, name, shape, limits)


def check_names(parts: list[Part]) -> None:
    """Checks that all columns have different names.

    Raises:
        ValueError: If two columns share a name.
    """
    names = [name for part in parts for name in part.names]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise invalid(
            "table",
            received=f"two columns named {', '.join(map(repr, duplicates))}, counting images and "
            "labels",
            expected="unique names",
            fix="rename the column of the table",
        )


def values_per_sample(parts: list[Part]) -> int:
    """Returns the number of values in a sample."""
    return sum(prod(part.shape) for part in parts)


def structure(parts: list[Part], values: dict[str, Any]) -> Any:
    """Assembles samples in the generator's structure.

    Args:
        parts: All parts of a sample.
        values: The values of each part, by its name.

    Returns:
        The only part, or dicts and lists of parts; with labels, the pair `(samples, labels)`, and
        with conditions that are not columns of the samples, `(samples, conditions)`.
    """
    leaves = {part.path: values[part.name] for part in parts if not part.is_condition}
    samples = _nested(leaves)
    labels = [values[part.name] for part in parts if part.is_condition]
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
