"""Changes rows as little as needed to satisfy constraints."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit.data._column import TIMES, Column
from keras_gan_kit.data._column_dtypes import TICKS_PER_DAY
from keras_gan_kit.data._constraints import Constraint, parse, wrong
from keras_gan_kit.data._table_column import Rules, TableColumn, float_size

Floats = NDArray[np.float64]
Numbers = dict[str, Floats]  # by column, as returned by `TableColumn.numbers`
Seen = dict[str, NDArray[Any]]  # by column, in the units of constraints: numbers, days or text

_PASSES = 6
_HALVINGS = 60
_PROBES = 17  # values of a column to try if neither end of its range satisfies a constraint
_MOST_LEVELS = 100
_ANCHORS = 64
_LENIENT = Rules("extend", "ignore")


@dataclass(frozen=True)
class ConstrainedRows:
    """Constraints and the columns in them.

    Args:
        constraints: The constraints.
        columns: The fitted columns of the table, by name.
        anchors: Random rows that satisfy all constraints, drawn by `fit`: numbers `(rows,)` by
            column. One of them replaces a row that no change of a single column repairs.
    """

    constraints: tuple[Constraint, ...]
    columns: Mapping[str, TableColumn]
    anchors: Mapping[str, Sequence[float]]

    @property
    def names(self) -> list[str]:
        """The names of all columns in constraints."""
        return list(dict.fromkeys(name for c in self.constraints for name in c.names))

    @property
    def _formulas(self) -> list[Constraint]:
        """The formulas, each after those that it depends on."""
        waiting = {str(c.target): c for c in self.constraints if c.target is not None}
        ordered: list[Constraint] = []
        while waiting:
            ready = [c for c in waiting.values() if not waiting.keys() & set(c.names[:-1])]
            if not ready:
                raise wrong(
                    next(iter(waiting.values())).text, "formulas depend on each other in a cycle"
                )
            for constraint in ready:
                ordered.append(waiting.pop(str(constraint.target)))
        return ordered

    @property
    def _movable(self) -> list[str]:
        targets = {c.target for c in self.constraints}
        kinds = ("constant", "key")
        names = [name for name in self.names if name not in targets]
        return [name for name in names if self.columns[name].kind not in kinds]

    def violations(self, table: pd.DataFrame) -> list[NDArray[np.bool_]]:
        """Returns a mask of violating rows for each constraint."""
        seen = {name: seen_values(self.columns[name].type, table[name]) for name in self.names}
        return [constraint.violated(seen) for constraint in self.constraints]

    def satisfied(self, table: pd.DataFrame) -> pd.DataFrame:
        """Changes the rows of a table so that all constraints are satisfied.

        Args:
            table: The decoded output of a generator.
        """
        numbers = {
            name: self.columns[name].numbers(table[name], _LENIENT).copy() for name in self._movable
        }
        seen = {
            name: np.array(seen_values(self.columns[name].type, table[name])) for name in self.names
        }
        for _ in range(_PASSES):
            broken = self._broken(seen)
            if not any(rows.any() for rows in broken):
                break
            for constraint, rows in zip(self.constraints, broken, strict=True):
                if rows.any() and constraint.target is None:
                    self._repair(constraint, np.flatnonzero(rows), numbers, seen)
        self._replace(numbers, seen)
        return self._written(table, numbers, seen)

    def _with_formulas(self, seen: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Returns the values that constraints are evaluated on, after formulas are applied."""
        made = dict(seen)
        for constraint in self._formulas:
            target = str(constraint.target)
            if not made.keys() >= set(constraint.names):
                continue  # some of its columns were not requested
            value, held = constraint.formula(made), made[target]
            keep = pd.isna(held) | ~np.isfinite(value)
            made[target] = np.where(keep, held, self._rounded(target, value))
        return made

    def _rounded(self, target: str, made: Floats) -> Floats:
        """Rounds the results of a formula to the column's dtype."""
        column = self.columns[target].type
        if column.kind in ("integer", "boolean"):
            return np.rint(made)
        if column.kind == "decimal":
            return np.round(made, column.decimals or 0)
        return made

    def _broken(self, seen: Mapping[str, NDArray[Any]]) -> list[NDArray[np.bool_]]:
        """Returns a mask of violating rows for each condition; formulas hold by construction."""
        seen = self._with_formulas(seen)
        count = len(next(iter(seen.values())))
        return [
            np.zeros(count, bool) if c.target is not None else c.violated(seen)
            for c in self.constraints
        ]

    def _causes(self, constraint: Constraint) -> set[str]:
        """Returns the columns that a constraint depends on, directly or through formulas."""
        names = set(constraint.names)
        for formula in reversed(self._formulas):
            if formula.target in names:
                names |= set(formula.names)
        return names

    def _repair(
        self, constraint: Constraint, rows: NDArray[np.intp], numbers: Numbers, seen: Seen
    ) -> None:
        """Changes one column of each row, or swaps two that are in the wrong order."""
        before = self._broken({name: array[rows] for name, array in seen.items()})
        causes = {c.text: self._causes(c) for c in self.constraints}

        def fits(changed: Numbers, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
            """Returns where the constraint is satisfied and no other is newly violated."""
            after = {name: array[rows[chosen]] for name, array in seen.items()}
            after |= {name: _seen_as(self.columns[name], n) for name, n in changed.items()}
            after = self._with_formulas(after)
            good = np.ones(len(chosen), bool)
            for c, was in zip(self.constraints, before, strict=True):
                if c.target is None and causes[c.text] & changed.keys():
                    now = c.violated(after)
                    good &= ~now if c is constraint else ~now | was[chosen]
            return good

        def accept(changed: Numbers, chosen: NDArray[np.intp]) -> None:
            for name, array in changed.items():
                numbers[name][rows[chosen]] = array
                seen[name][rows[chosen]] = _seen_as(self.columns[name], array)

        left = np.arange(len(rows))
        part = {name: array[rows] for name, array in numbers.items()}
        swapped = self._swapped(constraint, part)
        if swapped is not None:
            done = fits(swapped, left)
            accept({name: array[done] for name, array in swapped.items()}, left[done])
            left = left[~done]
        if len(left):
            movable = [name for name in self._movable if name in causes[constraint.text]]
            self._move(movable, {name: part[name][left] for name in movable}, left, fits, accept)

    def _move(
        self, movable: Sequence[str], part: Numbers, left: NDArray[np.intp], fits: Any, accept: Any
    ) -> None:
        """Changes in each row the column that needs the smallest change, relative to its range."""
        best = np.full(len(left), np.inf)
        which = np.full(len(left), -1)
        targets = []
        for place, name in enumerate(movable):
            column = self.columns[name]

            def good(tried: Floats, i: NDArray[np.intp], name: str = name) -> NDArray[np.bool_]:
                return np.asarray(fits({name: tried}, left[i]))

            found = _nearest(column, part[name], good)
            distance = np.abs(found - part[name]) / ((column.high - column.low) or 1.0)
            better = distance < best  # NaN if nothing was found
            best[better], which[better] = distance[better], place
            targets.append(found)
        for place, name in enumerate(movable):
            moved = which == place
            accept({name: targets[place][moved]}, left[moved])

    def _swapped(self, constraint: Constraint, part: Numbers) -> Numbers | None:
        """Returns rows with the values of two columns swapped, if they are in the wrong order."""
        tree = constraint.tree
        if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
            return None
        order = isinstance(tree.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        both = [tree.left, tree.comparators[0]]
        if not order or not all(isinstance(side, ast.Name) for side in both):
            return None
        first, second = constraint.names[0], constraint.names[-1]
        if first == second or not {first, second} <= part.keys():
            return None
        one, other = self.columns[first], self.columns[second]
        if one.levels is not None or other.levels is not None:
            return None
        made: Numbers = {}
        for column, source in ((one, other), (other, one)):
            present = part[column.name]
            taken = _as_numbers(column, _seen_as(source, part[source.name]))
            outside = (taken < column.low) | (taken > column.high)
            made[column.name] = np.where(outside, present, _on_grid(column, taken))
        return made

    def _replace(self, numbers: Numbers, seen: Seen) -> None:
        """Replaces rows that still violate a constraint by the nearest anchor."""
        rows = np.flatnonzero(np.logical_or.reduce(self._broken(seen)))
        if not len(rows) or not self.anchors:
            return
        distances = np.zeros((len(rows), len(next(iter(self.anchors.values())))))
        for name, anchor in self.anchors.items():
            column = self.columns[name]
            span = (column.high - column.low) or 1.0
            apart = np.abs(numbers[name][rows][:, None] - np.array(anchor)[None]) / span
            distances += np.nan_to_num(apart)
        nearest = distances.argmin(axis=1)
        for name, anchor in self.anchors.items():
            numbers[name][rows] = np.array(anchor)[nearest]
            seen[name][rows] = _seen_as(self.columns[name], numbers[name][rows])

    def _written(self, table: pd.DataFrame, numbers: Numbers, seen: Seen) -> pd.DataFrame:
        table = table.copy(deep=False)
        for name, array in numbers.items():
            table[name] = self.columns[name].values(array, _LENIENT).set_axis(table.index)
        seen = self._with_formulas(seen)
        for constraint in self._formulas:
            name = str(constraint.target)
            column = self.columns[name]
            made = column.exact(_as_numbers(column, seen[name]))
            table[name] = made.set_axis(table.index)
        return table


def seen_values(column: Column, values: pd.Series[Any]) -> NDArray[Any]:
    """Converts values to the units of constraints: numbers, times in days, or text."""
    kind = column.kind
    if kind in ("integer", "number", "decimal", "boolean", *TIMES):
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        numbers = column.numbers(values)
        is_float32 = float_size(values.dtype) < 8
        return _as_written(numbers, values.dtype) if is_float32 else numbers
    if kind == "interval":
        values = values.astype(object).map(str, na_action="ignore")
    return np.asarray(values.astype(object).where(values.notna(), None), object)


def _as_written(numbers: Floats, dtype: Any) -> Floats:
    """Rounds float32 numbers to their shortest decimals, because float32(23.1) is not 23.1."""
    coarse = numbers.astype(f"f{float_size(dtype)}")
    different, places = np.unique(coarse, return_inverse=True)
    return np.array([float(str(number)) for number in different])[places]


def _as_numbers(column: TableColumn, seen: NDArray[Any]) -> Floats:
    """Converts from the units of constraints to the numbers of a continuous column."""
    numbers = np.asarray(seen, np.float64)
    if column.type.kind not in TIMES:
        return numbers
    per_day = 1 if column.type.kind == "period" else TICKS_PER_DAY[column.type.tick]
    absent = np.isnan(numbers)
    ticks = np.where(absent, 0, np.rint(numbers * per_day)).astype(np.int64)
    return column.numbers(column.type.from_ticks(ticks, absent), _LENIENT)


def _seen_as(column: TableColumn, numbers: Floats) -> NDArray[Any]:
    """Converts numbers `(n,)` of a column to the units of constraints."""
    dtype = column.type.dtype
    if column.levels is None and column.type.kind in ("integer", "number") and dtype == "float64":
        return numbers if column.decimals is None else np.round(numbers, column.decimals)
    # Converts each distinct number only once, because pandas is slow.
    different, places = np.unique(numbers, return_inverse=True)
    return seen_values(column.type, column.values(different, _LENIENT))[places]


def _nearest(column: TableColumn, present: Floats, good: Any) -> Floats:
    """Returns the valid number nearest to the present one; NaN if there is none."""
    found = np.full(len(present), np.nan)
    known = np.flatnonzero(~np.isnan(present))
    if column.levels is not None:
        for level in range(min(len(column.levels), _MOST_LEVELS)):
            nearer = ~(np.abs(found[known] - present[known]) <= np.abs(level - present[known]))
            rows = known[nearer]
            fitting = good(np.full(len(rows), float(level)), rows)
            found[rows[fitting]] = level
        return found
    between = _on_grid(column, np.linspace(column.low, column.high, _PROBES)[1:-1])
    for number, end in enumerate((column.low, column.high, *between)):
        # Search between the ends only for rows that neither end satisfies.
        rows = known if number < 2 else known[np.isnan(found[known])]
        if not len(rows):
            break
        rows = rows[good(np.full(len(rows), end), rows)]
        if not len(rows):
            continue
        bad, fitting = present[rows].copy(), np.full(len(rows), end)
        for _ in range(_HALVINGS):
            middle = _on_grid(column, (bad + fitting) / 2)
            if ((middle == bad) | (middle == fitting)).all():
                break
            inside = good(middle, rows)
            fitting, bad = np.where(inside, middle, fitting), np.where(inside, bad, middle)
        nearer = ~(np.abs(found[rows] - present[rows]) <= np.abs(fitting - present[rows]))
        found[rows[nearer]] = fitting[nearer]
    return found


def _on_grid(column: TableColumn, numbers: Floats) -> Floats:
    """Rounds numbers to the nearest values that a column can have."""
    if column.type.kind in (*TIMES, "integer", "boolean"):
        return np.rint(numbers)
    return numbers if column.decimals is None else np.round(numbers, column.decimals)


def constrained_rows(
    constraints: Sequence[Constraint], columns: Sequence[TableColumn]
) -> ConstrainedRows:
    """Checks that the columns of constraints exist and have a suitable type.

    Raises:
        ValueError: If a column doesn't exist or its type is not suitable.
    """
    known = {column.name: column for column in columns}
    for constraint in constraints:
        for name in constraint.names:
            if name not in known:
                raise _no_column(constraint, name, list(known), "that is learned")
        target = known.get(constraint.target or "")
        numbers = ("integer", "number", "decimal", "boolean", *TIMES)
        if target is not None and (target.type.kind not in numbers or target.kind == "key"):
            raise wrong(constraint.text, f"column {target.name!r} doesn't hold numbers or times")
    made = ConstrainedRows(tuple(constraints), known, {})
    _ = made._formulas
    return made


def count_violations(
    texts: Sequence[str], real: pd.DataFrame, synthetic: pd.DataFrame
) -> dict[str, dict[str, int]]:
    """Counts the real and synthetic rows that violate each constraint.

    Raises:
        TypeError: If a constraint is not a string.
        ValueError: If a constraint can't be parsed, or a table lacks one of its columns.
    """
    counts: dict[str, dict[str, int]] = {}
    for constraint in map(parse, texts):
        counts[constraint.text] = {}
        for which, table in (("real", real), ("synthetic", synthetic)):
            absent = [name for name in constraint.names if name not in table]
            if absent:
                raise _no_column(constraint, absent[0], list(table), f"in the {which} table")
            seen = {}
            for name in constraint.names:
                kind = Column.of(name, real[name])
                kind = kind if kind.kind in TIMES else Column.of(name, table[name])
                seen[name] = seen_values(kind, table[name])
            counts[constraint.text][which] = int(constraint.violated(seen).sum())
    return counts


def _no_column(constraint: Constraint, name: str, known: Sequence[str], where: str) -> ValueError:
    nearest = get_close_matches(name, known, 1, 0.0)
    fix = f"did you mean {nearest[0]!r}?" if nearest else "add it"
    return wrong(constraint.text, f"there is no column {name!r} {where}", fix)


def with_anchors(rows: ConstrainedRows, table: pd.DataFrame) -> ConstrainedRows:
    """Adds the rows of a random table that satisfy all constraints as anchors.

    Raises:
        ValueError: If there is no such row.
    """
    made = rows.satisfied(table)
    broken = rows.violations(made)
    good = np.flatnonzero(~np.logical_or.reduce(broken))[:_ANCHORS]
    if not len(good):
        worst = int(np.argmax([violated.sum() for violated in broken]))
        raise wrong(
            rows.constraints[worst].text,
            "no row was found that satisfies this and all other constraints",
            "correct it, or leave it out",
        )
    columns = {name: rows.columns[name] for name in rows._movable}
    some = made.iloc[good].reset_index(drop=True)
    anchors = {name: c.numbers(some[name], _LENIENT).tolist() for name, c in columns.items()}
    # Rows with missing values satisfy a constraint only because it is not evaluated.
    known = [not any(np.isnan(values[i]) for values in anchors.values()) for i in range(len(some))]
    kept = {
        name: [value for value, keep in zip(values, known, strict=True) if keep]
        for name, values in anchors.items()
    }
    return replace(rows, anchors=kept if any(known) else {})
