"""What the user says of the columns of a table."""

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
    """What the user says of a column.

    Args:
        kind: Its kind; None to infer it.
        levels: The order of an ordinal column, if given.
        threshold: Where to cut it, if anywhere.
    """

    kind: str | None = None
    levels: Sequence[Any] | None = None
    threshold: float | None = None


def declarations(arguments: Mapping[str, Any]) -> dict[str, Declaration]:
    """Checks the arguments of a `TableTransformer`, and sorts them by column.

    Args:
        arguments: All of them by name.

    Returns:
        A declaration for each column that is named, those to drop left out.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a column is declared twice, or a threshold or the scaling is not possible.

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
            expected="texts in a list",
            fix="pass for example constraints=['admitted <= discharged']",
        )
    if texts:
        from keras_gan_kit.data._constraints import parse  # which imports pandas

        for text in texts:
            parse(text)
    declared: dict[str, Declaration] = {}
    first: dict[str, str] = {}
    for argument in (*_KINDS, "thresholds", "drop"):
        for name in _names(argument, arguments[argument]):
            if name in first:
                raise invalid(
                    argument,
                    received=f"column {name!r}, which is in `{first[name]}` too",
                    expected="each column in one place",
                    fix=f"take it out of `{first[name]}` or `{argument}`",
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
    # A text is a collection of letters to Python, but never what a caller means by names.
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
            expected="names that are text",
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
            expected="its levels in a list, the lowest first",
            fix=f"pass for example ordinal={{{name!r}: ['none', 'mild', 'severe']}}",
        )
    if len(levels) < 2 or len(set(levels)) < len(levels):
        raise invalid(
            "ordinal",
            received=f"{levels!r} for column {name!r}",
            expected="at least two levels, no two of them the same",
            fix="correct the list, or leave the column out to have it inferred",
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
    """Turns all collections into the lists and dicts that JSON has."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, Collection) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def array_as_table(array: NDArray[Any]) -> pd.DataFrame:
    """Returns an array `(n, columns)` as a DataFrame with the columns "x0", "x1" and so on.

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
