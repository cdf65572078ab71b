"""Reads values from JSON files that may be damaged."""

from __future__ import annotations

from typing import Any


def value_of(described: Any, key: str, *kinds: type) -> Any:
    """Returns a value of a JSON object.

    Args:
        described: The object.
        key: The key of the value.
        kinds: The types that the value may have. `True` does not count as an `int`.

    Raises:
        ValueError: If `described` is not an object, or the value is missing or of another type.
    """
    if not isinstance(described, dict) or key not in described:
        raise ValueError(f"no {key!r}")
    value = described[key]
    if type(value) not in kinds:
        raise ValueError(f"the {key.replace('_', ' ')} {value!r}")
    return value
