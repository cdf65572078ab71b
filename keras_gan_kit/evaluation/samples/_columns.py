"""The columns that two tables share, in a comparable form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type

if TYPE_CHECKING:
    import pandas as pd


_MANY = 50  # levels from which on text that hardly repeats is taken for an identifier


@dataclass(frozen=True)
class Column:
    """The values of one column in both tables.

    Continuous columns are float64, with NaN for missing values. Binary and categorical ones are
    int32 codes into the sorted `levels`, with -1 for missing values.
    """

    name: str
    kind: str  # "continuous", "binary" or "categorical"
    real: NDArray[Any]
    synthetic: NDArray[Any]
    levels: tuple[str, ...] = ()
    # What the levels are worth where they are numbers, for statistics and correlations.
    worth: tuple[float, ...] = ()

    @property
    def both(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The values of both tables, real first."""
        return self.real, self.synthetic

    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Returns the values as numbers, missing ones as NaN; None if levels are not numbers."""
        if self.kind == "continuous":
            return self.real, self.synthetic
        if not self.worth:
            return None
        worth = np.array([*self.worth, np.nan])
        return worth[self.real], worth[self.synthetic]

    def present(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The values that are not missing."""
        if self.kind == "continuous":
            return self.real[~np.isnan(self.real)], self.synthetic[~np.isnan(self.synthetic)]
        return self.real[self.real >= 0], self.synthetic[self.synthetic >= 0]

    def missing(self) -> tuple[float, float]:
        """The shares of missing values."""
        first, second = self.present()
        return 1.0 - len(first) / len(self.real), 1.0 - len(second) / len(self.synthetic)


def table_of(argument: str, given: Any) -> pd.DataFrame:
    """Returns a table with text as names of its columns, and no objects that are all numbers.

    Raises:
        TypeError: If it is neither a DataFrame nor an array of two axes.
        ValueError: If it is empty, or two columns have one name.
    """
    import pandas as pd

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
            received=f"columns that share a name: {twice}" if twice else f"{table.shape} cells",
            expected="at least one row and one column, each with a name of its own",
            fix="rename them" if twice else "check the selection that made the table",
        )
    return table.reset_index(drop=True).infer_objects()


def names_of(argument: str, names: object, table: pd.DataFrame) -> list[str]:
    """Returns names of columns as a list, and checks that the table has them.

    Raises:
        TypeError: If they are not one name or a sequence of names.
        ValueError: If the table lacks one.
    """
    given = [names] if isinstance(names, str) else names
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
    """Returns the kinds of columns that the user has set.

    Raises:
        TypeError: If an argument is not one name or a sequence of names.
        ValueError: If the table lacks a name, or a column is listed as both kinds.
    """
    kinds = {
        "continuous": names_of("continuous", continuous, table),
        "categorical": names_of("categorical", categorical, table),
    }
    both = [name for name in kinds["categorical"] if name in kinds["continuous"]]
    if both:
        raise invalid(
            "categorical",
            received=f"{both}, which are among `continuous` too",
            expected="one kind for each column",
            fix="name them in one of the two",
        )
    return kinds


def sampled(table: Any, max_rows: int | None, seed: int) -> Any:
    """Returns at most so many rows, sampled without replacement, in their order."""
    if max_rows is None or len(table) <= max_rows:
        return table
    chosen = np.random.default_rng(seed).choice(len(table), max_rows, replace=False)
    chosen.sort()
    return table[chosen] if isinstance(table, np.ndarray) else table.iloc[chosen]


def columns_of_both(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    continuous: Iterable[str] = (),
    categorical: Iterable[str] = (),
) -> tuple[list[Column], dict[str, str]]:
    """Infers the kind of each column, and converts its values.

    The kind follows from the real table: columns with one or two values are binary, other numbers
    and dates are continuous, and all others are categorical.

    Args:
        real: From `table_of`.
        synthetic: From `table_of`.
        continuous: Columns to treat as continuous.
        categorical: Columns to treat as categorical.

    Returns:
        The columns in the order of the real table, and the reasons for those left out.
    """
    columns, reasons = [], {}
    for name in dict.fromkeys([*real.columns, *synthetic.columns]):
        if name not in synthetic.columns or name not in real.columns:
            absent = "synthetic" if name in real.columns else "real"
            reasons[name] = f"the {absent} table has no such column"
            continue
        wanted = "continuous" if name in continuous else None
        wanted = "categorical" if name in categorical else wanted
        made = _column(name, real[name], synthetic[name], wanted)
        if isinstance(made, Column):
            columns.append(made)
        else:
            reasons[name] = made
    return columns, reasons


def _column(name: str, real: Any, synthetic: Any, wanted: str | None) -> Column | str:
    for which, values in (("real", real), ("synthetic", synthetic)):
        if not values.notna().any():
            return f"the {which} values are all missing"
    numeric = is_number(real), is_number(synthetic)
    if numeric[0] != numeric[1]:
        number, other = ("real", "synthetic") if numeric[0] else ("synthetic", "real")
        return f"the {number} values are numbers, the {other} values are not"
    if numeric[0]:
        numbers = as_float(real), as_float(synthetic)
        for which, values in zip(("real", "synthetic"), numbers, strict=True):
            if np.isinf(values).any():
                return f"some {which} values are infinite"
        few = len(np.unique(numbers[0][~np.isnan(numbers[0])])) <= 2
        if wanted == "continuous" or (wanted is None and not few):
            return Column(name, "continuous", numbers[0], numbers[1])
        return _coded(name, numbers[0], numbers[1], wanted or "binary")
    if wanted == "continuous":
        return "the values are not numbers, as `continuous` says"
    texts = [values.astype(object).where(values.notna(), None) for values in (real, synthetic)]
    count = real.nunique()
    if wanted is None and count > _MANY and count > 0.5 * real.notna().sum():
        return f"{count} different texts in {len(real)} rows: it looks like an identifier"
    return _coded(name, texts[0], texts[1], wanted or ("binary" if count <= 2 else "categorical"))


def is_number(values: Any) -> bool:
    """Returns whether `as_float` accepts a column: numbers, booleans, dates and durations."""
    import pandas as pd
    from pandas.api import types

    dated = types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values)
    known = types.is_numeric_dtype(values) and not types.is_complex_dtype(values)
    return bool(dated or known) and not isinstance(values.dtype, pd.CategoricalDtype)


def as_float(values: Any) -> NDArray[np.float64]:
    """Returns a column as float64: booleans as 0 and 1, dates and durations in days."""
    from pandas.api import types

    if types.is_datetime64_any_dtype(values):
        if values.dt.tz is not None:
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        values = values - np.datetime64("1970-01-01")
    if types.is_timedelta64_dtype(values):
        values = values.dt.total_seconds() / 86400.0
    array: NDArray[np.float64] = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _coded(name: str, real: Any, synthetic: Any, kind: str) -> Column:
    import pandas as pd

    both = [pd.factorize(values, use_na_sentinel=True) for values in (real, synthetic)]
    same = float if isinstance(real, np.ndarray) else str  # levels that are alike as this are one
    values: list[Any] = sorted({same(value) for _, uniques in both for value in uniques})
    place = {value: i for i, value in enumerate(values)}
    codes = []
    for found, uniques in both:
        # -1, the code of a missing value, picks the last entry.
        to = np.array([*(place[same(value)] for value in uniques), -1], np.int32)
        codes.append(to[found])
    if same is str:
        return Column(name, kind, codes[0], codes[1], tuple(values))
    levels = tuple(f"{value + 0.0:.15g}" for value in values)  # no "-0"
    return Column(name, kind, codes[0], codes[1], levels, tuple(values))
