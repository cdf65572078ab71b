"""Encodes rows of a table as the input of conditional networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._fit_column import above_threshold
from keras_gan_kit.data._table_column import Rules, TableColumn
from keras_gan_kit.data._table_scalings import SPREAD, MinMax, Modes

if TYPE_CHECKING:
    from keras_gan_kit.data.table_transformer import TableTransformer

Floats = NDArray[np.float64]
# The coordinate of a missing number. Other numbers are in [0, 1].
MISSING = -1.0
_ANY = Rules("extend", "ignore")
_NAMED = 5


@dataclass(frozen=True)
class Condition:
    """A column of conditions.

    Coordinates of levels are their positions, with one past the last for a missing value. Numbers
    are scaled to [0, 1], and a missing number is `MISSING`.

    Args:
        column: The column.
        states: The number of levels, plus one if values may be missing; 0 for numbers.
        scaling: Maps numbers to [0, 1]; None for levels.
        start: The position of its first input in an encoded row.
    """

    column: TableColumn
    states: int
    scaling: MinMax | None
    start: int

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.column.name

    @property
    def may_miss(self) -> bool:
        """Whether the training rows had missing values."""
        return bool(self.column.missing)

    @property
    def blocks(self) -> tuple[tuple[str, int], ...]:
        """The kinds ("class", "number" and "missing") and widths of its inputs."""
        if self.scaling is None:
            return (("class", self.states),) if self.states > 1 else ()
        return (("number", 1), ("missing", 1)) if self.may_miss else (("number", 1),)

    @property
    def place(self) -> slice:
        """The positions of its inputs in an encoded row."""
        return slice(self.start, self.start + sum(width for _, width in self.blocks))

    def coordinates(self, argument: str, values: pd.Series[Any], *, strict: bool) -> Floats:
        """Returns the coordinates of values `(n,)`.

        Args:
            argument: The name of the caller's argument, for errors.
            values: Values of the column, with its threshold applied.
            strict: Whether numbers outside the bounds raise an error; otherwise they are clipped.

        Raises:
            ValueError: If a value is unknown, missing or out of range.
        """
        absent = values.isna().to_numpy(bool)
        if absent.any() and not self.may_miss:
            raise self._wrong(
                argument, "a missing value", "values without missing ones, as in training"
            )
        try:
            numbers = self.column.numbers(values, _ANY)
        except ValueError as error:  # a column of another dtype
            named = ", ".join(map(repr, values.unique()[:_NAMED]))
            raise self._wrong(
                argument, f"{named} of dtype {values.dtype}", self.described
            ) from error
        if self.scaling is None:
            if (numbers < 0).any():
                unknown = values[numbers < 0].unique()[:_NAMED]
                raise self._wrong(argument, ", ".join(map(repr, unknown)), self.described)
            return np.where(absent, float(len(self.column.levels or ())), numbers)
        low, high = self.column.low, self.column.high
        slack = 1e-6 * max(abs(low), abs(high))
        outside = ~absent & ((numbers < low - slack) | (numbers > high + slack))
        if strict and outside.any():
            named = ", ".join(map(str, values[outside].unique()[:_NAMED]))
            raise self._wrong(argument, named, f"values from {self.described}")
        known = np.where(absent, low, np.clip(numbers, low, high))
        return np.where(absent, MISSING, self.scaling.scaled(known))

    def overlaps(self, ends: pd.Series[Any]) -> bool:
        """Returns whether a range contains training values."""
        if self.scaling is None or ends.isna().any() or ends.dtype.kind not in "iufM":
            return False
        low, high = self.column.numbers(ends, _ANY)
        return bool(low <= self.column.high and high >= self.column.low)

    @property
    def described(self) -> str:
        """The valid values, as text for messages."""
        return self.column.described()

    def values(self, coordinates: Floats) -> pd.Series[Any]:
        """Converts coordinates `(n,)` to values."""
        if self.scaling is None:
            levels = len(self.column.levels or ())
            return self.column.values(np.where(coordinates >= levels, np.nan, coordinates))
        numbers = self.scaling.decode(np.clip(coordinates, 0.0, 1.0)[:, None])
        return self.column.values(np.where(coordinates == MISSING, np.nan, numbers))

    def _wrong(self, argument: str, received: str, expected: str) -> ValueError:
        return invalid(
            argument,
            received=f"{self.name!r}: {received}",
            expected=expected,
            fix="pass values that occur in the training rows",
        )


class Conditions:
    """The columns of a fitted `TableTransformer` as conditions.

    Levels become one-hot vectors. A number becomes one input with standard deviation 1, plus one
    that marks missing values. The transformer's `scaling` has no effect.

    Args:
        table: The fitted transformer.

    Attributes:
        columns: The conditions, in the order of the table.
        width: The length of an encoded row.
    """

    def __init__(self, table: TableTransformer) -> None:
        self.table = table
        self.columns: tuple[Condition, ...] = ()
        fitted = table._state()
        self.width = 0
        for column, scaling in zip(fitted.columns, fitted.scalings, strict=True):
            if column.key is not None:
                continue
            condition = _condition(column, scaling, self.width)
            self.columns += (condition,)
            self.width = condition.place.stop

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [condition.name for condition in self.columns]

    @property
    def blocks(self) -> tuple[tuple[str, int], ...]:
        """The kinds and widths of the inputs in an encoded row."""
        return tuple(block for condition in self.columns for block in condition.blocks)

    def coordinates(self, argument: str, frame: pd.DataFrame, *, strict: bool) -> Floats:
        """Converts complete rows to coordinates `(n, columns)`.

        Raises:
            ValueError: If a column or a value is missing or unknown.
        """
        self.check_names(argument, frame.columns)
        absent = [name for name in self.names if name not in frame]
        if absent:
            raise invalid(
                argument,
                received=f"no column {', '.join(map(repr, absent))}",
                expected=f"the columns {', '.join(map(repr, self.names))}",
                fix="add them",
            )
        columns = [c.coordinates(argument, self.cut(c, frame), strict=strict) for c in self.columns]
        return np.stack(columns, axis=1)

    def check_names(self, argument: str, names: Any, *, strict: bool = False) -> None:
        """Checks that the names are conditions of the model.

        Args:
            argument: The name of the caller's argument, for errors.
            names: The columns.
            strict: Whether dropped columns and keys raise an error too.

        Raises:
            ValueError: If a name is not a condition.
        """
        known = {*self.names} if strict else {*self.table._names(), *self.table._state().dropped}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise invalid(
                argument,
                received=f"the unknown column {', '.join(map(repr, unknown))}",
                expected=f"the conditions of the model: {', '.join(map(repr, self.names))}",
                fix="correct the name, or leave it out",
            )

    def cut(self, condition: Condition, frame: Any) -> pd.Series[Any]:
        """Returns a column with its threshold applied, unless it holds only 0 and 1."""
        values = frame[condition.name].reset_index(drop=True)
        threshold = condition.column.threshold
        if threshold is None or values.isin([0, 1]).where(values.notna(), True).all():
            return values
        return above_threshold(condition.name, values, threshold, maybe_cut=True)

    def encoded(self, coordinates: Floats) -> NDArray[np.float32]:
        """Encodes coordinates `(n, columns)` as network inputs `(n, width)`."""
        rows = np.zeros((len(coordinates), self.width), np.float32)
        for condition, values in zip(self.columns, coordinates.T, strict=True):
            if condition.scaling is not None:
                absent = values == MISSING
                scaled = SPREAD * (2.0 * np.clip(values, 0.0, 1.0) - 1.0)
                rows[:, condition.start] = np.where(absent, 0.0, scaled)
                if condition.may_miss:
                    rows[:, condition.start + 1] = absent
            elif condition.blocks:
                rows[np.arange(len(rows)), condition.start + values.astype(np.intp)] = 1.0
        return rows

    def decoded(self, rows: NDArray[Any]) -> Floats:
        """Converts encoded rows, exact or approximate, to coordinates."""
        columns = []
        for condition in self.columns:
            part = np.asarray(rows[:, condition.place], np.float64)
            if condition.scaling is not None:
                shares = np.clip(part[:, 0] / (2.0 * SPREAD) + 0.5, 0.0, 1.0)
                absent = part[:, 1] > 0.5 if condition.may_miss else np.zeros(len(part), bool)
                columns.append(np.where(absent, MISSING, shares))
            else:
                one = np.zeros(len(part))
                columns.append(part.argmax(axis=1).astype(float) if condition.blocks else one)
        return np.stack(columns, axis=1)

    def frame(self, coordinates: Floats) -> pd.DataFrame:
        """Converts coordinates `(n, columns)` to rows of a table."""
        columns = zip(self.columns, coordinates.T, strict=True)
        return pd.DataFrame({c.name: c.values(values) for c, values in columns})

    def encode(self, argument: str, rows: Any, *, strict: bool = False) -> NDArray[np.float32]:
        """Encodes rows of conditions as network inputs; encoded rows are returned as they are.

        Raises:
            TypeError: If the rows are neither a DataFrame nor encoded.
            ValueError: If a column or a value is missing or unknown.
        """
        frame = as_frame(rows, self.names)
        if frame is not None:
            return self.encoded(self.coordinates(argument, frame, strict=strict))
        array = np.asarray(rows)
        if array.ndim != 2 or array.shape[1] != self.width or array.dtype.kind != "f":
            raise wrong_type(
                argument,
                received=f"{type(rows).__name__} of shape {array.shape} and type {array.dtype}",
                expected=f"a DataFrame of the columns {', '.join(map(repr, self.names))}, or what "
                f"`encode_conditions` returns: floats of shape (n, {self.width})",
                fix="pass the columns of the table that `conditions` was fitted on",
            )
        if not np.isfinite(array).all():
            raise invalid(
                argument,
                received="numbers that are NaN or infinite",
                expected="finite numbers",
                fix="encode the rows with `encode_conditions`, which marks missing values",
            )
        return array.astype(np.float32, copy=False)


def as_frame(rows: Any, names: Sequence[str]) -> pd.DataFrame | None:
    """Returns rows as a DataFrame with the index 0, 1, ...; None if they are not a table."""
    if isinstance(rows, pd.Series):
        named = rows.name is None and len(names) == 1
        rows = rows.rename(names[0]).to_frame() if named else rows.to_frame()
    elif isinstance(rows, Mapping):
        rows = pd.DataFrame({str(name): np.asarray(values) for name, values in rows.items()})
    return rows.reset_index(drop=True) if isinstance(rows, pd.DataFrame) else None


def _condition(column: TableColumn, scaling: Any, start: int) -> Condition:
    if column.levels is not None:
        missing = bool(column.missing and column.levels)
        return Condition(column, len(column.levels) + missing, None, start)
    log = scaling.log if isinstance(scaling, MinMax | Modes) else None
    return Condition(column, 0, MinMax(column.low, column.high, log=log), start)
