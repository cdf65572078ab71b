"""Writes and reads shards as Parquet files, in the layout of Hugging Face `datasets`."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gan_kit._extra import extra
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._column import Column
from keras_gan_kit.data._column_dtypes import arrow_type
from keras_gan_kit.generation._parts import Part

if TYPE_CHECKING:
    from keras_gan_kit.generation._plan import Plan

# A reader loads one row group at a time.
_GROUP_ROWS, _GROUP_BYTES = 1024, 2**25
# The types that Hugging Face and Arrow name differently.
_VALUES = {"float": "float32", "double": "float64", "halffloat": "float16", "date32[day]": "date32"}


def check_library() -> None:
    """Checks that pyarrow is installed.

    Raises:
        ImportError: If it is not.
    """
    instead = "format='folder'"
    with extra("parquet", "format", received="'parquet'", library="pyarrow", otherwise=instead):
        importlib.import_module("pyarrow.parquet")


@contextmanager
def write_file(path: Path, plan: Plan) -> Iterator[Callable[[range, dict[str, Any]], None]]:
    """Writes a shard. The file gets its name when the block ends without an error.

    Args:
        path: The path of the file.
        plan: The settings.

    Yields:
        A function that adds rows: the indices of the samples, and the values of each part.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(plan)
    tables = [name for part in plan.parts if part.kind == "table" for name in part.names]
    # All images differ, so for them dictionaries and statistics only cost space.
    options = {"use_dictionary": tables or False, "write_statistics": tables or False}
    with written_atomically(path) as unfinished:
        writer = pq.ParquetWriter(unfinished, schema, compression="zstd", **options)
        group: list[Any] = []

        def add(indices: range, columns: dict[str, Any]) -> None:
            group.append(_table(indices, columns, plan, schema))
            rows, size = sum(t.num_rows for t in group), sum(t.nbytes for t in group)
            if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
                flush()

        def flush() -> None:
            if group:
                # One row group, regardless of the batches.
                writer.write_table(pa.concat_tables(group).combine_chunks())
                group.clear()

        try:
            yield add
            flush()
        except BaseException:
            with suppress(OSError, ValueError):  # closing fails again on a full disk
                writer.close()
            raise
        writer.close()


def _table(indices: range, columns: dict[str, Any], plan: Plan, schema: Any) -> Any:
    import pyarrow as pa

    arrays: list[Any] = [] if plan.index_name is None else [pa.array(indices, pa.int64())]
    for part in plan.parts:
        values = columns[part.name]
        if part.kind == "image":
            names = [plan.sample_name(i) + plan.image_suffix for i in indices]
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
    if plan.index_name is not None:
        fields.append(pa.field(plan.index_name, pa.int64()))
        features[plan.index_name] = {"dtype": "int64", "_type": "Value"}
    for part in plan.parts:
        for field in _fields(part):
            fields.append(field)
            features[field.name] = _feature(part, field.type)
    # `datasets` reads its own types from here.
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


def _type(column: Column) -> Any:
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
    """Computes the SHA-256 of a file, and its size in bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def read_file(path: Path, parts: list[Part], start: int, stop: int) -> dict[str, Any]:
    """Reads rows `start` to `stop - 1` of a shard.

    Args:
        path: The file.
        parts: The parts to read.
        start: The first row.
        stop: The row after the last one.

    Returns:
        For the name of each part: a list of image files, an array, or a DataFrame.

    Raises:
        ValueError: If the file is damaged, or has other columns.
        OSError: If it cannot be read.
    """
    import pyarrow as pa

    try:
        table = _rows(path, [name for part in parts for name in part.names], start, stop)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    for part in parts:
        for field in _fields(part):
            index = table.schema.get_field_index(field.name)
            found = table.schema.field(index).type if index >= 0 else pa.null()
            # Parquet changes the unit of these types: it has no seconds and no date64.
            kinds = (pa.types.is_timestamp, pa.types.is_time32, pa.types.is_date)
            alike = any(kind(found) and kind(field.type) for kind in kinds)
            if found != field.type and not alike:
                raise ValueError(f"its column {field.name!r} is {found} instead of {field.type}")
            if part.kind != "table" and table.column(index).null_count:
                raise ValueError(f"its column {field.name!r} has missing values")
    return {part.name: _values(part, table, stop - start) for part in parts}


def _rows(path: Path, names: list[str], start: int, stop: int) -> Any:
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
        table = file.read_row_groups(groups, columns=names)
    table = table.slice(start - first, stop - start)
    if table.num_rows != stop - start:
        raise ValueError(f"it has no rows {start} to {stop - 1}")
    return table


def _values(part: Part, table: Any, count: int) -> Any:
    if part.kind == "table":
        # As objects, because floats cannot represent large integers exactly.
        return table.select(part.names).to_pandas(integer_object_nulls=True)
    column = table.column(part.name).combine_chunks()
    if part.kind == "image":
        return column.field("bytes").to_pylist()
    if part.kind == "array":
        return column.flatten().to_numpy().reshape(count, *part.shape)
    return column.to_numpy().astype("int32")
