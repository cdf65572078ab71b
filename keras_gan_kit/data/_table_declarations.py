"""Validates the user's declarations of table columns."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from keras_gan_kit._arguments import number, one_of
from keras_gan_kit._errors import invalid, wrong_type

if TYPE_CHECKING:
    import pandas as pd

_CHOICES = {
    "scaling": ("minmax", "modes"),
    "out_of_range": ("clip", "error", "extend"),
    "handle_unknown": ("warn", "ignore", "error"),
}
_KINDS = ("continuous", "binary", "categorical", "ordinal")


class Declaration(NamedTuple):
    """The user's declarations for a column.

    Args:
        kind: The kind; None to infer it.
        levels: The order of an ordinal column, if given.
        threshold: The smallest value that becomes 1; None for no threshold.
    """

    kind: str | None = None
    levels: Sequence[Any] | None = None
    threshold: float | None = None


def declarations(arguments: Mapping[str, Any]) -> dict[str, Declaration]:
    """Validates the arguments of a `TableTransformer` and groups them by column.

    Args:
        arguments: All arguments by name.

    Returns:
        A declaration for each column that an argument names, except dropped columns.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a column is declared twice, or a threshold or the scaling is invalid.

    Example:
        >>> nothing = dict.fromkeys(["continuous", "binary", "categorical", "thresholds"])
        >>> options = {"ordinal": {"grade": ["low", "high"]}, "drop": (), "log": None}
        >>> options |= {"constraints": None}
        >>> options |= {"scaling": "minmax", "out_of_range": "clip", "handle_unknown": "warn"}
        >>> declarations({**nothing, **options})["grade"].levels
        ['low', 'high']
    """
    for argument, choices in _CHOICES.items():
        one_of(argument, arguments[argument], choices)
    _names("log", arguments["log"])
    texts = arguments["constraints"]
    if texts is not None and (isinstance(texts, str) or not isinstance(texts, Sequence)):
        raise wrong_type(
            "constraints",
            received=repr(texts),
            expected="a list of strings",
            fix="pass for example constraints=['admitted <= discharged']",
        )
    if texts:
        from keras_gan_kit.data._constraints import parse  # imports pandas

        for text in texts:
            parse(text)
    declared: dict[str, Declaration] = {}
    first: dict[str, str] = {}
    for argument in (*_KINDS, "thresholds", "drop"):
        for name in _names(argument, arguments[argument]):
            if name in first:
                raise invalid(
                    argument,
                    received=f"column {name!r}, which is also in `{first[name]}`",
                    expected="each column in at most one argument",
                    fix=f"remove it from `{first[name]}` or `{argument}`",
                )
            first[name] = argument
            if argument == "thresholds":
                cut = _threshold(name, arguments[argument][name])
                declared[name] = Declaration("binary", threshold=cut)
            elif argument != "drop":
                declared[name] = Declaration(argument, _levels(name, arguments[argument]))
    return declared


def _names(argument: str, value: Any) -> list[str]:
    if value is None:
        return []
    # A string is a collection too, but is never meant as several names.
    fits = isinstance(value, Collection) and not isinstance(value, str | bytes)
    if argument != "ordinal":
        fits = fits and isinstance(value, Mapping) == (argument == "thresholds")
    if not fits:
        expected, example = "column names in a list or tuple", "['name']"
        if argument == "thresholds":
            expected, example = "a dict of column names and numbers", "{'name': 50}"
        raise wrong_type(
            argument,
            received=repr(value),
            expected=expected,
            fix=f"pass for example {argument}={example}",
        )
    others = [name for name in value if not isinstance(name, str)]
    if others:
        raise wrong_type(
            argument,
            received=f"the column name {others[0]!r}",
            expected="column names that are strings",
            fix="rename the column: table.columns = table.columns.astype(str)",
        )
    return list(value)


def _levels(name: str, value: object) -> list[Any] | None:
    if not isinstance(value, Mapping):
        return None
    levels = value[name]
    if isinstance(levels, str) or not isinstance(levels, Sequence):
        raise wrong_type(
            "ordinal",
            received=f"{levels!r} for column {name!r}",
            expected="a list of its levels, the lowest first",
            fix=f"pass for example ordinal={{{name!r}: ['none', 'mild', 'severe']}}",
        )
    if len(levels) < 2 or len(set(levels)) < len(levels):
        raise invalid(
            "ordinal",
            received=f"{levels!r} for column {name!r}",
            expected="at least two levels without duplicates",
            fix="correct the list, or leave the column out to infer its kind",
        )
    return list(levels)


def _threshold(name: str, value: object) -> float:
    return number(
        "thresholds",
        value,
        math.isfinite,
        received=f"{value!r} for column {name!r}",
        expected="a finite number",
        fix=f"pass for example thresholds={{{name!r}: 50}}",
    )


def plain(value: Any) -> Any:
    """Converts all collections to lists and dicts, as in JSON."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, Collection) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def array_as_table(array: NDArray[Any]) -> pd.DataFrame:
    """Converts an array `(n, columns)` to a DataFrame with the columns "x0", "x1" and so on.

    Raises:
        ValueError: If it has another shape, or holds complex numbers.
    """
    import pandas as pd

    received = f"an array of shape {array.shape} and dtype {array.dtype}"
    expected = "a pandas.DataFrame, or an array of shape (rows, columns)"
    if array.ndim != 2:
        fix = "Reshape your data: array.reshape(-1, 1) if it is one column"
        raise invalid("table", received=received, expected=expected, fix=fix)
    if array.shape[1] == 0:
        raise invalid(
            "table",
            received=f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required",
            expected=expected,
            fix="add columns",
        )
    if array.dtype.kind == "c":
        fix = "Complex data not supported: make columns of the real and imaginary parts"
        raise invalid("table", received=received, expected=expected, fix=fix)
    return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])]).infer_objects()
