"""Writes and reads shards as folders of image files with a CSV file of their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import folder_written_atomically
from keras_gan_kit.data._column import Column
from keras_gan_kit.generation._parts import Part, is_path

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.generation._plan import Plan

# The names that Hugging Face's "imagefolder" expects.
CSV, FILE_NAME = "metadata.csv", "file_name"


def check_parts(parts: list[Part]) -> None:
    """Checks that a folder can hold the samples.

    Raises:
        ValueError: If a part is an array, an image's name is not valid as a file name, or a column
            has the name of the column of file names.
    """
    arrays = [part.name for part in parts if part.kind == "array"]
    taken = {FILE_NAME, *(f"{part.name}_{FILE_NAME}" for part in parts)}
    named = [name for part in parts for name in part.names if name in taken]
    named += [p.name for p in parts if p.kind == "image" and is_path(p.name)]
    if arrays or named:
        raise invalid(
            "format",
            received=f"'folder' for samples with {', '.join(map(repr, arrays or named))}",
            expected="images, labels and table columns with other names",
            fix="pass format='parquet'",
        )


@contextmanager
def write_folder(path: Path, plan: Plan) -> Iterator[Callable[[range, dict[str, Any]], None]]:
    """Writes a shard. The folder gets its name when the block ends without an error.

    Args:
        path: The path of the folder.
        plan: The settings.

    Yields:
        A function that adds rows: the indices of the samples, and the values of each part.
    """
    import pandas as pd

    with (
        folder_written_atomically(path) as folder,
        (folder / CSV).open("w", newline="", encoding="utf-8") as csv,
    ):

        def add(indices: range, columns: dict[str, Any]) -> None:
            stored: dict[str, Any] = {}
            for part in plan.parts:
                values = columns[part.name]
                if part.kind == "image":
                    names = [_file_name(part, plan, i) for i in indices]
                    for name, file in zip(names, values, strict=True):
                        (folder / name).write_bytes(file)
                    stored[_file_column(part, plan)] = names
                elif part.kind == "table":
                    stored |= {c.name: _field(c, values[c.name], plan) for c in part.columns}
                else:
                    stored[part.name] = values
            if plan.index_name is not None:
                stored[plan.index_name] = indices
            header = indices.start % plan.shard_size == 0
            pd.DataFrame(stored).to_csv(csv, index=False, header=header, lineterminator="\n")

        yield add


def _field(column: Column, values: pd.Series[Any], plan: Plan) -> pd.Series[Any]:
    """Returns values as fields of a CSV file, in which an empty field is a missing value."""
    stored = column.stored(values)
    if column.arrow_type != "string" or plan.version == 1:
        return stored
    # An empty string is written as "". A string that only has such quotes gets two more of them.
    return stored.mask(stored.fillna(" ").map(_is_quotes), stored + '""')


def _is_quotes(text: str) -> bool:
    return len(text) != 1 and not text.strip('"')


def _unquoted(text: str) -> str:
    return text[2:] if len(text) > 1 and _is_quotes(text) else text


def _is_first(part: Part, plan: Plan) -> bool:
    return next(other for other in plan.parts if other.kind == "image") == part


def _file_column(part: Part, plan: Plan) -> str:
    return FILE_NAME if _is_first(part, plan) else f"{part.name}_{FILE_NAME}"


def _file_name(part: Part, plan: Plan, index: int) -> str:
    suffix = "" if _is_first(part, plan) else f"_{part.name}"
    return f"{plan.sample_name(index)}{suffix}{plan.image_suffix}"


def hash_folder(path: Path) -> tuple[str, int]:
    """Computes the SHA-256 of a folder's files in the order of their names, and their size.

    The hash covers the name, the size and the content of each file.
    """
    digest, size = hashlib.sha256(), 0
    for file in sorted(path.iterdir()):
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode())
        digest.update(content)
        size += len(content)
    return digest.hexdigest(), size


def read_folder(
    path: Path, plan: Plan, parts: list[Part], start: int, stop: int, first: int
) -> dict[str, Any]:
    """Reads rows `start` to `stop - 1` of a shard.

    Args:
        path: The folder.
        plan: The settings.
        parts: The parts to read.
        start: The first row.
        stop: The row after the last one.
        first: The index of the sample in row 0.

    Returns:
        For the name of each part: a list of image files, an array, or a DataFrame.

    Raises:
        ValueError: If the CSV file is damaged, or has other columns.
        OSError: If a file cannot be read.
    """
    columns = [column for part in parts for column in part.columns]
    labels = [part.name for part in parts if part.kind == "label"]
    table = _read_csv(path / CSV, columns, labels, start, stop)
    values: dict[str, Any] = {}
    for part in parts:
        if part.kind == "image":
            files = (_file_name(part, plan, first + i) for i in range(start, stop))
            values[part.name] = [(path / name).read_bytes() for name in files]
        elif part.kind == "table":
            values[part.name] = table[part.names]
        else:
            values[part.name] = table[part.name].to_numpy(np.int32)
    if plan.version > 1:
        for part in parts:
            for column in part.columns:
                if column.arrow_type == "string":
                    texts = values[part.name][column.name]
                    values[part.name][column.name] = texts.map(_unquoted, na_action="ignore")
    return values


def _read_csv(
    path: Path, columns: list[Column], labels: list[str], start: int, stop: int
) -> pd.DataFrame:
    import pandas as pd

    names = [column.name for column in columns] + labels
    if not names:
        return pd.DataFrame()
    try:
        table = pd.read_csv(
            path,
            usecols=names,
            dtype={c.name: _dtype(c) for c in columns} | dict.fromkeys(labels, "int32"),
            # Only an empty field is a missing value: "NA" may be a word.
            keep_default_na=False,
            na_values=[""],
            skiprows=range(1, start + 1),
            nrows=stop - start,
        )[names]
    except (TypeError, OverflowError) as error:  # from pandas, for values of another dtype
        raise ValueError(str(error)) from error
    if len(table) != stop - start:
        raise ValueError(f"it has no rows {start} to {stop - 1}")
    return table


def _dtype(column: Column) -> str:
    """Returns the dtype to read a column as, one that can hold missing values."""
    kind = column.arrow_type
    if kind == "bool":
        return "boolean"
    if kind.startswith(("int", "uint")):
        return kind.replace("int", "Int").replace("uI", "UI")
    # Dates are text in a CSV file.
    return kind if kind.startswith("float") else "object"
