"""A fitted column of a table, which converts its values to numbers and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.data import _column_dtypes as dtypes
from keras_gan_kit.data._column import TIMES, Column, Level
from keras_gan_kit.data._from_json import check_types, made_of
from keras_gan_kit.data._keys import KeyForm

_NAMED = 5  # values to show in a message
_NUMBERS = ("integer", "number", "decimal", "boolean")


class Rules(NamedTuple):
    """How to handle values that the training rows lacked.

    Args:
        out_of_range: "clip", "error" or "extend", for numbers outside the training range.
        handle_unknown: "warn", "ignore" or "error", for unknown levels, and for missing values in
            columns that had none.
    """

    out_of_range: str = "error"
    handle_unknown: str = "error"


STRICT = Rules()


@dataclass(frozen=True)
class TableColumn:
    """The properties of a column learned by `fit`, which can be stored as JSON.

    Numbers are float64 with NaN for missing values. Levels are represented by their positions in
    `levels`, times by the number of `step` ticks since `start`, other values by themselves.

    Args:
        type: The type of its values.
        kind: "continuous", "binary", "categorical", "ordinal", "constant" or "key".
        origin: Why the column has this kind.
        missing: The share of rows without a value, in [0, 1].
        threshold: Values at or above it become 1, others 0; None for no threshold.
        levels: All valid values, in order; None for continuous columns.
        low: The smallest number.
        high: The largest number.
        decimals: The number of decimals of the values; None if they have many.
        typical: The mean or the most frequent level, which replaces unknown values.
        step: The unit of times in ticks, such as the ticks of a day.
        start: The tick from which times are counted.
        wall: Whether times are counted in local time.
        key: The form of the keys, for a key column.

    Example:
        >>> sex = pd.Series(["m", "f", "m"])
        >>> kind = Column.of("sex", sex)
        >>> column = TableColumn(kind, "binary", "inferred", 0.0, levels=["f", "m"])
        >>> column.numbers(sex).tolist()
        [1.0, 0.0, 1.0]
        >>> column.values(np.array([0.2, 0.9])).tolist()
        ['f', 'm']
    """

    type: Column
    kind: str
    origin: str
    missing: float
    threshold: float | None = None
    levels: list[Level] | None = None
    low: float = 0.0
    high: float = 0.0
    decimals: int | None = None
    typical: float | None = None
    step: int = 1
    start: int = 0
    wall: bool = False
    key: KeyForm | None = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.type.name

    def numbers(
        self, values: pd.Series[Any], rules: Rules = STRICT, told: list[str] | None = None
    ) -> NDArray[np.float64]:
        """Converts values to numbers; unknown levels become -1.

        Args:
            values: Values `(n,)`, with the threshold applied.
            rules: How to handle unknown values.
            told: A list that collects descriptions of what was changed, for a warning.

        Raises:
            ValueError: If a value is not accepted by the rules.
        """
        told = [] if told is None else told
        absent = values.isna().to_numpy(bool)
        if self.levels is None:
            coarse = float_size(values.dtype) < 8
            numbers = self._within_bounds(self._raw_numbers(values), rules, told, coarse)
        else:
            numbers = self._codes(values, rules, told)
        if absent.any() and not self.missing:
            self._unknown(f"{absent.sum()} missing values", "no missing values", rules, told)
            other = self.typical if self.typical is not None else (self.low + self.high) / 2
            numbers = np.where(absent, other if self.levels is None else -1.0, numbers)
        return numbers

    def _raw_numbers(self, values: pd.Series[Any]) -> NDArray[np.float64]:
        if self.type.kind not in TIMES:
            return self._as_fitted(numeric(self.name, values), values.dtype)
        try:
            ticks, absent = self.type.ticks(values, wall=self.wall)
        except (ValueError, TypeError) as error:  # raised by pandas, which parses and converts
            raise self._unexpected(
                f"dtype {values.dtype}, which can't be converted to {self.type.kind} ({error})",
                f"values of dtype {self.type.dtype}, as in `fit`",
                f"convert it: table[{self.name!r}] = pandas.to_datetime(table[{self.name!r}])",
            ) from error
        return np.where(absent, np.nan, (ticks - self.start) / self.step)

    def _as_fitted(self, numbers: NDArray[np.float64], dtype: Any) -> NDArray[np.float64]:
        """Rounds numbers to the coarser of two dtypes, because float32(0.1) is not 0.1."""
        mine, given = float_size(dtypes.dtype_named(self.type.dtype)), float_size(dtype)
        if mine < given:
            return numbers.astype(f"f{mine}").astype(np.float64)
        if given < mine and self.decimals is not None:
            return np.round(numbers, self.decimals)
        return numbers

    def _codes(self, values: pd.Series[Any], rules: Rules, told: list[str]) -> NDArray[np.float64]:
        values = dtypes.without_dictionary(values)
        if self.type.levels is not None:  # pandas treats True, 1 and 1.0 as equal
            texts = self.type.stored(values)
            values = texts.where(texts.notna() | values.isna(), values.astype(object).map(str))
        codes, uniques = pd.factorize(values)
        known = pd.Series(uniques)
        plain = self._plain(known)
        levels = self.levels or []
        places = pd.Index(levels, dtype=object).get_indexer(pd.Index(plain, dtype=object))
        if (places < 0).any():
            unknown = [repr(v) for v, p in zip(plain, places, strict=True) if p < 0][:_NAMED]
            learned = ", ".join(map(repr, levels)) or "none"
            self._unknown(", ".join(unknown), f"one of {learned}", rules, told)
        numbers: NDArray[np.float64] = np.append(places.astype(np.float64), np.nan)[codes]
        return numbers

    def _plain(self, known: pd.Series[Any]) -> list[Level]:
        """Converts values to the form that `levels` uses."""
        inner = replace(self.type, categories=None)
        if inner.kind in ("decimal", "interval", *TIMES):
            try:
                return inner.plain(inner.restored(known))
            except (ValueError, TypeError, ArithmeticError):  # raised by pandas and decimal
                return [str(value) for value in known]
        if inner.levels is not None:  # already text
            return list(known)
        mine, given = float_size(dtypes.dtype_named(self.type.dtype)), float_size(known.dtype)
        if mine < given and known.dtype.kind == "f":
            known = known.astype(f"float{8 * mine}")
        plain = Column.of(self.name, known).plain(known)
        # float32(0.1) is not 0.1, but prints the same.
        return [float(str(v)) for v in known.to_numpy()] if given < mine else plain

    def values(
        self, numbers: NDArray[np.float64], rules: Rules = STRICT, first: int = 0
    ) -> pd.Series[Any]:
        """Converts numbers `(n,)` to the nearest values, in the column's dtype.

        Args:
            numbers: The numbers.
            rules: With `out_of_range="extend"`, numbers may be outside the bounds.
            first: The index of the first row, which determines the keys.
        """
        if self.key is not None:
            made = self.key.make(np.arange(first, first + len(numbers)), self.name)
            return self.type.restored(pd.Series(made, dtype=object))
        absent = np.isnan(numbers)
        if self.levels is not None:
            # One entry per level and one for missing values, so that pandas converts only these.
            gap = [None] if self.missing or not self.levels else []
            known = self.type.restored(pd.Series([*self.levels, *gap], dtype=object))
            nearest = np.clip(np.rint(numbers), 0, max(len(self.levels) - 1, 0))
            codes = np.where(absent, len(self.levels), nearest).astype(np.intp)
            return known.take(codes).reset_index(drop=True)
        if rules.out_of_range != "extend":
            numbers = np.clip(numbers, self.low, self.high)
        if self.type.kind in TIMES:
            counts = np.where(absent, 0, np.rint(numbers)).astype(np.int64)
            return self.type.from_ticks(counts * self.step + self.start, absent, wall=self.wall)
        if self.type.kind in ("integer", "boolean"):
            numbers = np.rint(numbers)
        elif self.decimals is not None:
            numbers = np.round(numbers, self.decimals)
        if rules.out_of_range != "extend":  # rounding may have crossed the bounds
            numbers = np.clip(numbers, self.low, self.high)
        return self._restored(numbers, absent)

    def exact(self, numbers: NDArray[np.float64]) -> pd.Series[Any]:
        """Converts numbers `(n,)` to the column's dtype without rounding decimals."""
        absent = np.isnan(numbers)
        if self.type.kind in TIMES:
            counts = np.where(absent, 0, np.rint(numbers * self.step + self.start))
            return self.type.from_ticks(counts.astype(np.int64), absent, wall=self.wall)
        return self._restored(numbers, absent)

    def _restored(self, numbers: NDArray[np.float64], absent: NDArray[np.bool_]) -> pd.Series[Any]:
        dtype = self.type.full_dtype
        if self.type.holds is None and isinstance(dtype, np.dtype):
            return pd.Series(numbers).mask(absent).astype(dtype)
        if self.type.kind == "decimal":
            rounded = [f"{number:.{self.type.decimals}f}" for number in numbers]
            texts = pd.Series(rounded, dtype=object).mask(absent, None)
            return self.type.restored(texts)
        series = pd.Series(numbers).mask(absent)
        if self.type.holds is None:
            whole = self.type.kind == "integer"
            return self.type.restored(series.astype("Int64") if whole else series)
        return self.type.restored(series.astype(object))

    def described(self) -> str:
        """Describes the valid values in a few words."""
        if self.key is not None:
            made = self.values(np.zeros(2))
            return f"{made[0]}, {made[1]}, ..."
        if self.levels is None and self.type.kind in TIMES:
            low, high = self.values(np.array([self.low, self.high]))
            return f"{low} to {high}"
        if self.levels is None:
            decimals = "" if self.decimals is None else f", {self.decimals} decimals"
            return f"{self.low:g} to {self.high:g}{decimals}"
        named = ", ".join(map(repr, self.levels[:_NAMED]))
        more = len(self.levels) - _NAMED
        return f"{named}, {more} more" if more > 0 else named

    def _within_bounds(
        self, numbers: NDArray[np.float64], rules: Rules, told: list[str], coarse: bool
    ) -> NDArray[np.float64]:
        # As float32, the smallest and largest numbers may be slightly outside the bounds.
        near = 1e-6 * max(abs(self.low), abs(self.high)) if coarse else 0.0
        outside = (numbers < self.low - near) | (numbers > self.high + near)
        if not outside.any() and coarse:
            return np.clip(numbers, self.low, self.high)
        if not outside.any() or rules.out_of_range == "extend":
            return numbers
        low, high = self._shown(np.array([self.low, self.high]))
        named = ", ".join(self._shown(numbers[outside][:_NAMED]))
        if rules.out_of_range == "error":
            raise self._unexpected(
                named,
                f"values from {low} to {high}, as in `fit`",
                "fit on all rows, or pass out_of_range='clip' or 'extend' to the transformer",
            )
        told.append(f"{self.name!r}: {named} clipped to {low} to {high}")
        return np.clip(numbers, self.low, self.high)

    def _shown(self, numbers: NDArray[np.float64]) -> list[str]:
        if self.type.kind not in TIMES:
            return [f"{number:g}" for number in numbers]
        return [str(value) for value in self.values(numbers, Rules("extend"))]

    def _unknown(self, received: str, expected: str, rules: Rules, told: list[str]) -> None:
        if rules.handle_unknown == "error":
            raise self._unexpected(
                received,
                f"{expected}, as in `fit`",
                "correct them, fit on a table that has them, or pass handle_unknown='warn'",
            )
        if rules.handle_unknown == "warn":
            told.append(f"{self.name!r}: {received} not among the training rows")

    def _unexpected(self, received: str, expected: str, fix: str) -> ValueError:
        return invalid(
            "table",
            received=f"column {self.name!r} with {received}",
            expected=expected,
            fix=fix,
        )

    def as_json(self) -> dict[str, Any]:
        """Returns the column as a JSON object."""
        return {
            **{key: getattr(self, key) for key in self.__dataclass_fields__},
            "type": self.type.to_json(),
            "key": None if self.key is None else asdict(self.key),
        }

    @classmethod
    def from_json(cls, described: dict[str, Any]) -> TableColumn:
        """Creates a column from what `as_json`, or version 1 of this package, returned.

        Raises:
            ValueError: If a field is missing, has another type, or is out of range.
        """
        state = dict(described)
        if "type" not in state:
            state["type"] = _of_version_1(state)
        else:
            state["type"] = Column.from_json(state["type"])
        if state.get("key") is not None:
            state["key"] = made_of(KeyForm, state["key"])
        column = made_of(cls, state)
        key, counts = column.key, (column.start, column.step)
        is_key = key is None or (0 <= key.digits <= 1000 and all(key.alphabets or ["0"]))
        decimals = max(abs(column.decimals or 0), abs(column.type.decimals or 0))
        if not is_key or column.step < 1 or max(map(abs, counts)) >= 2**62 or decimals > 400:
            raise ValueError(f"the column {described!r:.80}")
        return column


