"""The type of a column, and conversions to numbers, to file types and back."""

from __future__ import annotations

import datetime
import decimal
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit.data import _column_dtypes as dtypes
from keras_gan_kit.data._column_times import from_ticks, parsed_times, ticks_of, times_of

Level = str | int | float | bool
# Maps pandas' names for the values of an object column to the kinds of this package.
_HOLDS = {
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "decimal",
    "date": "date",
    "datetime": "datetime",
    "datetime64": "datetime",
    "timedelta": "timedelta",
    "timedelta64": "timedelta",
    "time": "time",
    "interval": "interval",
    "string": "text",
    "empty": "text",
}
TIMES = ("date", "datetime", "timedelta", "time", "period")
KINDS = ("boolean", "integer", "number", "decimal", *TIMES, "interval", "text", "mixed", "other")
_INT64 = 2**63
_GAPS: dict[str, Any] = {"None": None, "nan": np.nan, "NaT": pd.NaT, "<NA>": pd.NA}


@dataclass(frozen=True)
class Column:
    """The type of a column.

    Args:
        name: The column's name.
        dtype: Its dtype as `_column_dtypes.dtype_name` writes it; for a category, the dtype of its
            levels.
        categories: The levels of a category as `plain` returns them; None for other dtypes.
        ordered: Whether the levels have an order.
        holds: The kind of the values in an object column, as in `kind`; None for other dtypes.
        unit: The unit of times in an object column: "us", or "ns" for pandas' own objects.
        zone: The time zone of datetimes in an object column.
        decimals: The number of decimals of decimal numbers.
        gap: The missing-value marker of an object column.
        levels: All values of an object column that mixes text with other values.
        fewest: The smallest number of decimals, if decimal numbers have no trailing zeros beyond
            it; None if all have the same number.
        intervals: The dtype of the intervals in an object column; None for other columns.
    """

    name: str
    dtype: str
    categories: tuple[Level, ...] | None = None
    ordered: bool = False
    holds: str | None = None
    unit: str | None = None
    zone: str | None = None
    decimals: int | None = None
    gap: str = "nan"
    levels: tuple[Any, ...] | None = None
    fewest: int | None = None
    intervals: str | None = None

    @classmethod
    def of(cls, name: str, values: pd.Series[Any]) -> Column:
        """Infers the type of a column from its values."""
        if isinstance(values.dtype, pd.CategoricalDtype):
            categories = pd.Series(values.dtype.categories)
            inner = cls.of(name, categories)
            ordered = bool(values.dtype.ordered)
            return replace(inner, categories=tuple(inner.plain(categories)), ordered=ordered)
        column = cls(name, dtypes.dtype_name(values.dtype))
        if values.dtype == object:
            return _of_objects(column, values)
        if column.kind == "decimal":
            return replace(column, decimals=column.full_dtype.pyarrow_dtype.scale)
        return column

    @property
    def kind(self) -> str:
        """The kind of the values, or of a category's levels.

        One of "boolean", "integer", "number", "decimal", "date", "datetime", "timedelta", "time",
        "period", "interval", "text", "mixed" (plain values of several types) and "other".
        """
        return self.holds or dtypes.kind_of(dtypes.dtype_named(self.dtype))

    @property
    def full_dtype(self) -> Any:
        """The pandas dtype of the column."""
        dtype = dtypes.dtype_named(self.dtype)
        if self.categories is None:
            return dtype
        inner = replace(self, categories=None)
        index = pd.Index(inner.restored(pd.Series(list(self.categories), dtype=object)))
        return pd.CategoricalDtype(index, self.ordered)

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers or times rather than levels."""
        is_level = self.categories is not None or self.is_dictionary
        return not is_level and self.kind in ("integer", "number", "decimal", *TIMES)

    @property
    def is_dictionary(self) -> bool:
        """Whether the dtype is Arrow's dictionary type."""
        return self.dtype.startswith(dtypes.DICTIONARY)

    @property
    def tick(self) -> str:
        """The unit of integer times: "D", "s", "ms", "us" or "ns"."""
        if self.unit is not None:
            return self.unit
        return dtypes.tick_of(dtypes.dtype_named(self.dtype))

    def numbers(self, values: pd.Series[Any]) -> NDArray[np.float64]:
        """Returns values as numbers `(n,)`, times in days, NaN for missing ones."""
        if self.kind not in TIMES:
            return dtypes.as_numbers(values)
        ticks, absent = self.ticks(values)
        per_day = 1 if self.kind == "period" else dtypes.TICKS_PER_DAY[self.tick]
        return np.where(absent, np.nan, ticks / per_day)

    def ticks(
        self, values: pd.Series[Any], *, wall: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Returns times as integers since 1970 in UTC, and a mask of missing ones.

        Args:
            values: Times of any dtype that converts to this column's, or ISO text.
            wall: Whether to use the local time of the zone.

        Raises:
            ValueError: If a value is not such a time.
        """
        other = Column.of(self.name, values)
        if other.kind == "text" and values.notna().any():
            values = parsed_times(self.kind, values, dtypes.dtype_named(self.dtype))
            other = Column.of(self.name, values)
        zone = self.zone or dtypes.zone_of(dtypes.dtype_named(self.dtype))
        times = times_of(other.kind, values, zone if wall else None)
        return ticks_of(times, self.kind, self.tick)

    def from_ticks(
        self, ticks: NDArray[np.int64], absent: NDArray[np.bool_], *, wall: bool = False
    ) -> pd.Series[Any]:
        """Converts the integers of `ticks` back to times."""
        dtype = dtypes.dtype_named(self.dtype)
        zone = self.zone or dtypes.zone_of(dtype)
        return from_ticks(ticks, absent, self.kind, self.tick, dtype, zone, wall, _GAPS[self.gap])

    def plain(self, values: pd.Series[Any]) -> list[Level]:
        """Converts non-missing values to JSON types; times and decimals become text."""
        if self.levels is not None:
            return list(self.stored(values))
        if self.kind == "decimal":
            return [str(self._decimal(value)) for value in values.astype(object)]
        if self.kind == "interval":
            return [str(value) for value in dtypes.as_intervals(values, self._interval_dtype)]
        if self.kind in TIMES:
            return [str(value) for value in values.astype(object)]
        return [v.item() if isinstance(v, np.generic) else v for v in values.astype(object)]

    @property
    def arrow_type(self) -> str:
        """The name of the column's type in a Parquet file, such as "int64" or "timestamp[us]"."""
        if self.kind in ("text", "mixed", "period", "interval", "other"):
            return "string"
        if self.holds is None:
            return dtypes.arrow_name(dtypes.dtype_named(self.dtype))
        return {
            "boolean": "bool",
            "integer": "int64" if self.decimals is None else "decimal128(38, 0)",
            "number": "float64",
            "decimal": f"decimal128(38, {self.decimals})",
            "date": "date32[day]",
            "datetime": dtypes.arrow_timestamp(self.unit, self.zone),
            "timedelta": f"duration[{self.unit}]",
            "time": "time64[us]",
        }[self.kind]

    def stored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Converts values to a dtype that files support: categories become their levels."""
        if self.categories is not None or isinstance(values.dtype, pd.SparseDtype):
            values = values.astype(object)  # integers can't be missing
        if self.levels is not None:
            texts = dict(zip(map(_exactly, self.levels), self._level_texts(), strict=True))
            return values.astype(object).map(lambda v: texts.get(_exactly(v)), na_action="ignore")
        if self.arrow_type == "string":
            return values.astype(object).where(values.isna(), values.astype(str))
        return values

    def restored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Converts values from a file, or from `plain`, to the column's dtype.

        Raises:
            ValueError: If a value can't be converted to the dtype, or is not one of the categories.
            TypeError: If the values can't be converted to the dtype.
        """
        if self.categories is not None:
            dtype = self.full_dtype
            known = values.reset_index(drop=True).dropna()
            levels = replace(self, categories=None).restored(known)
            unknown = levels[~levels.isin(dtype.categories)]
            if len(unknown):
                raise ValueError(f"{unknown.iloc[0]!r} is not a category of {self.name!r}")
            return levels.astype(dtype).reindex(range(len(values))).set_axis(values.index)
        if self.kind in TIMES:
            return self.from_ticks(*self.ticks(values)).set_axis(values.index)
        if self.kind == "interval" and self.holds is None:
            return dtypes.as_intervals(values, self._interval_dtype)
        if self.holds is not None:
            return self._objects(values)
        return dtypes.as_dtype(values, dtypes.dtype_named(self.dtype))

    @property
    def _interval_dtype(self) -> pd.IntervalDtype:
        """The interval dtype, also of an object column.

        Raises:
            TypeError: If it is not a complete interval dtype.
        """
        dtype = dtypes.dtype_named(self.intervals or self.dtype)
        is_complete = isinstance(dtype, pd.IntervalDtype) and dtype.closed is not None
        if not is_complete or dtype.subtype is None:
            raise TypeError(f"{dtype} is not an interval dtype")
        return dtype

    def _objects(self, values: pd.Series[Any]) -> pd.Series[Any]:
        number = float if self.decimals is None else _whole_or_float
        make: Any = {"boolean": bool, "integer": int, "number": number, "decimal": self._decimal}
        make = make.get(self.kind, lambda value: value)
        if self.levels is not None:
            texts = dict(zip(self._level_texts(), self.levels, strict=True))
            make = lambda value: texts.get(value, value)  # noqa: E731
        if self.kind == "interval":  # pandas converts them to float if some are missing
            known = iter(dtypes.as_intervals(values.dropna(), self._interval_dtype))
            make = lambda _: next(known)  # noqa: E731
        gap = _GAPS[self.gap]
        absent = values.isna().to_numpy(bool)
        made = [gap if no else make(v) for v, no in zip(values.astype(object), absent, strict=True)]
        return pd.Series(made, values.index, dtype=object)

    def _decimal(self, value: Any) -> decimal.Decimal:
        number = decimal.Decimal(str(value))
        if self.fewest is not None:
            needed = max(0, _decimals_of(number.normalize()))
            return _rounded(number, min(max(self.fewest, needed), self.decimals or 0))
        return _rounded(number, self.decimals or 0)

    def _level_texts(self) -> list[str]:
        """Returns a unique text for each of the mixed levels."""
        levels = self.levels or ()
        texts = [str(level) for level in levels]
        return texts if len(set(texts)) == len(texts) else [repr(level) for level in levels]

    def to_json(self) -> dict[str, Any]:
        """Returns the column as a JSON object."""
        default = Column("", "")
        return {
            key: [_to_json(item) for item in value] if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if key in _REQUIRED or value != getattr(default, key)
        }

    def in_version_1(self) -> Column:
        """Returns the column as version 1 described it, with objects as text."""
        dtype = str(dtypes.dtype_named(self.dtype))
        return Column(self.name, dtype, self.categories, self.ordered)

    @classmethod
    def from_json(cls, described: Any) -> Column:
        """Creates a column from what `to_json` returned.

        Raises:
            ValueError: If a field is missing or has the wrong type.
        """
        if not isinstance(described, dict) or not {*_REQUIRED} <= described.keys() <= {*_FIELDS}:
            raise ValueError(f"the column {described!r:.80}")
        for key, value in described.items():
            if not isinstance(value, _FIELDS[key]):
                raise ValueError(f"the {key} {value!r:.80} of a column")
        values: dict[str, Any] = {
            key: tuple(map(_of_json, value)) if isinstance(value, list) else value
            for key, value in described.items()
        }
        column = cls(**values)
        try:
            _ = column.full_dtype, column.arrow_type
            is_known = column.gap in _GAPS and column.kind in KINDS
            _ = column.kind == "interval" and column._interval_dtype
        except _NO_DTYPE as error:
            raise ValueError(f"the dtype {column.dtype!r:.80} ({error})") from error
        if not is_known or getattr(column.full_dtype, "kind", "O") == "V":
            raise ValueError(f"the column {column!r:.80}")
        return column


_REQUIRED = ("name", "dtype", "categories", "ordered")
_FIELDS: dict[str, Any] = {
    "name": str,
    "dtype": str,
    "categories": list | None,
    "ordered": bool,
    "holds": str | None,
    "unit": str | None,
    "zone": str | None,
    "decimals": int | None,
    "gap": str,
    "levels": list | None,
    "fewest": int | None,
    "intervals": str | None,
}
# What pandas and Arrow raise for invalid dtype names and for levels of another dtype.
_NO_DTYPE = (
    TypeError,
    ValueError,
    KeyError,
    SyntaxError,
    ArithmeticError,
    MemoryError,
    NotImplementedError,
)


def _of_objects(column: Column, values: pd.Series[Any]) -> Column:
    known = values.dropna()
    inferred = pd.api.types.infer_dtype(known, skipna=True)
    holds = _HOLDS.get(inferred) or _of_several(known)
    if holds == "date" and any(isinstance(value, datetime.datetime) for value in known):
        holds = "datetime"  # dates among them become midnight
    column = replace(column, holds=holds, gap=_gap(values[values.isna()]))
    if holds == "integer" and any(abs(value) >= _INT64 for value in known):
        return replace(column, decimals=0)
    if holds == "interval":
        return replace(column, intervals=str(pd.IntervalIndex(known).dtype))
    if holds == "decimal":
        return _of_decimals(column, known)
    if holds == "number" and inferred == "mixed-integer-float":
        whole = all(isinstance(v, int | np.integer) == float(v).is_integer() for v in known)
        return replace(column, decimals=0) if whole else column
    if holds == "mixed":
        levels = {_exactly(value): value for value in known}
        ordered = sorted(levels.values(), key=lambda v: (type(v).__name__, str(v)))
        return replace(column, levels=tuple(ordered))
    if holds not in TIMES:
        return column
    is_pandas = any(isinstance(value, pd.Timestamp | pd.Timedelta) for value in known)
    zone = getattr(known.iloc[0], "tzinfo", None) if holds == "datetime" else None
    return replace(
        column,
        unit="D" if holds == "date" else "ns" if is_pandas else "us",
        zone=None if zone is None else dtypes.zone_name(zone),
    )


def _gap(absent: pd.Series[Any]) -> str:
    """Returns the missing-value marker, or "nan" if there are several."""
    found = {next((name for name, gap in _GAPS.items() if value is gap), "nan") for value in absent}
    return found.pop() if len(found) == 1 else "nan"


def _of_decimals(column: Column, known: pd.Series[Any]) -> Column:
    """Returns the column with its number of decimals, or the fewest and the most."""
    numbers = [decimal.Decimal(value) for value in known if not isinstance(value, float)]
    decimals = [max(0, _decimals_of(number)) for number in numbers]
    most, fewest = max(0, *decimals), min(decimals, default=0)
    needed = [max(fewest, _decimals_of(number.normalize())) for number in numbers]
    return replace(
        column, decimals=most, fewest=fewest if fewest < most and decimals == needed else None
    )


def _exactly(value: Any) -> tuple[type, Any]:
    """Returns a key that distinguishes True, 1 and 1.0."""
    value = value.item() if isinstance(value, np.generic) else value
    return type(value), value


def _whole_or_float(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _rounded(number: decimal.Decimal, decimals: int) -> decimal.Decimal:
    last = decimal.Decimal(1).scaleb(-decimals)
    digits = number.adjusted() + decimals + 2
    if digits <= decimal.DefaultContext.prec:
        return number.quantize(last)
    with decimal.localcontext(prec=digits):
        return number.quantize(last)


def _to_json(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return {"decimal": str(value)}
    return value.item() if isinstance(value, np.generic) else value


def _of_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() != {"decimal"} or not isinstance(value["decimal"], str):
        raise ValueError(f"the level {value!r:.80}")
    return decimal.Decimal(value["decimal"])


def _decimals_of(value: Any) -> int:
    exponent = decimal.Decimal(value).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _of_several(known: pd.Series[Any]) -> str:
    types = {type(value) for value in known}
    if types <= {decimal.Decimal, int, float}:
        return "decimal"
    if all(issubclass(t, datetime.datetime) for t in types):
        return "datetime"
    plain = (str, int, float, bool, np.generic, decimal.Decimal)
    return "mixed" if all(issubclass(t, plain) for t in types) else "other"
