"""Computes the name of each table row's image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from keras_gan_kit._errors import invalid, wrong_type

Key = str | Callable[[Mapping[str, Any]], object]


def image_names(table: pd.DataFrame, key: Key) -> list[str | None]:
    """Returns the name of the image for each row, or None if there is none.

    Args:
        table: The rows.
        key: A column, a template with columns in braces, or a function of a row given as a dict.

    Raises:
        TypeError: If the key is none of these.
        ValueError: If there is no such column.

    Example:
        >>> image_names(pd.DataFrame({"id": [7, 12]}), "ecg_{id:03d}.png")
        ['ecg_007.png', 'ecg_012.png']
    """
    columns = key_columns(table, key)
    if isinstance(key, str) and columns == [key]:
        return [as_name(value) for value in table[key].tolist()]
    if isinstance(key, str):
        # pandas converts integers to floats if some are missing.
        rows = table[columns].convert_dtypes().to_dict("records")
        return [
            None if any(pd.isna(value) for value in row.values()) else as_name(key.format(**row))
            for row in rows
        ]
    return [as_name(key(row)) for row in table.to_dict("records")]


def key_columns(table: pd.DataFrame, key: object) -> list[str]:
    """Returns the columns in a key; none for a function.

    Raises:
        TypeError: If the key is neither a string nor a function.
        ValueError: If there is no such column.
    """
    if callable(key):
        return []
    if not isinstance(key, str):
        raise wrong_type(
            "key",
            received=repr(key),
            expected="the column that names each row's image, a template, or a function",
            fix="pass for example key='file', or key='ecg_{id:04d}.png'",
        )
    if key in table:
        return [key]
    fields = list(dict.fromkeys(field for _, field, _, _ in Formatter().parse(key) if field))
    absent = [field for field in fields or [key] if field not in table]
    if absent:
        nearest = get_close_matches(absent[0], list(map(str, table)), 1, 0.0)
        raise invalid(
            "key",
            received=repr(key),
            expected=f"a column of the table: {', '.join(map(repr, table))}",
            fix=f"pass for example key={nearest[0]!r}" if nearest else "add the column",
        )
    return fields


def as_name(value: Any) -> str | None:
    """Formats a name: integers without a decimal point, "/" between folders."""
    if not isinstance(value, str):
        if pd.isna(value):
            return None
        if isinstance(value, float | np.floating) and value.is_integer():
            value = int(value)  # as above
    return str(value).strip().replace("\\", "/").removeprefix("./") or None
