"""What kind a column is of, declared or inferred, and what values it has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._table_column import Level, TableColumn, dtype_as_json, numeric
from keras_gan_kit.data._table_declarations import Declaration

_FEW = 10  # whole numbers that span less are taken for grades
_MOST_DECIMALS = 9  # more are no property of the values but of their division
_NAMES = 20  # texts, if more than half of the rows have one of their own, are taken for names


def above_threshold(name: str, values: pd.Series[Any], threshold: float) -> pd.Series[Any]:
    """Returns 1 for values from the threshold on, 0 for those below; missing ones stay missing.

    Raises:
        ValueError: If the values are not numbers, or are cut already.
    """
    numbers = numeric(name, values)
    known = numbers[~np.isnan(numbers)]
    if threshold > 1 and len(known) > 1 and known.max() == 1 and np.isin(known, (0, 1)).all():
        raise invalid(
            "thresholds",
            received=f"column {name!r} with nothing but 0 and 1, and a threshold of {threshold:g}",
            expected="values on both sides of the threshold",
            fix="leave out the threshold if the column has been cut already",
        )
    cut = pd.Series((numbers >= threshold).astype(np.int64), index=values.index)
    return cut.astype("Int64").mask(np.isnan(numbers)) if len(known) < len(numbers) else cut


def fit_column(name: str, values: pd.Series[Any], declared: Declaration) -> TableColumn:
    """Learns a column.

    Args:
        name: Its name.
        values: Its values `(n,)`, with the threshold applied.
        declared: What the user says of it.

    Returns:
        The fitted column.

    Raises:
        ValueError: If it cannot be what it is declared to be, or is nothing that can be learnt.

    Example:
        >>> column = fit_column("age", pd.Series([61.5, 70.0, 48.0]), Declaration())
        >>> column.kind, column.low, column.high, column.decimals
        ('continuous', 48.0, 70.0, 1)
    """
    observed = _observed(name, values)
    kind, levels = _kind_and_levels(name, values, observed, declared)
    origin = "declared" if kind == declared.kind else "inferred"
    if declared.threshold is not None:
        origin = f"1 from {declared.threshold:g} on"
    absent = values[values.isna()]
    column = {
        "name": name,
        "kind": kind,
        "origin": origin,
        "dtype": dtype_as_json(values.dtype),
        "missing": float(values.isna().mean()),
        "threshold": declared.threshold,
        "none": is_object_dtype(values.dtype) and all(value is None for value in absent),
    }
    if levels is not None:
        return TableColumn(**column, levels=levels, high=float(max(len(levels) - 1, 0)))
    numbers = numeric(name, values.dropna())
    low, high = float(numbers.min()), float(numbers.max())
    return TableColumn(**column, low=low, high=high, decimals=_decimals(values.dropna()))


def _kind_and_levels(
    name: str, values: pd.Series[Any], observed: list[Level], declared: Declaration
) -> tuple[str, list[Level] | None]:
    """Returns the kind and, unless it is continuous, all levels in their order."""
    if len(observed) < 2:  # there is nothing to learn, whatever it is declared to be
        return "constant", observed
    ordered = None if declared.levels is None else list(declared.levels)
    if ordered is None and isinstance(values.dtype, pd.CategoricalDtype):
        ordered = _as_levels(name, values.dtype.categories.tolist())
    kind = declared.kind or _inferred(name, values, observed, ordered)
    if kind == "continuous":
        numeric(name, values)
        return kind, None
    unknown = [] if ordered is None else [level for level in observed if level not in ordered]
    if unknown:
        raise _wrong(
            name,
            f"values that are not in the given order: {', '.join(map(repr, unknown))}",
            f"nothing but {', '.join(map(repr, ordered or ()))}",
            "add them to the order, or correct them",
        )
    levels = observed if ordered is None else ordered
    if kind == "binary" and len(levels) > 2:
        raise _wrong(
            name,
            f"{len(levels)} different values: {', '.join(map(repr, levels))}",
            "two values at most in a binary column",
            f"declare it otherwise, or cut it with thresholds={{{name!r}: ...}}",
        )
    in_order = declared.levels is not None or getattr(values.dtype, "ordered", False)
    if kind == "ordinal" and not in_order and any(isinstance(level, str) for level in levels):
        raise _wrong(
            name,
            f"text without an order: {', '.join(map(repr, levels))}",
            "the order of an ordinal column of text",
            f"pass it: ordinal={{{name!r}: [lowest, ..., highest]}}",
        )
    return kind, levels


def _inferred(
    name: str, values: pd.Series[Any], observed: list[Level], ordered: list[Level] | None
) -> str:
    if len(observed if ordered is None else ordered) == 2:
        return "binary"
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "ordinal" if values.dtype.ordered else "categorical"
    if is_numeric_dtype(values.dtype) and not is_bool_dtype(values.dtype):
        numbers = numeric(name, values.dropna())
        grades = (numbers == np.rint(numbers)).all() and np.ptp(numbers) < _FEW
        return "ordinal" if grades else "continuous"
    if len(observed) > max(_NAMES, len(values) / 2):
        raise _wrong(
            name,
            f"{len(observed)} different texts in {len(values)} rows",
            "a column with fewer: names and numbers of patients are not to be learnt",
            f"pass drop=[{name!r}], or declare it: categorical=[{name!r}]",
        )
    return "categorical"


def _observed(name: str, values: pd.Series[Any]) -> list[Level]:
    """Returns the different values of a column, sorted."""
    if values.dtype.kind in "mMc":
        raise _wrong(
            name,
            f"dtype {values.dtype}",
            "numbers, booleans, categories or text",
            "drop it, or make it a number, for example days since a fixed day",
        )
    try:
        return _as_levels(name, _sorted(values.dropna().unique().tolist()))
    except TypeError as error:  # lists and dicts
        raise _not_plain(name, values.dropna().iloc[0]) from error


def _sorted(levels: list[Any]) -> list[Any]:
    try:
        return sorted(levels)
    except TypeError:  # text beside numbers
        return sorted(levels, key=lambda level: (type(level).__name__, str(level)))


def _as_levels(name: str, levels: list[Any]) -> list[Level]:
    """Makes sure that levels are what a JSON file can hold."""
    plain = [level.item() if isinstance(level, np.generic) else level for level in levels]
    for level in plain:
        if not isinstance(level, str | int | float):
            raise _not_plain(name, level)
        if isinstance(level, float) and not math.isfinite(level):
            raise _wrong(
                name, "infinite values", "finite numbers", "correct them, or make them NaN"
            )
    return plain


def _not_plain(name: str, value: object) -> ValueError:
    return _wrong(
        name,
        f"{value!r} of type {type(value).__name__}",
        "numbers, booleans, categories or text",
        f"drop it, or convert it: table[{name!r}] = table[{name!r}].astype(str)",
    )


def _decimals(values: pd.Series[Any]) -> int | None:
    """Returns the decimals that all values have at most, or None if that is no small number."""
    # In their own precision: 0.1 has one decimal as float32, too.
    numbers = np.unique(values.to_numpy(getattr(values.dtype, "numpy_dtype", values.dtype)))
    if numbers.dtype.kind != "f":
        return 0
    for decimals in range(_MOST_DECIMALS + 1):
        if (np.round(numbers, decimals) == numbers).all():
            return decimals
    return None


def _wrong(name: str, received: str, expected: str, fix: str) -> ValueError:
    return invalid("table", received=f"column {name!r} with {received}", expected=expected, fix=fix)
