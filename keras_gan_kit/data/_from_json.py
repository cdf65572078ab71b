"""Checks the types of the values in a JSON file."""

from __future__ import annotations

import math
import types
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")
_INT64 = 2**63


def made_of(kind: type[Made], described: Any) -> Made:
    """Creates a dataclass from a JSON object.

    Raises:
        ValueError: If a field is missing or unknown, or its value has the wrong type.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    needed = {name for name, field in known.items() if field.default is MISSING}
    if not isinstance(described, dict) or not needed <= described.keys() <= known.keys():
        raise ValueError(f"{described!r:.80}, which doesn't describe a {kind.__name__}")
    check_types(described, get_type_hints(kind))
    return kind(**described)


def check_types(described: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """Checks that the values of a JSON object have the expected types.

    Raises:
        ValueError: If a value has another type, or a number is not finite.

    Example:
        >>> check_types({"low": 1}, {"low": float | None})
        >>> check_types({"low": "1"}, {"low": float | None})
        Traceback (most recent call last):
        ValueError: the low '1'
    """
    for name, value in described.items():
        if not _fits(value, hints[name]):
            raise ValueError(f"the {name} {value!r:.80}")


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict) and (
            parts[1] is Any or all(_fits(item, parts[1]) for item in value.values())
        )
    if isinstance(origin, type) and issubclass(origin, Collection):
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if hint is Any:  # a level
        return value is None or isinstance(value, str | int | float)
    if hint is float:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64
        return is_whole or (isinstance(value, float) and math.isfinite(value))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
