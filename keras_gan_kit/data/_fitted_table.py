"""A fitted table: its columns and their scalings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._column import TIMES
from keras_gan_kit.data._constrained_rows import ConstrainedRows, constrained_rows, with_anchors
from keras_gan_kit.data._constraints import Constraint, parse
from keras_gan_kit.data._fit_column import above_threshold, fit_column, fit_key, wrong
from keras_gan_kit.data._from_json import check_types, made_of
from keras_gan_kit.data._keys import key_columns
from keras_gan_kit.data._table_column import STRICT, Rules, TableColumn
from keras_gan_kit.data._table_declarations import Declaration
from keras_gan_kit.data._table_scalings import (
    MinMax,
    Modes,
    OneHot,
    Scaling,
    Unlearnt,
    fit_minmax,
    fit_modes,
    fit_one_hot,
    least_of_log,
    loses_values,
)

_SCALINGS: dict[str, type[Scaling]] = {
    scaling.__name__: scaling for scaling in (MinMax, OneHot, Modes, Unlearnt)
}
_DRAWS = 512  # random rows to search for ones that satisfy all constraints
_MANY_LEVELS = 1000  # a one-hot vector of this length dominates the matrix


@dataclass(frozen=True)
class FittedTable:
    """The columns that are kept, in order, each with its scaling.

    Args:
        columns: The fitted columns.
        scalings: The scaling of each column.
        dropped: Columns of the table that are not kept.
        constraints: The constraints that every generated row satisfies.
        violations: The number of training rows that violate each constraint.
        rows: The number of training rows.
    """

    columns: tuple[TableColumn, ...]
    scalings: tuple[Scaling, ...]
    dropped: tuple[str, ...]
    constraints: ConstrainedRows | None = None
    violations: tuple[int, ...] = ()
    rows: int = 0

    def prepare(self, table: pd.DataFrame) -> pd.DataFrame:
        """Selects the kept columns in order and applies thresholds; keys may be absent."""
        _check_names(table)
        names = [column.name for column in self.columns]
        keys = {column.name for column in self.columns if column.key is not None}
        absent = [name for name in names if name not in table and name not in keys]
        if absent:
            raise _wrong_columns(f"no column {_listed(absent)}", names, "add them")
        unknown = [name for name in table if name not in names and name not in self.dropped]
        if unknown:
            fix = "remove them, or fit on a table that has them"
            raise _wrong_columns(f"the unknown columns {_listed(unknown)}", names, fix)
        cuts = {c.name: c.threshold for c in self.columns if c.threshold is not None}
        kept = table[[name for name in names if name in table]]
        prepared = _apply_thresholds(kept, cuts, maybe_cut=True)
        # Restores dtypes of columns that had missing values in `fit` but have none now.
        nullable = [c.name for c in self.columns if c.name in cuts and c.type.dtype == "Int64"]
        return prepared.astype(dict.fromkeys(nullable, "Int64"))

    def encode(self, table: pd.DataFrame, rules: Rules) -> NDArray[np.float32]:
        """Encodes a prepared table as a matrix, and warns about unknown values."""
        matrix = np.empty((len(table), self.width), np.float32)
        told: list[str] = []
        for column, scaling, place in self._parts():
            if column.key is None:
                numbers = column.numbers(table[column.name], rules, told)
                if column.levels is not None and not isinstance(scaling, OneHot):
                    numbers = np.where(numbers < 0, column.typical or 0.0, numbers)
                scaling.encode(numbers, matrix[:, place], rules.out_of_range == "extend")
        if told:
            warn(
                f"Values that the training rows lacked, in {len(told)} columns: {'; '.join(told)}. "
                "`out_of_range` and `handle_unknown` of the TableTransformer control what "
                "happens to "
                "them."
            )
        return matrix

    def decode(self, matrix: NDArray[Any], rules: Rules = STRICT, first: int = 0) -> pd.DataFrame:
        """Decodes a matrix to a table.

        Args:
            matrix: Numbers `(n, width)`.
            rules: With `out_of_range="extend"`, numbers may be outside the bounds.
            first: The index of the first row, which determines the keys.

        Raises:
            ValueError: If the shape is wrong, or numbers are not finite.
        """
        received = None
        if matrix.ndim != 2 or matrix.shape[1] != self.width or matrix.dtype.kind not in "fiub":
            received = f"an array of shape {matrix.shape} and dtype {matrix.dtype}"
        elif not np.isfinite(matrix).all():
            received = "numbers that are NaN or infinite"
        if received:
            raise invalid(
                "matrix",
                received=received,
                expected=f"finite numbers of shape (n, {self.width})",
                fix="pass the table part of a generator's output; if it is NaN, the training has "
                "diverged",
            )
        extend = rules.out_of_range == "extend"
        table = pd.DataFrame(
            {
                column.name: column.values(scaling.decode(matrix[:, place], extend), rules, first)
                for column, scaling, place in self._parts()
            }
        )
        return table if self.constraints is None else self.constraints.satisfied(table)

    @property
    def width(self) -> int:
        """The number of columns of the matrix."""
        return sum(width for scaling in self.scalings for _, width in scaling.blocks)

    def _parts(self) -> Iterator[tuple[TableColumn, Scaling, slice]]:
        """Yields each column with its scaling and its slice of the matrix."""
        start = 0
        for column, scaling in zip(self.columns, self.scalings, strict=True):
            end = start + sum(width for _, width in scaling.blocks)
            yield column, scaling, slice(start, end)
            start = end

    def output_names(self) -> list[str]:
        """Returns a name for each column of the matrix."""
        return [
            f"{c.name}{suffix}" for c, scaling, _ in self._parts() for suffix in scaling.suffixes
        ]

    def summary(self) -> pd.DataFrame:
        """Returns a row for each column, including dropped ones."""
        rows = [
            {
                "column": column.name,
                "kind": column.kind,
                "because": column.origin,
                "dtype": column.type.dtype if column.type.categories is None else "category",
                "missing": round(column.missing, 4),
                "values": column.described(),
                "outputs": " + ".join(f"{name} {width}" for name, width in scaling.blocks)
                + (", log" if getattr(scaling, "log", None) is not None else ""),
            }
            for column, scaling, _ in self._parts()
        ]
        nothing = dict.fromkeys(("dtype", "values", "outputs"), "")
        rows += [
            {"column": name, "kind": "dropped", "because": "declared", **nothing}
            for name in self.dropped
        ]
        return pd.DataFrame(rows).set_index("column")

    def as_json(self) -> dict[str, Any]:
        """Returns the fitted table as a JSON object."""
        return {
            "columns": [column.as_json() for column in self.columns],
            "scalings": [{"is": type(s).__name__, **asdict(s)} for s in self.scalings],
            "dropped": list(self.dropped),
            "constraints": None
            if self.constraints is None
            else {
                "texts": [constraint.text for constraint in self.constraints.constraints],
                "anchors": dict(self.constraints.anchors),
                "violations": list(self.violations),
                "rows": self.rows,
            },
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> FittedTable:
        """Creates a fitted table from what `as_json` returned.

        Raises:
            ValueError: If fields are missing, have other types or don't fit together.
        """
        if not isinstance(state, Mapping) or not {"columns", "scalings", "dropped"} <= state.keys():
            raise ValueError(f"{state!r:.80}, which doesn't describe a table")
        held = state.get("constraints")
        check_types(
            {key: state[key] for key in ("columns", "scalings", "dropped")},
            {
                "columns": list[dict[str, Any]],
                "scalings": list[dict[str, Any]],
                "dropped": list[str],
            },
        )
        fitted = cls(
            tuple(TableColumn.from_json(column) for column in state["columns"]),
            tuple(_scaling_of(scaling) for scaling in state["scalings"]),
            tuple(state["dropped"]),
        )
        if len(fitted.columns) != len(fitted.scalings):
            raise ValueError(f"{len(fitted.columns)} columns and {len(fitted.scalings)} scalings")
        for column, scaling, _ in fitted._parts():
            levels = 0 if column.levels is None else len(column.levels)
            if not scaling.fits(levels, bool(column.missing)):
                raise ValueError(f"{scaling} for column {column.name!r} of {levels} levels")
        if held is not None:
            fitted = fitted._with_constraints(made_of(_Constraints, held))
        fitted.decode(np.zeros((1, fitted.width)))  # fails for levels that their dtype can't hold
        return fitted

    def _with_constraints(self, held: _Constraints) -> FittedTable:
        rows = constrained_rows([parse(text) for text in held.texts], self.columns)
        lengths = {len(values) for values in held.anchors.values()}
        if not held.anchors.keys() <= rows.columns.keys() or len(lengths) > 1:
            raise ValueError(f"the anchors {list(held.anchors)}")
        if len(held.violations) != len(held.texts):
            raise ValueError(f"the violations {held.violations}")
        rows = replace(rows, anchors=held.anchors)
        violations = tuple(held.violations)
        return replace(self, constraints=rows, violations=violations, rows=held.rows)

    def constrained(self, constraints: Sequence[Constraint], table: pd.DataFrame) -> FittedTable:
        """Adds constraints, and counts the rows of a prepared table that violate them.

        Raises:
            ValueError: If a constraint has an unknown column, or no row satisfies all of them.
        """
        rows = constrained_rows(constraints, self.columns)
        violations = tuple(int(violated.sum()) for violated in rows.violations(table))
        if any(violations):
            counted = [
                f"{constraint.text!r} ({count} of {len(table)} rows)"
                for constraint, count in zip(constraints, violations, strict=True)
                if count
            ]
            warn(
                f"Training rows violate constraints: {', '.join(counted)}. Generated rows will "
                "satisfy them."
            )
        draws = np.random.default_rng(0).random((_DRAWS, self.width))
        place = 0
        for activation, width in (block for s in self.scalings for block in s.blocks):
            if activation == "tanh":
                draws[:, place] = 2 * draws[:, place] - 1
            place += width
        rows = with_anchors(rows, self.decode(draws))
        return replace(self, constraints=rows, violations=violations, rows=len(table))


@dataclass(frozen=True)
class _Constraints:
    """The constraints in the JSON object of `as_json`."""

    texts: list[str]
    anchors: dict[str, list[float]]
    violations: list[int]
    rows: int


def _scaling_of(described: dict[str, Any]) -> Scaling:
    kind = described.get("is")
    if not isinstance(kind, str) or kind not in _SCALINGS:
        raise ValueError(f"the scaling {kind!r}")
    rest = {key: value for key, value in described.items() if key != "is"}
    return made_of(_SCALINGS[kind], rest)


def fit_table(
    table: pd.DataFrame,
    declared: Mapping[str, Declaration],
    drop: Sequence[str],
    scaling: str,
    log: Sequence[str] | None = None,
    constraints: Sequence[Constraint] = (),
) -> FittedTable:
    """Fits all columns of a table that are not dropped.

    Args:
        table: The table.
        declared: The user's declarations by column.
        drop: Columns to leave out.
        scaling: "minmax" or "modes".
        log: The columns on a log scale; None to choose them automatically.
        constraints: What every generated row satisfies.

    Raises:
        ValueError: If a column is missing or can't be learned, or there is nothing to learn.
    """
    _check_names(table)
    _check_asked(table, (*declared, *drop, *(log or ())))
    thresholds = {n: d.threshold for n, d in declared.items() if d.threshold is not None}
    kept = _apply_thresholds(table[[name for name in table if name not in drop]], thresholds)
    keys = [name for name in key_columns(kept) if name not in declared and name not in (log or ())]
    columns: list[TableColumn] = []
    scalings: list[Scaling] = []
    for name in kept:
        if name in keys:
            columns.append(fit_key(name, kept[name]))
            scalings.append(Unlearnt())
            continue
        column = fit_column(name, kept[name], declared.get(name, Declaration()))
        columns.append(column)
        scalings.append(_scaling(column, column.numbers(kept[name]), scaling, log))
    fitted = FittedTable(tuple(columns), tuple(scalings), tuple(drop))
    if not fitted.width:
        raise invalid(
            "table",
            received=("1 sample: " if len(kept) == 1 else "")
            + "no remaining column with two different values"
            + (f", except the keys {_listed(keys)}" if keys else ""),
            expected="at least one column that varies",
            fix="keep more columns, or add rows",
        )
    if keys:
        warn(
            f"Columns that only identify rows are not learned: {_listed(keys)}. Generated rows "
            f"get new values of the same form. Pass drop={keys!r} to leave them out, or list "
            "them in `continuous` or `categorical` to learn them."
        )
    return fitted.constrained(constraints, kept) if constraints else fitted


def _check_asked(table: pd.DataFrame, asked: Sequence[str]) -> None:
    """Checks that the table has rows and the columns that arguments name."""
    if not len(table):
        raise invalid("table", received="no rows", expected="at least one row", fix="add rows")
    for name in asked:
        if name not in table:
            nearest = get_close_matches(name, list(table), 1, 0.0)
            fix = f"did you mean {nearest[0]!r}?" if nearest else "add it"
            raise _wrong_columns(f"no column {name!r}", list(table), fix)


def _scaling(
    column: TableColumn, numbers: NDArray[np.float64], scaling: str, log: Sequence[str] | None
) -> Scaling:
    """Fits the scaling of a column."""
    if column.levels is not None:
        levels = len(column.levels)
        if scaling == "minmax":
            return fit_minmax(numbers, levels)
        if levels >= _MANY_LEVELS:
            warn(
                f"Column {column.name!r} has {levels} levels, each of which becomes a column of "
                "the matrix. Merge rare levels, drop the column, or pass scaling='minmax'."
            )
        return fit_one_hot(numbers, levels)
    least = _least_of_log(column, numbers, log)
    modes = scaling == "modes"
    made = fit_modes(numbers, least) if modes else fit_minmax(numbers, None, least)
    if loses_values(made, numbers):
        known = numbers[~np.isnan(numbers)]
        if log is None and known.min() >= 0:
            return _scaling(column, numbers, scaling, [column.name])
        raise wrong(
            column.name,
            f"values from {known.min():g} to {known.max():g}, most of which are too close to "
            "each other to be distinguished on that scale in float32",
            "values of a similar order of magnitude",
            "replace markers of missing values, such as 1e300, by NaN; or pass "
            f"scaling='modes', or log=[{column.name!r}] if all are positive",
        )
    return made


def _least_of_log(
    column: TableColumn, numbers: NDArray[np.float64], log: Sequence[str] | None
) -> float | None:
    """Returns the smallest positive number of a column on a log scale; None for a linear scale."""
    known = numbers[~np.isnan(numbers)]
    if log is None:
        return None if column.type.kind in TIMES else least_of_log(known)
    if column.name not in log:
        return None
    if column.type.kind in TIMES or known.min() < 0 or not (known > 0).any():
        raise invalid(
            "log",
            received=f"column {column.name!r} with values from {known.min():g} to {known.max():g}",
            expected="columns of non-negative numbers",
            fix=f"remove {column.name!r} from `log`",
        )
    return float(known[known > 0].min())


def _apply_thresholds(
    table: pd.DataFrame, thresholds: Mapping[str, float], *, maybe_cut: bool = False
) -> pd.DataFrame:
    """Applies thresholds to columns of a table."""
    table = table.copy(deep=False)
    for name, cut in thresholds.items():  # `assign` can't take a column named "self"
        table[name] = above_threshold(name, table[name], cut, maybe_cut=maybe_cut)
    return table


def _check_names(table: pd.DataFrame) -> None:
    """Checks that columns have unique names."""
    others = [name for name in table.columns if not isinstance(name, str)]
    twice = table.columns[table.columns.duplicated()].tolist()
    several = isinstance(table.columns, pd.MultiIndex)
    if others or twice:
        made = "['_'.join(map(str, name)) for name in table.columns]" if several else "[...]"
        if others and not several and table.columns.map(str).is_unique:
            made = "table.columns.map(str)"
        raise invalid(
            "table",
            received=f"columns named {_listed(others)}"
            if others
            else f"several columns named {_listed(twice)}",
            expected="unique column names that are text",
            fix=f"rename them: table.columns = {made}",
        )


def _listed(names: Sequence[object]) -> str:
    return ", ".join(map(repr, names))


def _wrong_columns(received: str, names: Sequence[object], fix: str) -> ValueError:
    return invalid("table", received=received, expected=f"the columns {_listed(names)}", fix=fix)
