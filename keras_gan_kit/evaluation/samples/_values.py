"""Reads the values of a table column of any dtype as numbers or levels."""

from __future__ import annotations

import datetime
import decimal
import numbers
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.data._text_forms import text_form

_DAY = np.timedelta64(1, "D")
_DIGITS = 14  # significant decimal digits in which two float64 numbers must agree to be equal
_NUMBERS = ("numbers", "dates", "durations")
_WHOLE = re.compile(r"^([+-]?\d+)\.0+$")


@dataclass(frozen=True)
class Values:
    """The values of one column.

    Args:
        form: "numbers", "dates", "durations", "levels" (a categorical dtype), "text", or "other".
        missing: Mask of missing values, shape (n,).
        numbers: float64 with NaN for missing values: numbers, booleans as 0 and 1, dates and
            durations in days; None for other values.
        objects: The values as Python objects, for text and for integers that float64 can't
            represent, which must be compared exactly; otherwise None.
        dtype: The original floating dtype of the numbers.
        problem: Why the values can't be compared, or None.
    """

    form: str
    missing: NDArray[np.bool_]
    numbers: NDArray[np.float64] | None = None
    objects: NDArray[Any] | None = None
    dtype: Any = np.float64
    problem: str | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers, dates or durations."""
        return self.form in _NUMBERS


def values_of(series: Any) -> Values:
    """Reads a column.

    Args:
        series: A `pandas.Series` of any dtype.
    """
    import pandas as pd

    if isinstance(series.dtype, pd.SparseDtype):
        series = series.sparse.to_dense()
    missing = series.isna().to_numpy(bool)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _categories(series, missing)
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if isinstance(series.dtype, pd.ArrowDtype):
        series = _from_arrow(series)
        if isinstance(series.dtype, pd.CategoricalDtype):
            return _categories(series, missing)
    if series.dtype == object or isinstance(series.dtype, pd.StringDtype):
        return _of_objects(series, missing)
    return _of_dtype(series, missing)


def _from_arrow(series: Any) -> Any:
    """Converts an Arrow column to NumPy values, categories or objects."""
    import pyarrow as pa

    kind = series.dtype.pyarrow_dtype
    if pa.types.is_dictionary(kind):
        return series.astype(object).astype("category")
    if pa.types.is_timestamp(kind):
        plain = series if kind.tz is None else series.dt.tz_convert("UTC").dt.tz_localize(None)
        return _with_index(
            plain.to_numpy(f"datetime64[{kind.unit}]", na_value=np.datetime64("NaT"))
        )
    if pa.types.is_duration(kind):
        return _with_index(
            series.to_numpy(f"timedelta64[{kind.unit}]", na_value=np.timedelta64("NaT"))
        )
    if pa.types.is_boolean(kind):
        return series.astype("boolean")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return series
    return series.astype(object)


def _with_index(values: NDArray[Any]) -> Any:
    import pandas as pd

    return pd.Series(values)


def _of_dtype(series: Any, missing: NDArray[np.bool_]) -> Values:
    """Reads booleans, numbers, dates and durations with NumPy or pandas dtypes."""
    from pandas.api import types

    if types.is_datetime64_any_dtype(series):
        if series.dt.tz is not None:
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return Values("dates", missing, _days(series.to_numpy() - np.datetime64("1970-01-01")))
    if types.is_timedelta64_dtype(series):
        return Values("durations", missing, _days(series.to_numpy()))
    if types.is_numeric_dtype(series) and not types.is_complex_dtype(series):
        dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
        exact = _exact(series, missing) if dtype.kind in "iu" and dtype.itemsize == 8 else None
        array: NDArray[np.float64] = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return Values("numbers", missing, array, exact, dtype if dtype.kind == "f" else np.float64)
    if types.is_complex_dtype(series):
        return Values("other", missing, problem="complex numbers can't be compared")
    return _of_objects(series.astype(object), missing)


def _days(spans: NDArray[Any]) -> NDArray[np.float64]:
    days: NDArray[np.float64] = spans / _DAY
    return days


def _exact(series: Any, missing: NDArray[np.bool_]) -> NDArray[Any] | None:
    """Returns 64-bit integers as objects if float64 can't represent all of them."""
    known = series[~missing]
    if not len(known) or max(abs(int(known.min())), abs(int(known.max()))) <= 2**53:
        return None
    return np.array(
        [None if lost else int(v) for v, lost in zip(series, missing, strict=True)], object
    )


def _categories(series: Any, missing: NDArray[np.bool_]) -> Values:
    """Reads a categorical column via its categories, which are fewer than its values."""
    inner = values_of(series.cat.categories.to_series().reset_index(drop=True))
    codes = series.cat.codes.to_numpy()
    if inner.problem:
        return Values("other", missing, problem=inner.problem)
    numbers_ = None
    if inner.numbers is not None:
        numbers_ = np.append(inner.numbers, np.nan)[codes]
    objects = None
    if inner.objects is not None:
        objects = np.array([*inner.objects.tolist(), None], object)[codes]
    return Values("levels", missing, numbers_, objects, inner.dtype)


