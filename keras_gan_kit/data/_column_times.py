"""Converts dates, times and durations of any dtype to integers and back."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NO_TIME = np.iinfo(np.int64).min
_DURATIONS = ("timedelta", "time")


def times_of(kind: str, values: pd.Series[Any], zone: str | None) -> NDArray[Any]:
    """Converts times to NumPy's datetime64 or timedelta64, with NaT for missing ones.

    Args:
        kind: The kind of the times, as in `Column.kind`.
        values: The times.
        zone: Converts datetimes with a zone to the local time of this zone; None for UTC.

    Raises:
        ValueError: If the values are not times.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    if isinstance(values.dtype, pd.ArrowDtype):
        values = _from_arrow(values)
    if isinstance(values.dtype, pd.PeriodDtype):
        ticks = values.array.asi8
        return np.asarray(np.asarray(ticks).view("m8[D]"))
    if values.dtype == object:
        return _of_objects(kind, values, zone)
    if values.dtype.kind not in "mM":
        raise ValueError(f"{values.dtype} is not a dtype of times")
    if getattr(values.dtype, "tz", None) is not None:
        values = values.dt.tz_convert(zone or "UTC").dt.tz_localize(None)
    return np.asarray(values.to_numpy())


def _from_arrow(values: pd.Series[Any]) -> pd.Series[Any]:
    import pyarrow as pa

    array = pa.chunked_array(values.array.__arrow_array__())
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    if pa.types.is_time(array.type):
        size = pa.int32() if array.type.bit_width == 32 else pa.int64()
        array = array.cast(size).cast(pa.int64()).cast(pa.duration(array.type.unit))
    return pd.Series(array.to_pandas())


def _of_objects(kind: str, values: pd.Series[Any], zone: str | None) -> NDArray[Any]:
    absent = values.isna().to_numpy(bool)
    known = [None if no else value for value, no in zip(values, absent, strict=True)]
    if kind == "date":
        return np.array(known, "M8[D]")
    if kind == "time":
        return np.array([None if v is None else _since_midnight(v) for v in known], "m8[us]")
    if kind == "timedelta":
        return np.asarray(pd.to_timedelta(pd.Series(known, dtype=object)).to_numpy())
    aware = any(getattr(value, "tzinfo", None) is not None for value in known)
    found = pd.to_datetime(pd.Series(known, dtype=object), utc=aware or None)
    if aware:
        found = found.dt.tz_convert(zone or "UTC").dt.tz_localize(None)
    return np.asarray(found.to_numpy())


def _since_midnight(time: datetime.time) -> datetime.timedelta:
    parts = {"hours": time.hour, "minutes": time.minute, "seconds": time.second}
    return datetime.timedelta(**parts, microseconds=time.microsecond)


def ticks_of(
    times: NDArray[Any], kind: str, unit: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Returns times as integers in a unit, and a mask of missing ones.

    Raises:
        ValueError: If durations are passed where dates are expected, or vice versa.
    """
    expected = "m" if kind in (*_DURATIONS, "period") else "M"
    absent = np.isnat(times)
    if times.dtype.kind != expected and not absent.all():
        raise ValueError(f"{times.dtype} is not a {kind}")
    ticks = times.astype(f"{times.dtype.kind}8[{unit}]").view(np.int64)
    return np.where(absent, 0, ticks), absent


def parsed_times(kind: str, texts: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Parses ISO texts as times; periods get the frequency of the dtype.

    Raises:
        ValueError: If a text is not a time.
    """
    texts = texts.astype(object).where(texts.notna(), None)
    if kind == "timedelta":
        return pd.Series(pd.to_timedelta(texts), texts.index)
    if kind == "time":
        times = [None if text is None else datetime.time.fromisoformat(text) for text in texts]
        return pd.Series(times, texts.index, dtype=object)
    if kind == "period":
        return pd.Series(pd.PeriodIndex(texts, freq=dtype.freq), texts.index)
    try:
        return pd.Series(pd.to_datetime(texts, format="ISO8601"), texts.index)
    except ValueError:  # different offsets from UTC
        return pd.Series(pd.to_datetime(texts, format="ISO8601", utc=True), texts.index)


def from_ticks(
    ticks: NDArray[np.int64],
    absent: NDArray[np.bool_],
    kind: str,
    unit: str,
    dtype: Any,
    zone: str | None,
    wall: bool,
    gap: Any,
) -> pd.Series[Any]:
    """Converts integers to times of a dtype; the inverse of `ticks_of`.

    Args:
        ticks: Integers in the unit.
        absent: Mask of missing times.
        kind: The kind of the times, as in `Column.kind`.
        unit: The time unit.
        dtype: The dtype to return.
        zone: The time zone of datetimes.
        wall: Whether the integers are in local time.
        gap: The missing-value marker of an object column.
    """
    if isinstance(dtype, pd.PeriodDtype):
        index = pd.PeriodIndex.from_ordinals(np.where(absent, _NO_TIME, ticks), freq=dtype.freq)
        return pd.Series(index)
    letter = "m" if kind in _DURATIONS else "M"
    times = np.where(absent, _NO_TIME, ticks).astype(np.int64).view(f"{letter}8[{unit}]")
    if isinstance(dtype, pd.ArrowDtype) and not (zone and wall):
        return _as_arrow(ticks, absent, dtype)
    if dtype.kind == "O" and kind in ("date", "time"):
        return _as_objects(times, absent, kind, gap)
    values = pd.Series(times)
    if zone is not None:
        if wall:
            # When clocks change, an ambiguous time becomes the later one, and a nonexistent one the
            # next valid time.
            later = np.zeros(len(values), bool)
            values = values.dt.tz_localize(zone, ambiguous=later, nonexistent="shift_forward")
        else:
            values = values.dt.tz_localize("UTC").dt.tz_convert(zone)
    if dtype.kind != "O":
        return values.astype(dtype)
    objects: list[Any] = list(values)  # pandas objects
    if unit != "ns":
        python = "to_pydatetime" if kind == "datetime" else "to_pytimedelta"
        objects = [v if pd.isna(v) else getattr(v, python)() for v in objects]
    return pd.Series(
        [gap if no else v for v, no in zip(objects, absent, strict=True)], dtype=object
    )


def _as_arrow(
    ticks: NDArray[np.int64], absent: NDArray[np.bool_], dtype: pd.ArrowDtype
) -> pd.Series[Any]:
    import pyarrow as pa

    arrow = dtype.pyarrow_dtype
    counts = pa.array(ticks, mask=absent)
    if arrow.bit_width == 32:
        counts = counts.cast(pa.int32())
    return pd.Series(pd.array(counts.cast(arrow), dtype=dtype))


def _as_objects(
    times: NDArray[Any], absent: NDArray[np.bool_], kind: str, gap: Any
) -> pd.Series[Any]:
    if kind == "date":
        values = times.astype("M8[D]").tolist()
    else:
        base = datetime.datetime.combine(datetime.date(2000, 1, 1), datetime.time())
        spans = times.astype("m8[us]").tolist()
        values = [None if span is None else (base + span).time() for span in spans]
    return pd.Series([gap if no else v for v, no in zip(values, absent, strict=True)], dtype=object)
