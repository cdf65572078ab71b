"""Names of pandas dtypes, and the kinds of values that they hold."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

TICKS_PER_DAY = {
    "D": 1,
    "s": 86_400,
    "ms": 86_400 * 10**3,
    "us": 86_400 * 10**6,
    "ns": 86_400 * 10**9,
}
_ARROW = "arrow:"  # prefix of Arrow types, not all of which pandas can create from their names
_DECIMAL = re.compile(r"(decimal\d+)\((\d+), (-?\d+)\)")
DICTIONARY = f"{_ARROW}dictionary"
_DICTIONARY = re.compile(r"dictionary<values=(.+), indices=(\w+), ordered=([01])>")


def dtype_name(dtype: Any) -> str:
    """Returns a name from which `dtype_named` can recreate the dtype."""
    if isinstance(dtype, pd.StringDtype) and dtype.na_value is pd.NA:
        return f"string[{dtype.storage}]"  # `str` omits the storage
    if isinstance(dtype, pd.ArrowDtype):
        return f"{_ARROW}{dtype.pyarrow_dtype}"
    return str(dtype)


def dtype_named(name: str) -> Any:
    """Returns the dtype with this name.

    Raises:
        TypeError: If there is no such dtype.
        ValueError: If there is no such dtype.
    """
    if name.startswith(_ARROW):
        return pd.ArrowDtype(arrow_type(name.removeprefix(_ARROW)))
    return types.pandas_dtype(name)


def arrow_type(name: str) -> Any:
    """Returns the Arrow type with this name.

    Raises:
        ValueError: If there is no such type.
    """
    import pyarrow as pa

    if match := _DECIMAL.fullmatch(name):
        return getattr(pa, match[1])(int(match[2]), int(match[3]))
    if match := _DICTIONARY.fullmatch(name):
        return pa.dictionary(arrow_type(match[2]), arrow_type(match[1]), bool(int(match[3])))
    if name.startswith("timestamp["):
        unit, _, zone = name.removeprefix("timestamp[").removesuffix("]").partition(", tz=")
        return pa.timestamp(unit, zone or None)
    return pa.type_for_alias({"date32[day]": "date32", "date64[ms]": "date64"}.get(name, name))


def kind_of(dtype: Any) -> str:
    """Returns the kind of values that a dtype holds, as in `Column.kind`."""
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_kind(dtype.pyarrow_dtype)
    if isinstance(dtype, pd.PeriodDtype):
        return "period"
    if isinstance(dtype, pd.IntervalDtype):
        return "interval"
    if isinstance(dtype, pd.SparseDtype):
        return kind_of(dtype.subtype)
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_integer_dtype(dtype):
        return "integer"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "number"
    if dtype.kind in "mM":
        return "datetime" if dtype.kind == "M" else "timedelta"
    return "text" if types.is_string_dtype(dtype) or dtype.kind == "O" else "other"


def _arrow_kind(dtype: Any) -> str:
    import pyarrow.types as arrow

    if arrow.is_dictionary(dtype):
        return _arrow_kind(dtype.value_type)
    tests = {
        "boolean": arrow.is_boolean,
        "integer": arrow.is_integer,
        "number": arrow.is_floating,
        "decimal": arrow.is_decimal,
        "date": arrow.is_date,
        "datetime": arrow.is_timestamp,
        "timedelta": arrow.is_duration,
        "time": arrow.is_time,
    }
    texts = (arrow.is_string, arrow.is_large_string, arrow.is_string_view, arrow.is_null)
    found = [kind for kind, test in tests.items() if test(dtype)]
    return found[0] if found else "text" if any(test(dtype) for test in texts) else "other"


def without_dictionary(values: pd.Series[Any]) -> pd.Series[Any]:
    """Converts values of Arrow's dictionary type, which pandas can't sort, to objects."""
    is_dictionary = dtype_name(values.dtype).startswith(DICTIONARY)
    return values.astype(object) if is_dictionary else values


def tick_of(dtype: Any) -> str:
    """Returns the time unit of a dtype."""
    if isinstance(dtype, pd.ArrowDtype):
        unit = getattr(dtype.pyarrow_dtype, "unit", None)
        return unit or {"date32[day]": "D"}.get(str(dtype.pyarrow_dtype), "ms")
    if isinstance(dtype, pd.PeriodDtype):
        return "D"
    return getattr(dtype, "unit", None) or np.datetime_data(dtype)[0]


def zone_of(dtype: Any) -> str | None:
    """Returns the time zone of a dtype, by name."""
    if isinstance(dtype, pd.ArrowDtype):
        return getattr(dtype.pyarrow_dtype, "tz", None)
    zone = getattr(dtype, "tz", None)
    return None if zone is None else zone_name(zone)


def zone_name(zone: datetime.tzinfo) -> str:
    """Returns a time zone's name, which pandas and Arrow understand."""
    return str(pd.DatetimeTZDtype("ns", zone)).removeprefix("datetime64[ns, ").removesuffix("]")


