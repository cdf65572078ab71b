"""Parses and evaluates constraints on the columns of a table, without running code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type

_LONGEST = 1000  # characters
_QUOTED = re.compile(r"`([^`]+)`")
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
}
_FUNCTIONS: dict[str, tuple[Callable[..., Any], Collection[int]]] = {
    "abs": (np.abs, (1,)),
    "round": (lambda x, digits=0.0: np.round(x, int(np.max(digits))), (1, 2)),
    "floor": (np.floor, (1,)),
    "ceil": (np.ceil, (1,)),
    "sqrt": (np.sqrt, (1,)),
    "log": (np.log, (1,)),
    "log10": (np.log10, (1,)),
    "exp": (np.exp, (1,)),
    "min": (lambda *x: np.minimum.reduce(np.broadcast_arrays(*x)), range(2, 20)),
    "max": (lambda *x: np.maximum.reduce(np.broadcast_arrays(*x)), range(2, 20)),
}
_COMPARISONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
Values = NDArray[Any] | float | str
Truth = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # whether it is true, and whether it is known


@dataclass(frozen=True)
class Constraint:
    """A condition on every row, or a formula for a column.

    Args:
        text: The constraint as the user wrote it.
        tree: The condition, or the formula.
        names: The columns in it, without duplicates.
        target: The column that a formula computes; None for a condition.
        quoted: The placeholders in the tree for names in backticks.

    Example:
        >>> constraint = parse("low <= high")
        >>> columns = {"low": np.array([1.0, 3.0, 5.0]), "high": np.array([2.0, 2.0, np.nan])}
        >>> constraint.violated(columns).tolist()
        [False, True, False]
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    target: str | None
    quoted: Mapping[str, str]

    def violated(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Returns a mask of violating rows. Rows with missing values never violate it.

        Args:
            columns: Numbers `(n,)` with NaN, or text with None, by the names of columns.
        """
        with np.errstate(all="ignore"):
            if self.target is None:
                true, known = self._condition(self.tree, columns)
            else:
                true, known = _equal(columns[self.target], self._value(self.tree, columns))
        return known & ~true

    def formula(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Computes the target column."""
        with np.errstate(all="ignore"):
            return np.asarray(self._value(self.tree, columns), np.float64)

    def _condition(self, node: ast.expr, columns: Mapping[str, NDArray[Any]]) -> Truth:
        if isinstance(node, ast.BoolOp):
            parts = [self._condition(part, columns) for part in node.values]
            decisive = isinstance(node.op, ast.Or)  # a true `or`, a false `and`
            decided = np.logical_or.reduce([known & (true == decisive) for true, known in parts])
            known = np.logical_and.reduce([known for _, known in parts]) | decided
            return decided == decisive, known
        if isinstance(node, ast.UnaryOp):
            true, known = self._condition(node.operand, columns)
            return ~true, known
        if not isinstance(node, ast.Compare):
            raise TypeError(f"{ast.dump(node)} is not a condition")  # rejected by `parse`
        sides = [self._value(side, columns) for side in (node.left, *node.comparators)]
        parts = [
            _compared(op, left, right, self.text)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        true = np.logical_and.reduce([true for true, _ in parts])
        return true, np.logical_and.reduce([known for _, known in parts])

    def _value(self, node: ast.expr, columns: Mapping[str, NDArray[Any]]) -> Any:
        if isinstance(node, ast.Name):
            return columns[self.quoted.get(node.id, node.id)]
        if isinstance(node, ast.Constant):
            value: Any = node.value
            return value if isinstance(value, str) else float(value)
        if isinstance(node, ast.Tuple | ast.List):
            return [self._value(item, columns) for item in node.elts]
        if isinstance(node, ast.BinOp):
            sides = self._value(node.left, columns), self._value(node.right, columns)
            return _OPERATORS[type(node.op)](*map(self._number, sides))
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](self._number(self._value(node.operand, columns)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            values = [self._number(self._value(item, columns)) for item in node.args]
            return _FUNCTIONS[node.func.id][0](*values)
        raise TypeError(f"{ast.dump(node)} is not a value")  # rejected by `parse`

    def _number(self, value: Any) -> Any:
        if isinstance(value, str):
            return _as_days(value)
        if np.asarray(value).dtype.kind == "O":
            raise wrong(self.text, "it uses a text column in arithmetic")
        return value


def _compared(op: ast.cmpop, left: Any, right: Any, text: str) -> Truth:
    if isinstance(op, ast.In | ast.NotIn):
        parts = [_equal(left, item) for item in right]
        true = np.logical_or.reduce([true for true, _ in parts])
        known = parts[0][1]
        return (~true if isinstance(op, ast.NotIn) else true), known
    if isinstance(op, ast.Eq | ast.NotEq):
        true, known = _equal(left, right)
        return (~true if isinstance(op, ast.NotEq) else true), known
    left, right = _alike(left, right)
    pair = np.broadcast_arrays(left, right)
    if {side.dtype.kind for side in pair} & {"O", "U"}:
        raise wrong(text, "it compares text by order", "use == or in for text columns")
    known = ~(np.isnan(pair[0]) | np.isnan(pair[1]))
    true = np.zeros(pair[0].shape, bool)
    true[known] = _COMPARISONS[type(op)](pair[0][known], pair[1][known])
    return true, known


def _equal(left: Any, right: Any) -> Truth:
    left, right = np.broadcast_arrays(*_alike(left, right))
    known = ~(pd.isna(left) | pd.isna(right))
    if left.dtype.kind == "O" or right.dtype.kind == "O":
        return np.asarray(left == right), known
    # Results of formulas are rounded differently from numbers in files.
    near = 1e-9 * np.maximum(np.maximum(np.abs(left), np.abs(right)), 1e-300)
    return np.asarray(np.abs(left - right) <= near) | (left == right), known


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Parses text as a date if it is compared with numbers."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, str) and np.asarray(other).dtype.kind in "fiub":
            days = _as_days(one)
            left, right = (days, other) if one is left else (other, days)
    wrap = [np.array(side, object) if isinstance(side, str) else side for side in (left, right)]
    return np.asarray(wrap[0]), np.asarray(wrap[1])


def _as_days(text: str) -> float:
    """Converts a date, a time of day or a duration to days."""
    day = pd.Timedelta(1, unit="D")
    written = f"{text}:00" if re.fullmatch(r"\d{1,2}:\d{2}", text) else text
    if not re.fullmatch(r"\d{1,2}:\d{2}(:[\d.]+)?", written):
        stamp = pd.to_datetime(written, errors="coerce")
        if not pd.isna(stamp):
            stamp = stamp if stamp.tz is None else stamp.tz_convert("UTC").tz_localize(None)
            return float((stamp - pd.Timestamp(0)) / day)
    try:
        return float(pd.Timedelta(written) / day)
    except ValueError as error:
        raise wrong(
            text, "it compares this text with numbers or times", "write dates as '2020-12-31'"
        ) from error


def parse(text: object) -> Constraint:
    """Parses a constraint.

    Raises:
        TypeError: If it is not a string.
        ValueError: If it is not a valid constraint.
    """
    if not isinstance(text, str):
        raise wrong_type(
            "constraints",
            received=repr(text),
            expected="text such as 'admitted <= discharged'",
            fix="pass for example constraints=['age >= 18']",
        )
    if len(text) > _LONGEST:
        raise wrong(text, f"it has {len(text)} characters", f"use at most {_LONGEST}")
    quoted: dict[str, str] = {}

    def placeholder(match: re.Match[str]) -> str:
        quoted[f"_quoted_{len(quoted)}"] = match[1]
        return f"_quoted_{len(quoted) - 1}"

    try:
        statements = ast.parse(_QUOTED.sub(placeholder, text.strip())).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        fix = "put names with special characters in backticks: `systolic BP` > `diastolic BP`"
        raise wrong(text, f"it cannot be parsed ({error})", fix) from error
    target, tree = _target_and_tree(text, statements)
    if target is None:
        _check_condition(text, tree)
    else:
        _check_value(text, tree)
    functions = {n.func for n in ast.walk(tree) if isinstance(n, ast.Call)}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in functions]
    names = [quoted.get(n.id, n.id) for n in found]
    if target is not None:
        target = quoted.get(target, target)
        if target in names:
            raise wrong(text, f"{target!r} is on both sides of `=`", "write `==` for a condition")
        names.append(target)
    if not names:
        raise wrong(text, "it contains no column")
    return Constraint(text, tree, tuple(dict.fromkeys(names)), target, quoted)


def _target_and_tree(text: str, statements: Sequence[ast.stmt]) -> tuple[str | None, ast.expr]:
    if len(statements) == 1 and isinstance(statements[0], ast.Expr):
        return None, statements[0].value
    if len(statements) == 1 and isinstance(statements[0], ast.Assign):
        targets = statements[0].targets
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            return targets[0].id, statements[0].value
    raise wrong(text, "it is neither a condition nor a formula")


def _check_condition(text: str, node: ast.expr) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _check_condition(text, part)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check_condition(text, node.operand)
    elif isinstance(node, ast.Compare):
        _check_value(text, node.left)
        for op, side in zip(node.ops, node.comparators, strict=True):
            is_in = isinstance(op, ast.In | ast.NotIn)
            if not is_in and type(op) not in (*_COMPARISONS, ast.Eq, ast.NotEq):
                raise wrong(text, "it has a comparison other than <, <=, >, >=, ==, != and in")
            if is_in and not (isinstance(side, ast.Tuple | ast.List) and side.elts):
                raise wrong(
                    text, "`in` is not followed by a list", "write for example grade in (1, 2)"
                )
            for value in side.elts if isinstance(side, ast.Tuple | ast.List) and is_in else [side]:
                _check_value(text, value)
    else:
        raise wrong(text, f"{ast.unparse(node)!r} is not a comparison")


def _check_value(text: str, node: ast.expr) -> None:
    children: Sequence[ast.expr] = ()
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        children = (node.left, node.right)
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        children = (node.operand,)
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _FUNCTIONS or node.keywords:
            raise wrong(text, f"it calls {ast.unparse(node)!r}", f"use {', '.join(_FUNCTIONS)}")
        if len(node.args) not in _FUNCTIONS[name][1]:
            raise wrong(text, f"{name} has {len(node.args)} arguments")
        digits: Any = node.args[1] if name == "round" and len(node.args) == 2 else None
        digits = getattr(digits, "operand", digits)  # round(x, -1)
        if digits is not None and type(getattr(digits, "value", None)) is not int:
            raise wrong(text, "the number of decimals in round is not an integer")
        children = node.args
    elif isinstance(node, ast.Constant):
        if not isinstance(node.value, str | int | float):
            raise wrong(text, f"it contains the value {node.value!r}")
    elif not isinstance(node, ast.Name):
        raise wrong(text, f"it contains {ast.unparse(node)!r}")
    for child in children:
        _check_value(text, child)


def wrong(text: str, why: str, fix: str | None = None) -> ValueError:
    """Creates the error for an invalid constraint."""
    return invalid(
        "constraints",
        received=f"{text!r:.200}: {why}",
        expected="a comparison of columns and numbers, such as 'admitted <= discharged' or "
        "'age >= 18', or a formula, such as 'bmi = round(weight / (height / 100) ** 2, 1)'",
        fix=fix or "write it in this form",
    )
