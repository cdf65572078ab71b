"""Makes tables comparable: creates a `Column` for each column that all tables have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._keys import key_columns
from keras_gan_kit.data._text_forms import text_form
from keras_gan_kit.data.read_table import as_pandas
from keras_gan_kit.evaluation.samples._values import (
    Values,
    number_name,
    parsed,
    rounded_alike,
    texts_of,
    values_of,
)

if TYPE_CHECKING:
    import pandas as pd


_MANY = 50  # from this number of levels on, text that rarely repeats is treated as an identifier


@dataclass(frozen=True)
class Column:
    """The values of one column in several tables, the real table first.

    Continuous columns are float64, with NaN for missing values. Binary and categorical ones are
    int32 codes into the sorted `levels`, with -1 for missing values.
    """

    name: str
    kind: str  # "continuous", "binary" or "categorical"
    parts: tuple[NDArray[Any], ...]
    levels: tuple[str, ...] = ()
    # The levels as numbers, for statistics and correlations; empty for text.
    worth: tuple[float, ...] = ()

    @property
    def real(self) -> NDArray[Any]:
        """The values of the first table."""
        return self.parts[0]

    @property
    def synthetic(self) -> NDArray[Any]:
        """The values of the second table."""
        return self.parts[1]

    @property
    def both(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The values of the first two tables."""
        return self.real, self.synthetic

    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Returns the values as numbers, with NaN for missing ones; None for text levels."""
        if self.kind == "continuous":
            return self.real, self.synthetic
        if not self.worth:
            return None
        worth = np.array([*self.worth, np.nan])
        return worth[self.real], worth[self.synthetic]

    def present(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Returns the non-missing values."""
        if self.kind == "continuous":
            return self.real[~np.isnan(self.real)], self.synthetic[~np.isnan(self.synthetic)]
        return self.real[self.real >= 0], self.synthetic[self.synthetic >= 0]

    def missing(self) -> tuple[float, float]:
        """Returns the shares of missing values in both tables."""
        first, second = self.present()
        return 1.0 - len(first) / len(self.real), 1.0 - len(second) / len(self.synthetic)


def table_of(argument: str, given: Any) -> pd.DataFrame:
    """Validates a table, and returns it with string column names.

    Raises:
        TypeError: If it is neither a DataFrame nor a 2D array.
        ValueError: If it is empty, or two columns have the same name.
    """
    import pandas as pd

    converted = None if isinstance(given, pd.DataFrame) else as_pandas(given)
    given = given if converted is None else converted
    if isinstance(given, np.ndarray) and given.ndim == 2:
        given = pd.DataFrame(given, columns=[f"column {i}" for i in range(given.shape[1])])
    if not isinstance(given, pd.DataFrame):
        raise wrong_type(
            argument,
            received=type(given).__name__
            + (f" of shape {given.shape}" if isinstance(given, np.ndarray) else ""),
            expected="a pandas.DataFrame, or an array of shape (rows, columns)",
            fix="pass pandas.DataFrame(values, columns=names)",
        )
    table = given.set_axis([str(name) for name in given.columns], axis=1)
    twice = sorted(set(table.columns[table.columns.duplicated()]))
    if twice or not table.size:
        raise invalid(
            argument,
            received=f"several columns with the same name: {twice}"
            if twice
            else f"{table.shape} cells",
            expected="at least one row and one column, and unique column names",
            fix="rename them" if twice else "check how the table was selected",
        )
    return table.reset_index(drop=True)


def names_of(argument: str, names: object, table: pd.DataFrame) -> list[str]:
    """Validates column names, and returns them as a list.

    Raises:
        TypeError: If they are neither a name nor a sequence of names.
        ValueError: If the table has no column with this name.
    """
    # Names may be numbers, and tuples if the columns have several levels.
    is_one = isinstance(names, str) or str(names) in table.columns
    given = [names] if is_one else names
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise wrong_type(
            argument,
            received=repr(names),
            expected="the name of a column, or a list of names",
            fix=f"pass for example {argument}=[{table.columns[0]!r}]",
        )
    unknown = [name for name in given if str(name) not in table.columns]
    if unknown:
        raise invalid(
            argument,
            received=f"{unknown}",
            expected=f"names among {list(table.columns)}",
            fix="check the spelling",
        )
    return [str(name) for name in given]


def kinds_of(continuous: object, categorical: object, table: pd.DataFrame) -> dict[str, list[str]]:
    """Returns the columns whose kind the user declared.

    Raises:
        TypeError: If an argument is neither a name nor a sequence of names.
        ValueError: If the table lacks a column, or a column is in both arguments.
    """
    kinds = {
        "continuous": names_of("continuous", continuous, table),
        "categorical": names_of("categorical", categorical, table),
    }
    both = [name for name in kinds["categorical"] if name in kinds["continuous"]]
    if both:
        raise invalid(
            "categorical",
            received=f"{both}, which are also in `continuous`",
            expected="one kind per column",
            fix="list each column in one of the two",
        )
    return kinds