def _of_objects(series: Any, missing: NDArray[np.bool_]) -> Values:
    """Reads text, and columns of Python objects."""
    objects: NDArray[Any] = series.astype(object).to_numpy(copy=True)
    objects[missing] = None
    known = objects[~missing]
    kinds = {type(value) for value in known.tolist()}
    if _all(kinds, (bool, np.bool_)):
        return Values("numbers", missing, _floats(objects, missing))
    if _all(kinds, (numbers.Real, decimal.Decimal)):
        whole = _all(kinds, (numbers.Integral,)) and not _fit_in_float64(known)
        return Values("numbers", missing, _floats(objects, missing), objects if whole else None)
    if _all(kinds, (datetime.datetime, datetime.date, np.datetime64)):
        return Values("dates", missing, _dates(objects, missing))
    if _all(kinds, (datetime.timedelta, np.timedelta64)):
        spans = np.array([np.timedelta64(v) if v is not None else "NaT" for v in objects], "m8[us]")
        return Values("durations", missing, _days(spans))
    if _all(kinds, (datetime.time,)):
        return Values("durations", missing, _floats([_time(v) for v in objects], missing))
    strange = [kind.__name__ for kind in kinds if kind.__hash__ is None]
    if strange:
        reason = f"the values have the type {', '.join(sorted(strange))} and are not scalars"
        return Values("other", missing, problem=reason)
    if kinds - {str}:
        objects = np.array([_text(v) for v in objects], object)
    return Values("text", missing, objects=objects)


def _all(kinds: set[type], wanted: tuple[Any, ...]) -> bool:
    return bool(kinds) and all(issubclass(kind, wanted) for kind in kinds)


def _fit_in_float64(whole: NDArray[Any]) -> bool:
    return all(abs(value) <= 2**53 for value in whole.tolist())


def _floats(objects: Any, missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.array(
        [np.nan if lost else float(v) for v, lost in zip(objects, missing, strict=True)], np.float64
    )


def _dates(objects: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    plain = [
        np.datetime64("NaT") if lost else np.datetime64(_without_zone(value), "us")
        for value, lost in zip(objects, missing, strict=True)
    ]
    return _days(np.array(plain, "M8[us]") - np.datetime64("1970-01-01"))


def _without_zone(value: Any) -> Any:
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return value.to_numpy() if hasattr(value, "to_numpy") else value


def _time(value: Any) -> float | None:
    if value is None:
        return None
    seconds = 3600 * value.hour + 60 * value.minute + value.second + 1e-6 * value.microsecond
    return float(seconds / 86400.0)


def _text(value: Any) -> str | None:
    """Returns the text of a level, which is equal for 1.0 and 1."""
    if isinstance(value, float | np.floating) and value.is_integer():
        value = int(value)
    return None if value is None else str(value)


def parsed(values: Values) -> Values | None:
    """Reads text as dates or as numbers; None if it is neither."""
    import pandas as pd

    if values.numbers is not None:
        return values
    if values.objects is None:
        return None
    texts = pd.Series(values.objects[~values.missing])
    try:
        if text_form(texts) == "ISO dates":
            dates = pd.to_datetime(texts, format="ISO8601", utc=True).dt.tz_localize(None)
            form, known = "dates", _days(dates.to_numpy() - np.datetime64("1970-01-01"))
        else:
            form, known = "numbers", pd.to_numeric(texts).to_numpy(np.float64)
    except (ValueError, TypeError):  # raised by pandas for other text
        return None
    found = np.full(len(values.missing), np.nan)
    found[~values.missing] = known
    return Values(form, values.missing, found)


def texts_of(values: Values, *, whole: bool = False) -> NDArray[Any]:
    """Returns the levels as text, None for missing values.

    Args:
        values: The values.
        whole: Whether the text "1.0" is the level "1", as it is where other tables have numbers.
    """
    import pandas as pd

    given = values.numbers if values.objects is None else values.objects
    codes, uniques = pd.factorize(given, use_na_sentinel=True)
    texts = [number_name(v) if isinstance(v, float) else str(v) for v in uniques.tolist()]
    if whole:
        texts = [_WHOLE.sub(r"\1", text) for text in texts]
    found: NDArray[Any] = np.array([*texts, None], object)[codes]
    return found


def number_name(value: float) -> str:
    """Formats a number with full precision, and integers without a decimal point."""
    if float(value).is_integer() and abs(value) < 1e16:
        return str(int(value))
    return f"{value + 0.0:.15g}"  # avoids "-0"


def rounded_alike(parts: list[Values]) -> list[NDArray[np.float64]]:
    """Rounds numbers so that values that differ only by rounding errors become equal.

    Numbers are rounded to the coarsest floating dtype among the tables, or to 14 significant
    digits. A table then equals its float32 copy, and 0.3 - 0.2 equals 0.1.
    """
    coarsest = min((np.dtype(part.dtype) for part in parts), key=lambda dtype: dtype.itemsize)
    arrays = [part.numbers for part in parts if part.numbers is not None]
    if coarsest.itemsize < 8:
        with np.errstate(over="ignore"):
            return [
                _kept_finite(array, array.astype(coarsest).astype(np.float64)) for array in arrays
            ]
    return [_significant(array) for array in arrays]


def _kept_finite(array: NDArray[np.float64], cast: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(array) & ~np.isfinite(cast), array, cast)


def _significant(array: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        whole = array == np.rint(array)
        if np.all(whole | np.isnan(array)):
            return array + 0.0  # avoids -0
        factor = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.abs(array))))
        made = np.rint(array * factor) / factor
    return np.where(whole | ~np.isfinite(factor) | ~np.isfinite(made), array, made) + 0.0


def mean_and_deviation(values: NDArray[Any]) -> tuple[float, float]:
    """Returns the mean and standard deviation of known values, even if their squares overflow."""
    size = float(np.nanmax(np.abs(values))) or 1.0
    scaled = values / size
    return float(np.nanmean(scaled)) * size, float(np.nanstd(scaled)) * size
