"""What kind a column is of, declared or inferred, and what values it has."""

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
_FEW = 10  # whole numbers that span less are taken for grades
_MOST_DECIMALS = 9  # more are no property of the values but of their division
_NAMES = 20  # texts, if more than half of the rows have one of their own, are taken for names
# Days, hours, minutes, seconds, milliseconds and microseconds: times are counted in the longest of
# these that divides all of them.
_PARTS_OF_A_DAY = [1, 24, 24 * 60, *(86_400 * 1000**power for power in range(3))]


def above_threshold(
    name: str, values: pd.Series[Any], threshold: float, *, maybe_cut: bool = False
) -> pd.Series[Any]:
    """Returns 1 for values from the threshold on, 0 for those below; missing ones stay missing.

    Args:
        name: The name of the column.
        values: Its values `(n,)`.
        threshold: Where to cut.
        maybe_cut: Whether values that are 0 and 1 already stay as they are, and are no error.

    Raises:
        ValueError: If the values are not numbers, or are cut already.
    """
    numbers = numeric(name, values)
    known = numbers[~np.isnan(numbers)]
    is_cut = threshold > 1 and len(known) > 1 and known.max() == 1 and np.isin(known, (0, 1)).all()
    if is_cut and not maybe_cut:
        raise invalid(
            "thresholds",
            received=f"column {name!r} with nothing but 0 and 1, and a threshold of {threshold:g}",
            expected="values on both sides of the threshold",
            fix="leave out the threshold if the column has been cut already",
        )
    above = numbers >= (1 if is_cut else threshold)
    cut = pd.Series(above.astype(np.int64), index=values.index)
    return cut.astype("Int64").mask(np.isnan(numbers)) if len(known) < len(numbers) else cut


def fit_key(name: str, values: pd.Series[Any]) -> TableColumn:
    """Learns the form of a key, of which nothing else is learnt."""
    column = replace(Column.of(name, values), categories=None)
    form = KeyForm.of(name, values.dropna())
    return TableColumn(column, "key", "inferred", 0.0, key=form)


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
    """Chooses the unit and the start of times: days where all are midnights, and so on."""
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
    """Makes sure that values are of a kind that can be learnt."""
    if column.kind == "other":
        value = known.iloc[0] if len(known) else known.dtype
        is_plain = known.dtype != object
        is_number = isinstance(value, Real)  # a Fraction, for instance
        raise wrong(
            column.name,
            f"dtype {known.dtype}" if is_plain else f"{value!r} of type {type(value).__name__}",
            "numbers, booleans, dates, durations, categories or text",
            f"drop it, make columns of its parts, or convert it: table[{column.name!r}] = "
            f"table[{column.name!r}].astype({'float' if is_number else 'str'})",
        )
    if column.categories is None and column.kind in ("number", "decimal", "integer"):
        numeric(column.name, known)
    levels = [*(column.categories or ()), *(column.levels or ())]
    if any(isinstance(level, float) and not math.isfinite(level) for level in levels):
        raise wrong(
            column.name, "infinite values", "finite numbers", "correct them, or make them NaN"
        )


def _kind_and_levels(
    column: Column, values: pd.Series[Any], known: pd.Series[Any], declared: Declaration
) -> tuple[str, list[Level] | None]:
    """Returns the kind and, unless it is continuous, all levels in their order."""
    uniques = _sorted_uniques(column, known)
    if len(uniques) < 2:  # there is nothing to learn, whatever it is declared to be
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
            f"nothing but {', '.join(map(repr, given or ()))}",
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
            "two values at most in a binary column",
            f"declare it otherwise, or cut it with thresholds={{{name!r}: ...}}",
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
            "a column with fewer: names and numbers of patients are not to be learnt",
            hint(column.name, form)
            or f"pass drop=[{column.name!r}], or declare it: categorical=[{column.name!r}]",
        )
    if form:
        warn(
            f"Column {column.name!r} holds {form} as text, and is learnt as a category. "
            f"To learn it as numbers or times, {hint(column.name, form)}."
        )
    return "categorical"


def _sorted_uniques(column: Column, known: pd.Series[Any]) -> pd.Series[Any]:
    """Returns the different values of a column, sorted."""
    if column.is_number and column.kind not in ("decimal", *TIMES) and known.dtype != object:
        return pd.Series(np.unique(_as_array(known)))
    uniques = pd.Series(known.unique())
    if column.levels is not None:
        return pd.Series(list(column.levels), dtype=object)
    if column.categories is not None:
        return uniques
    if column.holds == "datetime":  # dates among datetimes cannot be compared
        return uniques.iloc[np.argsort(column.ticks(uniques)[0])].reset_index(drop=True)
    return uniques.sort_values(ignore_index=True)


def _decimals(column: Column, known: pd.Series[Any]) -> int | None:
    """Returns the decimals that all values have at most, or None if that is no small number."""
    if column.kind != "number":
        return column.decimals if column.kind == "decimal" else 0
    # In their own precision: 0.1 has one decimal as float32, too.
    numbers = np.unique(_as_array(known))
    for decimals in range(_MOST_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest one
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
    """Returns the error about a column of the table."""
    return invalid("table", received=f"column {name!r} with {received}", expected=expected, fix=fix)