def _of_version_1(state: dict[str, Any]) -> Column:
    """Returns the type of a column of version 1, and removes its fields from the description.

    Raises:
        ValueError: If a field is missing or has another type.
    """
    needed = {"name": str, "dtype": str | dict[str, Any], "none": bool}
    if not {*needed, "levels"} <= state.keys():
        raise ValueError(f"the column {state!r:.80}")
    check_types({key: state[key] for key in needed if key != "dtype"}, needed)
    name, dtype, none = state.pop("name"), state.pop("dtype"), state.pop("none")
    gap = "None" if none else "nan"
    if isinstance(dtype, dict):
        hints = {"of": str, "categories": list[Any], "ordered": bool}
        if not hints.keys() <= dtype.keys():
            raise ValueError(f"the dtype {dtype!r:.80}")
        check_types({key: dtype[key] for key in hints}, hints)
        of, categories = dtype["of"], list(dtype["categories"])
        ordered = bool(dtype["ordered"])
        described = {"name": name, "dtype": of, "categories": categories, "ordered": ordered}
        holds = {} if of != "object" else {"holds": "text"}
        return Column.from_json(described | holds)
    column = {"name": name, "dtype": dtype, "categories": None, "ordered": False}
    if dtype == "object":
        column |= {"holds": None, "gap": gap}
        check_types({"levels": state["levels"]}, {"levels": list[Any] | None})
        levels = pd.Series(state["levels"], dtype=object)
        found = Column.of(name, levels)
        column |= {"holds": found.holds}
        if found.levels is not None:
            column |= {"levels": list(found.levels)}
    return Column.from_json(column)


