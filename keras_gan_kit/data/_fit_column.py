"""Fits a column: its kind, declared or inferred, and its values."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._column import TIMES, Column, Level
from keras_gan_kit.data._column_dtypes import TICKS_PER_DAY, without_dictionary
from keras_gan_kit.data._keys import KeyForm
from keras_gan_kit.data._table_column import TableColumn, numeric
from keras_gan_kit.data._table_declarations import Declaration
from keras_gan_kit.data._text_forms import hint, text_form

_ORDERED = ("interval", *TIMES)
_FEW = 10  # integers with a smaller span are treated as ordinal
_MOST_DECIMALS = 9  # more decimals usually come from a division
_NAMES = 20  # more distinct texts than this, and than half of the rows, are treated as names
# Days, hours, minutes, seconds, milliseconds and microseconds. Times are counted in the longest
# unit that divides all of them.
_PARTS_OF_A_DAY = [1, 24, 24 * 60, *(86_400 * 1000**power for power in range(3))]


def above_threshold(
    name: str, values: pd.Series[Any], threshold: float, *, maybe_cut: bool = False
) -> pd.Series[Any]:
    """Returns 1 for values at or above the threshold and 0 below it; missing values stay missing.

    Args:
        name: The name of the column.
        values: Its values `(n,)`.
        threshold: The smallest value that becomes 1.
        maybe_cut: Whether to accept values that are already 0 and 1 and leave them unchanged.

    Raises:
        ValueError: If the values are not numbers, or the threshold has already been applied.
    """
    numbers = numeric(name, values)
    known = numbers[~np.isnan(numbers)]
    is_cut = threshold > 1 and len(known) > 1 and known.max() == 1 and np.isin(known, (0, 1)).all()
    if is_cut and not maybe_cut:
        raise invalid(
            "thresholds",
            received=f"column {name!r} with only the values 0 and 1, and a threshold of "
            f"{threshold:g}",
            expected="values on both sides of the threshold",
            fix="leave out the threshold if it has already been applied to the column",
        )
    above = numbers >= (1 if is_cut else threshold)
    cut = pd.Series(above.astype(np.int64), index=values.index)
    return cut.astype("Int64").mask(np.isnan(numbers)) if len(known) < len(numbers) else cut


def fit_key(name: str, values: pd.Series[Any]) -> TableColumn:
    """Learns the form of a key, and nothing else about it."""
    column = replace(Column.of(name, values), categories=None)
    form = KeyForm.of(name, values.dropna())
    return TableColumn(column, "key", "inferred", 0.0, key=form)


def fit_column(name: str, values: pd.Series[Any], declared: Declaration) -> TableColumn:
    """Infers the kind of a column and learns its values.

    Args:
        name: Its name.
        values: Its values `(n,)`, with the threshold applied.
        declared: The user's declarations for the column.

    Returns:
        The fitted column.

    Raises:
        ValueError: If the values don't fit the declared kind, or can't be learned.

    Example:
        >>> column = fit_column("age", pd.Series([61.5, 70.0, 48.0]), Declaration())
        >>> column.kind, column.low, column.high, column.decimals
        ('continuous', 48.0, 70.0, 1)
    """
    column_type = Column.of(name, values)
    values = without_dictionary(values)
    known = values.dropna()
    _check_values(column_type, known)
    kind, levels = _kind_and_levels(column_type, values, known, declared)
    origin = "declared" if kind == declared.kind else "inferred"
    if declared.threshold is not None:
        origin = f"1 from {declared.threshold:g} on"
    missing = float(values.isna().mean())
    column = TableColumn(column_type, kind, origin, missing, declared.threshold)
    if levels is not None:
        column = replace(column, levels=levels, high=float(max(len(levels) - 1, 0)))
        codes = column.numbers(known)
        most = np.bincount(codes.astype(int)).argmax() if len(codes) else 0
        return replace(column, typical=float(most))
    if column_type.kind in TIMES:
        return _with_times(column, known)
    numbers = numeric(name, known)
    low, high = float(numbers.min()), float(numbers.max())
    typical = float(np.clip((numbers / len(numbers)).sum(), low, high))
    decimals = _decimals(column_type, known)
    return replace(column, low=low, high=high, decimals=decimals, typical=typical)


def _with_times(column: TableColumn, known: pd.Series[Any]) -> TableColumn:
    """Chooses the unit and the start of times, such as days if all times are midnight."""
    per_day = TICKS_PER_DAY[column.type.tick]
    steps = [per_day // parts for parts in _PARTS_OF_A_DAY if per_day % parts == 0]
    for wall in (True, False):
        ticks, _ = column.type.ticks(known, wall=wall)
        step = next(step for step in [*steps, 1] if not (ticks % step).any())
        if step == per_day or column.type.kind == "period":
            break
    step = 1 if column.type.kind == "period" else step
    start = int(ticks.min())
    numbers = (ticks - start) / step
    return replace(
        column,
        high=float(numbers.max()),
        typical=float(numbers.mean()),
        step=step,
        start=start,
        wall=wall,
    )


def _check_values(column: Column, known: pd.Series[Any]) -> None:
    """Checks that the values are of a kind that can be learned."""
    if column.kind == "other":
        value = known.iloc[0] if len(known) else known.dtype
        is_plain = known.dtype != object
        is_number = isinstance(value, Real)  # a Fraction, for instance
        raise wrong(
            column.name,
            f"dtype {known.dtype}" if is_plain else f"{value!r} of type {type(value).__name__}",
            "numbers, booleans, dates, durations, categories or text",
            f"drop it, split it into columns, or convert it: table[{column.name!r}] = "
            f"table[{column.name!r}].astype({'float' if is_number else 'str'})",
        )
    if column.categories is None and column.kind in ("number", "decimal", "integer"):
        numeric(column.name, known)
    levels = [*(column.categories or ()), *(column.levels or ())]
    if any(isinstance(level, float) and not math.isfinite(level) for level in levels):
        raise wrong(
            column.name, "infinite values", "finite numbers", "correct them, or set them to NaN"
        )


def _kind_and_levels(
    column: Column, values: pd.Series[Any], known: pd.Series[Any], declared: Declaration
) -> tuple[str, list[Level] | None]:
    """Returns the kind and, unless it is continuous, all levels in order."""
    uniques = _sorted_uniques(column, known)
    if len(uniques) < 2:  # there is nothing to learn, whatever the declared kind
        return "constant", column.plain(uniques)
    given = _given_order(column, declared)
    kind = declared.kind or _inferred(column, values, uniques, given)
    if kind == "continuous":
        if column.kind not in TIMES:
            numeric(column.name, known)
        return kind, None
    observed = column.plain(uniques)
    unknown = [] if given is None else [level for level in observed if level not in given]
    if unknown:
        raise wrong(
            column.name,
            f"values that are not in the given order: {', '.join(map(repr, unknown))}",
            f"only {', '.join(map(repr, given or ()))}",
            "add them to the order, or correct them",
        )
    levels = observed if given is None else given
    _check_levels(column, kind, levels, declared)
    return kind, levels


def _given_order(column: Column, declared: Declaration) -> list[Level] | None:
    if declared.levels is not None:
        levels = pd.Series(list(declared.levels), dtype=object)
        if column.kind in ("decimal", "mixed"):
            return column.plain(levels)
        return replace(Column.of(column.name, levels), levels=column.levels).plain(levels)
    return None if column.categories is None else list(column.categories)


def _check_levels(column: Column, kind: str, levels: list[Level], declared: Declaration) -> None:
    name = column.name
    if kind == "binary" and len(levels) > 2:
        raise wrong(
            name,
            f"{len(levels)} different values: {', '.join(map(repr, levels))}",
            "at most two values in a binary column",
            f"declare another kind, or pass thresholds={{{name!r}: ...}}",
        )
    in_order = declared.levels is not None or column.ordered or column.kind in _ORDERED
    if kind == "ordinal" and not in_order and any(isinstance(level, str) for level in levels):
        raise wrong(
            name,
            f"text without an order: {', '.join(map(repr, levels))}",
            "the order of an ordinal column of text",
            f"pass it: ordinal={{{name!r}: [lowest, ..., highest]}}",
        )


def _inferred(
    column: Column, values: pd.Series[Any], uniques: pd.Series[Any], given: list[Level] | None
) -> str:
    if len(uniques if given is None else given) == 2:
        return "binary"
    if column.categories is not None:
        return "ordinal" if column.ordered else "categorical"
    if column.is_dictionary and column.kind != "text":
        return "categorical"
    if column.kind == "interval":
        return "ordinal"
    if column.kind in TIMES:
        return "continuous"
    if column.is_number:
        numbers = numeric(column.name, uniques)
        if len(np.unique(numbers)) < 0.5 * len(uniques):
            return "categorical"  # codes that differ in digits that float64 does not have
        grades = (numbers == np.rint(numbers)).all() and np.ptp(numbers / _FEW) < 1
        return "ordinal" if grades else "continuous"
    form = text_form(uniques) if column.kind == "text" else None
    if len(uniques) > max(_NAMES, len(values) / 2):
        raise wrong(
            column.name,
            f"{len(uniques)} different texts in {len(values)} rows"
            + (f", which look like {form}" if form else ""),
            "a column with fewer different texts: names and patient numbers should not be learned",
            hint(column.name, form)
            or f"pass drop=[{column.name!r}], or declare it: categorical=[{column.name!r}]",
        )
    if form:
        warn(
            f"Column {column.name!r} holds {form} as text and is learned as a category. To learn "
            f"it as numbers or times, {hint(column.name, form)}."
        )
    return "categorical"


def _sorted_uniques(column: Column, known: pd.Series[Any]) -> pd.Series[Any]:
    """Returns the distinct values of a column, sorted."""
    if column.is_number and column.kind not in ("decimal", *TIMES) and known.dtype != object:
        return pd.Series(np.unique(_as_array(known)))
    uniques = pd.Series(known.unique())
    if column.levels is not None:
        return pd.Series(list(column.levels), dtype=object)
    if column.categories is not None:
        return uniques
    if column.holds == "datetime":  # dates can't be compared with datetimes
        return uniques.iloc[np.argsort(column.ticks(uniques)[0])].reset_index(drop=True)
    return uniques.sort_values(ignore_index=True)


def _decimals(column: Column, known: pd.Series[Any]) -> int | None:
    """Returns the largest number of decimals of the values, or None if it is large."""
    if column.kind != "number":
        return column.decimals if column.kind == "decimal" else 0
    # In the column's precision: 0.1 as float32 has one decimal too.
    numbers = np.unique(_as_array(known))
    for decimals in range(_MOST_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest float
            rounded = np.round(numbers, decimals)
        if not np.isfinite(rounded).all():
            return 0 if (np.rint(numbers) == numbers).all() else None
        if (rounded == numbers).all():
            return decimals
    return None


def _as_array(known: pd.Series[Any]) -> NDArray[Any]:
    if known.dtype.kind == "O":
        return np.asarray(known, np.float64)
    if isinstance(known.dtype, pd.SparseDtype):
        return np.asarray(known)
    array: NDArray[Any] = known.to_numpy(getattr(known.dtype, "numpy_dtype", known.dtype))
    return array


def wrong(name: str, received: str, expected: str, fix: str) -> ValueError:
    """Creates the error for a column of the table."""
    return invalid("table", received=f"column {name!r} with {received}", expected=expected, fix=fix)
