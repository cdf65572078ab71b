"""Shards that are Parquet files, in the layout that Hugging Face `datasets` reads."""

from __future__ import annotations

import hashlib
import importlib
import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan_kit._extra import extra
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._column_dtypes import arrow_type
from keras_gan_kit.generation._encode import Rows
from keras_gan_kit.generation._parts import Part
from keras_gan_kit.generation._plan import Plan

# A group is what a reader has to take at once.
_GROUP_ROWS, _GROUP_BYTES = 1024, 2**25
# What Hugging Face calls the types that Arrow calls otherwise.
_VALUES = {"float": "float32", "double": "float64", "halffloat": "float16"}


def check_library() -> None:
    """Makes sure that Parquet files can be written.

    Raises:
        ImportError: Otherwise.
    """
    instead = "format='folder'"
    with extra("parquet", "format", received="'parquet'", library="pyarrow", otherwise=instead):
        importlib.import_module("pyarrow.parquet")


class ParquetShard:
    """Writes one shard; the file has its name once it is complete.

    Args:
        path: The name that it will have.
        plan: The settings.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        import pyarrow.parquet as pq

        self._plan = plan
        self._schema = _schema(plan)
        self._waiting: list[Rows] = []
        self._stack = ExitStack()
        unfinished = self._stack.enter_context(written_atomically(path))
        tables = [name for part in plan.parts if part.kind == "table" for name in part.names]
        self._writer = self._stack.enter_context(
            pq.ParquetWriter(
                unfinished,
                self._schema,
                compression="zstd",
                # For pictures, whose values are all different, both only cost space.
                use_dictionary=tables or False,
                write_statistics=tables or False,
            )
        )

    def write(self, rows: Rows) -> None:
        """Adds rows; they come in order."""
        self._waiting.append(rows)
        if (
            sum(rows.count for rows in self._waiting) >= _GROUP_ROWS
            or sum(map(_size, self._waiting)) >= _GROUP_BYTES
        ):
            self._flush()

    def finish(self) -> None:
        """Completes the file."""
        if self._waiting:
            self._flush()
        self._stack.close()

    def abandon(self, error: BaseException) -> None:
        """Removes what has been written."""
        with suppress(OSError, ValueError):  # to close a file on a full disk fails once more
            self._stack.__exit__(type(error), error, error.__traceback__)

    def _flush(self) -> None:
        import pyarrow as pa

        tables = [_table(rows, self._plan, self._schema) for rows in self._waiting]
        self._waiting = []
        # One group of rows, whatever the pieces were.
        self._writer.write_table(pa.concat_tables(tables).combine_chunks())


def _size(rows: Rows) -> int:
    files = [values for values in rows.columns.values() if isinstance(values, list)]
    return sum(len(file) for column in files for file in column)


def _table(rows: Rows, plan: Plan, schema: Any) -> Any:
    import pyarrow as pa

    arrays: list[Any] = []
    for part in plan.parts:
        values = rows.columns[part.name]
        if part.kind == "image":
            names = [
                plan.sample_name(rows.start + i) + plan.image_ending for i in range(rows.count)
            ]
            files = pa.array(values, pa.binary())
            arrays.append(pa.StructArray.from_arrays([files, pa.array(names)], ["bytes", "path"]))
        elif part.kind == "table":
            arrays += [
                pa.Array.from_pandas(column.stored(values[column.name]), type=_type(column))
                for column in part.columns
            ]
        elif part.kind == "array":
            flat = pa.array(values.reshape(-1))
            arrays.append(pa.FixedSizeListArray.from_arrays(flat, int(np.prod(part.shape))))
        else:
            arrays.append(pa.array(values))
    return pa.Table.from_arrays(arrays, schema=schema)


def _schema(plan: Plan) -> Any:
    import pyarrow as pa

    fields: list[Any] = []
    features: dict[str, Any] = {}
    for part in plan.parts:
        for field in _fields(part):
            fields.append(field)
            features[field.name] = _feature(part, field.type)
    # Where `datasets` looks for what its own types are.
    description = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": description})


def _fields(part: Part) -> list[Any]:
    import pyarrow as pa

    if part.kind == "image":
        return [pa.field(part.name, pa.struct({"bytes": pa.binary(), "path": pa.string()}))]
    if part.kind == "table":
        return [pa.field(column.name, _type(column)) for column in part.columns]
    if part.kind == "array":
        return [pa.field(part.name, pa.list_(pa.float32(), int(np.prod(part.shape))))]
    return [pa.field(part.name, pa.int64())]


def _type(column: Any) -> Any:
    return arrow_type(column.arrow_type)


def _feature(part: Part, arrow_type: Any) -> dict[str, Any]:
    if part.kind == "image":
        return {"_type": "Image"}
    if part.kind == "array":
        value = {"dtype": "float32", "_type": "Value"}
        return {"feature": value, "length": arrow_type.list_size, "_type": "Sequence"}
    name = str(arrow_type)
    return {"dtype": _VALUES.get(name, name), "_type": "Value"}


def hash_file(path: Path) -> tuple[str, int]:
    """Computes the SHA-256 of a file and its size in bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def read_file(path: Path, parts: list[Part], start: int, stop: int) -> dict[str, Any]:
    """Reads rows `start` to `stop - 1` of a shard.

    Args:
        path: The file.
        parts: What to read.
        start: The first row.
        stop: The one after the last.

    Returns:
        By the name of each part: a list of picture files, an array, or a DataFrame.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        groups: list[int] = []
        first = seen = 0
        for group in range(file.num_row_groups):
            num = file.metadata.row_group(group).num_rows
            if seen + num > start and seen < stop:
                first = first if groups else seen
                groups.append(group)
            seen += num
        names = [name for part in parts for name in part.names]
        table = file.read_row_groups(groups, columns=names)
    table = table.slice(start - first, stop - start)
    if table.num_rows != stop - start:
        raise ValueError(f"it has no rows {start} to {stop - 1}")
    return {part.name: _values(part, table, stop - start) for part in parts}


def _values(part: Part, table: Any, count: int) -> Any:
    if part.kind == "table":
        # Not as floats, which have no room for large integers.
        return table.select(part.names).to_pandas(integer_object_nulls=True)
    column = table.column(part.name).combine_chunks()
    if part.kind == "image":
        return column.field("bytes").to_pylist()
    if part.kind == "array":
        return column.flatten().to_numpy().reshape(count, *part.shape)
    return column.to_numpy().astype("int32")
