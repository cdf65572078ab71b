"""One column of a table: its values as numbers, and numbers as its values again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype, is_object_dtype

from keras_gan_kit._errors import invalid

Level = str | int | float | bool
_NAMED = 5  # values in an error


def dtype_as_json(dtype: Any) -> Any:
    """Describes a dtype so that `TableColumn` can make it again from a JSON file."""
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "categories": dtype.categories.tolist(),
            "of": dtype_as_json(dtype.categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    if isinstance(dtype, pd.StringDtype) and dtype.na_value is pd.NA:
        return f"string[{dtype.storage}]"  # its `str` leaves the storage out
    return str(dtype)


def _dtype_from_json(described: Any) -> Any:
    if isinstance(described, dict):
        categories = pd.Index(described["categories"], dtype=_dtype_from_json(described["of"]))
        return pd.CategoricalDtype(categories, ordered=described["ordered"])
    return pd.api.types.pandas_dtype(described)


@dataclass(frozen=True)
class TableColumn:
    """What was learnt about a column; all of it can be written as JSON.

    Numbers are float64 with NaN for missing: positions in `levels` where the column has levels,
    otherwise the values themselves.

    Args:
        name: Its name.
        kind: "continuous", "binary", "categorical", "ordinal" or "constant".
        origin: Why it is of this kind.
        dtype: Its dtype, described by `dtype_as_json`.
        missing: The share of rows without a value, in [0, 1].
        threshold: Values from here on count as 1, those below as 0; None for values as they are.
        levels: All values it may have, in their order; None for continuous ones.
        low: The smallest number.
        high: The largest number.
        decimals: How many the values have; None where they cannot be told.
        none: Whether missing values of an object column are None, not NaN.

    Example:
        >>> column = TableColumn("sex", "binary", "inferred", "object", 0.0, levels=["f", "m"])
        >>> column.numbers(pd.Series(["m", "f", "m"])).tolist()
        [1.0, 0.0, 1.0]
        >>> column.values(np.array([0.2, 0.9])).tolist()
        ['f', 'm']
    """

    name: str
    kind: str
    origin: str
    dtype: Any
    missing: float
    threshold: float | None = None
    levels: list[Level] | None = None
    low: float = 0.0
    high: float = 0.0
    decimals: int | None = None
    none: bool = False

    def numbers(self, values: pd.Series[Any]) -> NDArray[np.float64]:
        """Returns one number for each value.

        Args:
            values: A column `(n,)`, with the threshold applied.

        Raises:
            ValueError: If a value was not possible when the column was fitted.
        """
        absent = values.isna().to_numpy(bool)
        if absent.any() and not self.missing:
            raise self._unexpected(
                f"{absent.sum()} missing values",
                "no missing values, as when it was fitted",
                "fill them or take the rows out; or fit on a table that has some",
            )
        if self.levels is None:
            return self._within_bounds(numeric(self.name, values))
        codes = np.full(len(values), np.nan)
        known = values[~absent].astype(object)
        places = pd.Index(self.levels, dtype=object).get_indexer(pd.Index(known, dtype=object))
        if (places < 0).any():
            unknown = [repr(value) for value in known[places < 0].unique()[:_NAMED]]
            raise self._unexpected(
                ", ".join(unknown),
                f"values it was fitted on: {', '.join(map(repr, self.levels)) or 'none'}",
                "correct them, or fit on a table that has all values",
            )
        codes[~absent] = places
        return codes

    def values(self, numbers: NDArray[np.float64]) -> pd.Series[Any]:
        """Returns the values that are nearest to numbers `(n,)`, in the column's dtype."""
        dtype = _dtype_from_json(self.dtype)
        absent = np.isnan(numbers)
        if self.levels is not None:
            # One row for each level and one for none of them: pandas has to convert only these.
            nothing = None if self.none or not is_object_dtype(dtype) else np.nan
            known = pd.Series([*self.levels, *([nothing] if self.missing else [])], dtype=dtype)
            nearest = np.clip(np.rint(numbers), 0, max(len(self.levels) - 1, 0))
            codes = np.where(absent, len(self.levels), nearest).astype(np.intp)
            return known.take(codes).reset_index(drop=True)
        if is_integer_dtype(dtype) or is_bool_dtype(dtype):
            numbers = np.rint(numbers)
        elif self.decimals is not None:
            numbers = np.round(numbers, self.decimals)
        bounded = pd.Series(np.clip(numbers, self.low, self.high)).mask(absent)
        return bounded.astype(dtype)

    def described(self) -> str:
        """Says in a few words which values it may have."""
        if self.levels is None:
            decimals = "" if self.decimals is None else f", {self.decimals} decimals"
            return f"{self.low:g} to {self.high:g}{decimals}"
        named = ", ".join(map(repr, self.levels[:_NAMED]))
        more = len(self.levels) - _NAMED
        return f"{named}, {more} more" if more > 0 else named

    def _within_bounds(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        outside = (numbers < self.low) | (numbers > self.high)
        if outside.any():
            raise self._unexpected(
                ", ".join(f"{number:g}" for number in numbers[outside][:_NAMED]),
                f"values from {self.low:g} to {self.high:g}, as when it was fitted",
                f"fit on all rows, or clip the column: table[{self.name!r}].clip(...)",
            )
        return numbers

    def _unexpected(self, received: str, expected: str, fix: str) -> ValueError:
        return invalid(
            "table",
            received=f"column {self.name!r} with {received}",
            expected=expected,
            fix=fix,
        )


def numeric(name: str, values: pd.Series[Any]) -> NDArray[np.float64]:
    """Returns a numeric column as float64, with NaN for missing.

    Raises:
        ValueError: If the column holds text, or is infinite somewhere.
    """
    dtype = values.dtype
    if not is_numeric_dtype(dtype):
        raise invalid(
            "table",
            received=f"column {name!r} of dtype {dtype}",
            expected="numbers in a column that is continuous or has a threshold",
            fix=f"convert it: table[{name!r}] = pandas.to_numeric(table[{name!r}])",
        )
    numbers: NDArray[np.float64] = values.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise invalid(
            "table",
            received=f"column {name!r} with infinite values",
            expected="finite numbers, or missing ones",
            fix="correct them, or make them missing (NaN)",
        )
    return numbers