def float_size(dtype: Any) -> int:
    """Returns the number of bytes of a floating-point dtype; 8 for other dtypes."""
    dtype = getattr(dtype, "numpy_dtype", dtype)
    is_float = isinstance(dtype, np.dtype) and dtype.kind == "f"
    return min(dtype.itemsize, 8) if is_float else 8


def numeric(name: str, values: pd.Series[Any]) -> NDArray[np.float64]:
    """Converts a numeric column to float64, with NaN for missing values.

    Raises:
        ValueError: If a value is infinite or not a number.
    """
    column = Column.of(name, values)
    if column.categories is not None:
        column = replace(column, categories=None)
        values = values.astype(object)  # integers can't be missing
    if column.kind not in _NUMBERS:
        raise invalid(
            "table",
            received=f"column {name!r} of dtype {values.dtype}",
            expected="numbers, because the column is continuous or has a threshold",
            fix=f"convert it: table[{name!r}] = pandas.to_numeric(table[{name!r}])",
        )
    numbers = column.numbers(values)
    infinite = np.isinf(numbers)
    if infinite.any():
        raise invalid(
            "table",
            received=f"column {name!r} with infinite values in {infinite.sum()} rows, the first "
            f"at position {infinite.argmax()}",
            expected="finite numbers or missing values",
            fix="correct them, or set them to NaN",
        )
    return numbers