def arrow_name(dtype: Any) -> str:
    """Returns the name of the Parquet type for the values of a dtype."""
    if isinstance(dtype, pd.ArrowDtype):
        arrow = getattr(dtype.pyarrow_dtype, "value_type", dtype.pyarrow_dtype)
        # Parquet has no other date type.
        return "date32[day]" if kind_of(dtype) == "date" else str(arrow)
    if isinstance(dtype, pd.SparseDtype):
        return arrow_name(dtype.subtype)
    kind = kind_of(dtype)
    if kind == "boolean":
        return "bool"
    if kind == "datetime":
        return arrow_timestamp(tick_of(dtype), zone_of(dtype))
    if kind == "timedelta":
        return f"duration[{tick_of(dtype)}]"
    # pandas' nullable "Int64" is int64 in Arrow, where every type is nullable.
    return str(dtype).lower()


def arrow_timestamp(unit: str | None, zone: str | None) -> str:
    """Returns Arrow's datetime type. Arrow writes offsets as "+02:00", pandas as "UTC+02:00"."""
    if zone is None:
        return f"timestamp[{unit}]"
    return f"timestamp[{unit}, tz={zone.removeprefix('UTC') or 'UTC'}]"


def as_numbers(values: pd.Series[Any]) -> NDArray[np.float64]:
    """Converts numbers of any dtype to float64, with NaN for missing ones.

    Raises:
        ValueError: If a value is not a number.
        TypeError: If a value is not a number.
    """
    if values.dtype == object or kind_of(values.dtype) == "decimal":
        absent = values.isna().to_numpy(bool)
        pairs = zip(values.astype(object), absent, strict=True)
        return np.array([np.nan if no else float(value) for value, no in pairs])
    if isinstance(values.dtype, pd.SparseDtype):
        return np.asarray(values, np.float64)
    numbers: NDArray[np.float64] = values.to_numpy(np.float64, na_value=np.nan)
    return numbers


def as_dtype(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Converts values, or numbers written as text, to a dtype.

    Raises:
        ValueError: If a value can't be converted.
    """
    try:
        return _converted(values, dtype)
    except TypeError as error:  # raised by pandas or Arrow; nothing else is called
        raise ValueError(f"values that can't be converted to {dtype}: {error}") from error


def _converted(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        plain = [None if pd.isna(value) else value for value in values.astype(object)]
        kind = dtype.pyarrow_dtype
        arrow = pa.array(plain).cast(getattr(kind, "value_type", kind))
        if pa.types.is_dictionary(kind):
            coded = arrow.dictionary_encode()
            codes = coded.indices.cast(kind.index_type)
            arrow = pa.DictionaryArray.from_arrays(codes, coded.dictionary, ordered=kind.ordered)
        return pd.Series(arrow, values.index, dtype=dtype)
    if isinstance(dtype, pd.SparseDtype):
        return values.astype(dtype.subtype).astype(dtype)
    return values.astype(dtype)


def as_intervals(values: pd.Series[Any], dtype: pd.IntervalDtype) -> pd.Series[Any]:
    """Converts intervals, or text such as "(18.5, 25.0]", to an interval dtype.

    Raises:
        ValueError: If a text is not an interval, or is closed on another side.
    """
    absent = values.isna().to_numpy(bool)
    texts = [str(value).strip() for value in values[~absent]]
    first = "[" if dtype.closed in ("left", "both") else "("
    last = "]" if dtype.closed in ("right", "both") else ")"
    if any(text[:1] != first or text[-1:] != last or ", " not in text for text in texts):
        raise ValueError(f"{texts[:3]} are not intervals closed on {dtype.closed!r}")
    pairs = [text[1:-1].split(", ", 1) for text in texts]
    if dtype.subtype.kind in "iu":  # integers that became floats
        pairs = [[side.removesuffix(".0") for side in pair] for pair in pairs]
    sides = [pd.Series([pair[i] for pair in pairs], dtype=object) for i in (0, 1)]
    left, right = (pd.Index(side.astype(dtype.subtype)) for side in sides)
    found: Any = pd.IntervalIndex.from_arrays(left, right, closed=dtype.closed)
    known = pd.Series(found, np.flatnonzero(~absent), dtype=dtype)
    return known.reindex(range(len(values))).set_axis(values.index)