def sampled(table: Any, max_rows: int | None, seed: int) -> Any:
    """Returns at most `max_rows` rows, sampled without replacement, in their original order."""
    if max_rows is None or len(table) <= max_rows:
        return table
    chosen = np.random.default_rng(seed).choice(len(table), max_rows, replace=False)
    chosen.sort()
    return table[chosen] if isinstance(table, np.ndarray) else table.iloc[chosen]


def keys_of(table: pd.DataFrame, kinds: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Finds the keys of the real table, except columns whose kind the user declared.

    Returns:
        The reason for leaving out each key.
    """
    chosen = {name for names in kinds.values() for name in names}
    return {
        name: "a key, which only identifies rows"
        for name in key_columns(table)
        if name not in chosen
    }


def columns_of_both(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    continuous: Collection[str] = (),
    categorical: Collection[str] = (),
) -> tuple[list[Column], dict[str, str]]:
    """Calls `columns_of` with two tables."""
    tables = {"real": real, "synthetic": synthetic}
    return columns_of(tables, continuous=continuous, categorical=categorical)


class TypesDiffer(str):
    """The reason for leaving out a column whose values have different types in the tables."""


def columns_of(
    tables: Mapping[str, pd.DataFrame],
    *,
    continuous: Collection[str] = (),
    categorical: Collection[str] = (),
) -> tuple[list[Column], dict[str, str]]:
    """Infers the kind of each column, and makes the values of all tables comparable.

    The first table determines the kind: a column with one or two values is binary; other numbers,
    dates and durations are continuous; all other columns are categorical.

    Args:
        tables: Tables from `table_of`, by a name for messages, the real one first.
        continuous: Columns to treat as continuous.
        categorical: Columns to treat as categorical.

    Returns:
        The columns in the order of the first table, and the reasons for columns left out.
    """
    columns, reasons = [], {}
    for name in dict.fromkeys(name for table in tables.values() for name in table.columns):
        absent = [which for which, table in tables.items() if name not in table.columns]
        if absent:
            reasons[name] = f"the {absent[0]} table lacks this column"
            continue
        wanted = "continuous" if name in continuous else None
        wanted = "categorical" if name in categorical else wanted
        parts = {which: values_of(table[name]) for which, table in tables.items()}
        made = _column(name, parts, wanted)
        if isinstance(made, Column):
            columns.append(made)
        else:
            reasons[name] = made
    return columns, reasons


def _column(name: str, parts: dict[str, Values], wanted: str | None) -> Column | str:
    for which, values in parts.items():
        if values.problem:
            return values.problem
        if values.missing.all():
            return f"the {which} values are all missing"
    first = next(iter(parts.values()))
    if wanted == "continuous":
        read = {which: parsed(values) for which, values in parts.items()}
        if None in read.values():
            return TypesDiffer(
                "the values are not numbers or dates, although the column is in `continuous`"
            )
        parts = {which: values for which, values in read.items() if values is not None}
        return _continuous(name, list(parts.values()), parts)
    if wanted == "categorical" or first.form == "levels":
        return _infinite(parts) or _of_levels(name, list(parts.values()), wanted)
    mismatch = _mismatch(parts)
    if mismatch:
        return TypesDiffer(mismatch)
    if first.is_numeric:
        if _are_long_codes(first):
            return _of_levels(name, list(parts.values()), "categorical")
        # With two values, any type can be levels.
        exact = first.objects if first.objects is not None else first.numbers
        if len(set(exact[~first.missing][:100].tolist())) <= 2 and _count(first) <= 2:  # type: ignore[index]
            infinite = _infinite(parts)
            return infinite or _of_levels(name, list(parts.values()), "binary")
        return _continuous(name, list(parts.values()), parts)
    return _of_text(name, list(parts.values()))


def _are_long_codes(values: Values) -> bool:
    """Returns whether whole numbers differ mostly in digits that float64 does not have."""
    if values.objects is None or values.numbers is None:
        return False
    return len(np.unique(values.numbers[~values.missing])) < 0.5 * _count(values)


def _count(values: Values) -> int:
    known = values.numbers if values.objects is None else values.objects
    return len(set(known[~values.missing].tolist()))  # type: ignore[index]


def _mismatch(parts: Mapping[str, Values]) -> str | None:
    """Describes how the types of the tables' values differ; None if they don't."""
    (first_name, first), *others = parts.items()
    for which, values in others:
        scale = values.form if values.form != "levels" else None
        if scale is None:
            if first.is_numeric and values.numbers is None:
                return f"the {first_name} values are {first.form}, the {which} values are not"
        elif first.is_numeric != values.is_numeric:
            number, other = (first_name, which) if first.is_numeric else (which, first_name)
            form = parts[number].form
            return f"the {number} values are {form}, the {other} values are not"
        elif first.is_numeric and scale != first.form:
            return f"the {first_name} values are {first.form}, the {which} values are {scale}"
    return None


def _infinite(parts: Mapping[str, Values]) -> str | None:
    for which, values in parts.items():
        if values.numbers is not None and np.isinf(values.numbers).any():
            return f"some {which} values are infinite"
    return None


def _continuous(name: str, parts: list[Values], named: Mapping[str, Values]) -> Column | str:
    return _infinite(named) or Column(name, "continuous", tuple(rounded_alike(parts)))


def _of_text(name: str, parts: list[Values]) -> Column | str:
    import pandas as pd

    first = parts[0]
    texts = pd.Series(first.objects[~first.missing])  # type: ignore[index]
    count = texts.nunique()
    if count > _MANY and count > 0.5 * len(texts):
        if text_form(texts) == "ISO dates":
            return f"text that looks like dates: pass continuous=[{name!r}] to compare it as dates"
        return f"{count} different texts in {len(first.missing)} rows, which look like identifiers"
    return _of_levels(name, parts, "binary" if count <= 2 else "categorical")


def _of_levels(name: str, parts: list[Values], kind: str | None) -> Column:
    """Encodes values as level codes. Levels are numbers if all tables have numbers, else text."""
    plain = all(part.numbers is not None and part.objects is None for part in parts)
    if plain:
        lists: list[NDArray[Any]] = list(rounded_alike(parts))
    elif all(part.numbers is not None for part in parts):
        lists = [_whole(part) for part in parts]
    else:
        mixed = any(part.numbers is not None for part in parts)
        lists = [texts_of(part, whole=mixed) for part in parts]
    codes, levels = _coded(lists, [part.missing for part in parts])
    if kind is None:
        kind = "binary" if len(np.unique(codes[0][codes[0] >= 0])) <= 2 else "categorical"
    if levels and not isinstance(levels[0], str):
        worth = tuple(float(level) for level in levels)
        names = tuple(
            str(level) if isinstance(level, int) else number_name(level) for level in levels
        )
        return Column(name, kind, codes, names, worth)
    return Column(name, kind, codes, tuple(levels))


def _whole(values: Values) -> NDArray[Any]:
    """Returns integers that float64 can't represent as Python objects."""
    if values.objects is not None:
        return values.objects
    found = [
        None if np.isnan(v) else int(v) if v.is_integer() else float(v)
        for v in values.numbers.tolist()  # type: ignore[union-attr]
    ]
    return np.array(found, object)


def _coded(
    lists: list[NDArray[Any]], missing: list[NDArray[np.bool_]]
) -> tuple[tuple[NDArray[np.int32], ...], list[Any]]:
    import pandas as pd

    found = [pd.factorize(values, use_na_sentinel=True) for values in lists]
    levels = sorted({level for _, uniques in found for level in uniques.tolist()})
    place = {level: i for i, level in enumerate(levels)}
    codes = []
    for (given, uniques), lost in zip(found, missing, strict=True):
        # -1, the code of a missing value, selects the last entry.
        to = np.array([*(place[level] for level in uniques.tolist()), -1], np.int32)
        codes.append(np.where(lost, np.int32(-1), to[given]))
    return tuple(codes), levels


def emptied_columns(tables: Sequence[pd.DataFrame], names: Iterable[str]) -> list[Column]:
    """Returns columns whose values are all missing in one of two tables, as gaps alone.

    Args:
        tables: The real table and the synthetic one.
        names: The columns to look at, which a table may lack.
    """
    found = []
    for name in names:
        if any(name not in table for table in tables):
            continue
        parts = tuple(np.where(table[name].isna(), -1, 0).astype(np.int32) for table in tables)
        if [bool((part < 0).all()) for part in parts] in ([True, False], [False, True]):
            found.append(Column(name, "binary", parts, ("present",)))
    return found


def frames_of(columns: Sequence[Column], lengths: Sequence[int]) -> list[pd.DataFrame]:
    """Converts comparable columns to tables of float64 numbers and shared categories.

    Args:
        columns: From `columns_of`.
        lengths: The number of rows of each table.
    """
    import pandas as pd

    tables = []
    for i, length in enumerate(lengths):
        made: dict[str, Any] = {}
        for column in columns:
            if column.kind == "continuous":
                made[column.name] = column.parts[i]
            else:
                made[column.name] = pd.Categorical.from_codes(
                    column.parts[i], pd.RangeIndex(len(column.levels))
                )
        tables.append(pd.DataFrame(made, index=pd.RangeIndex(length)))
    return tables
