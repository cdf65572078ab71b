"""Shards that are folders of picture files, each with a CSV file of its rows."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan_kit._errors import invalid
from keras_gan_kit._files import folder_written_atomically
from keras_gan_kit.generation._encode import Rows
from keras_gan_kit.generation._parts import Part, is_path
from keras_gan_kit.generation._plan import Plan

# The names by which Hugging Face's "imagefolder" knows them.
CSV, FILE_NAME = "metadata.csv", "file_name"


def check_parts(parts: list[Part]) -> None:
    """Refuses samples that a folder cannot hold.

    Raises:
        ValueError: If a part is neither an image, a label nor a table, an image's name is none for
            a file, or a column has the name of the column of file names.
    """
    arrays = [part.name for part in parts if part.kind == "array"]
    taken = {FILE_NAME, *(f"{part.name}_{FILE_NAME}" for part in parts)}
    named = [name for part in parts for name in part.names if name in taken]
    named += [p.name for p in parts if p.kind == "image" and is_path(p.name)]
    if arrays or named:
        raise invalid(
            "format",
            received=f"'folder' for samples with {', '.join(map(repr, arrays or named))}",
            expected="images, labels and table columns with names of their own",
            fix="pass format='parquet'",
        )


class FolderShard:
    """Writes one shard; the folder has its name once it is complete.

    Args:
        path: The name that it will have.
        plan: The settings.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self._plan = plan
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(folder_written_atomically(path))
        self._csv = self._stack.enter_context(
            (self._folder / CSV).open("w", newline="", encoding="utf-8")
        )
        self._empty = True

    def write(self, rows: Rows) -> None:
        """Adds rows; they come in order."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for part in self._plan.parts:
            values = rows.columns[part.name]
            if part.kind == "image":
                columns[_file_column(part, self._plan)] = self._save(part, rows.start, values)
            elif part.kind == "table":
                columns |= {
                    column.name: column.stored_text(values[column.name]) for column in part.columns
                }
            else:
                columns[part.name] = values
        table = pd.DataFrame(columns)
        table.to_csv(self._csv, index=False, header=self._empty, lineterminator="\n")
        self._empty = False

    def finish(self) -> None:
        """Completes the folder."""
        self._stack.close()

    def abandon(self, error: BaseException) -> None:
        """Removes what has been written."""
        self._stack.__exit__(type(error), error, error.__traceback__)

    def _save(self, part: Part, start: int, files: list[bytes]) -> list[str]:
        names = [_file_name(part, self._plan, start + i) for i in range(len(files))]
        for name, file in zip(names, files, strict=True):
            (self._folder / name).write_bytes(file)
        return names


def _is_first(part: Part, plan: Plan) -> bool:
    return next(other for other in plan.parts if other.kind == "image") == part


def _file_column(part: Part, plan: Plan) -> str:
    return FILE_NAME if _is_first(part, plan) else f"{part.name}_{FILE_NAME}"


def _file_name(part: Part, plan: Plan, index: int) -> str:
    suffix = "" if _is_first(part, plan) else f"_{part.name}"
    return f"{plan.sample_name(index)}{suffix}{plan.image_ending}"


def hash_folder(path: Path) -> tuple[str, int]:
    """Computes the SHA-256 of a folder's files, in the order of their names, and their bytes.

    What is hashed of each file is its name, its size and its contents.
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
        parts: What to read.
        start: The first row.
        stop: The one after the last.
        first: The index of the sample in row 0.

    Returns:
        By the name of each part: a list of picture files, an array, or a DataFrame.
    """
    import pandas as pd

    tables = [column for part in parts if part.kind == "table" for column in part.columns]
    labels = [part.name for part in parts if part.kind == "label"]
    names = [column.name for column in tables] + labels
    table = pd.DataFrame()
    if names:
        table = pd.read_csv(
            path / CSV,
            usecols=names,
            dtype={column.name: _dtype(column) for column in tables},
            # An empty field is missing, unless the column has empty text; "NA" may be a word.
            keep_default_na=False,
            na_values={c.name: [c.null] for c in tables} | {name: [""] for name in labels},
            skiprows=range(1, start + 1),
            nrows=stop - start,
        )[names]
        if len(table) != stop - start:
            raise ValueError(f"it has no rows {start} to {stop - 1}")
    values: dict[str, Any] = {}
    for part in parts:
        if part.kind == "image":
            files = (_file_name(part, plan, first + i) for i in range(start, stop))
            values[part.name] = [(path / name).read_bytes() for name in files]
        elif part.kind == "table":
            values[part.name] = table[part.names]
        else:
            values[part.name] = table[part.name].to_numpy(np.int32)
    return values


def _dtype(column: Any) -> str:
    """The dtype to read a column as: one that has missing values."""
    kind: str = column.arrow_type
    if kind == "bool":
        return "boolean"
    if kind.startswith(("int", "uint")):
        return kind.replace("int", "Int").replace("uI", "UI")
    # Dates are text in a CSV file, and become dates again when the column is restored.
    return kind if kind.startswith("float") else "object"
