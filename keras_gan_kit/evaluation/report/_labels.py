"""Shortens names to the space in a figure, and splits long lists into pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_LONGEST = 28  # letters of a name in a figure


def shortened(name: str) -> str:
    """Shortens a name to the space in a figure.

    Example:
        >>> shortened("a" * 40)
        'aaaaaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def paged(columns: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Splits a sequence into parts of about equal length, at most `size` each."""
    pages = -(-len(columns) // size)
    bounds = [round(i * len(columns) / pages) for i in range(pages + 1)] if pages else []
    return [columns[a:b] for a, b in pairwise(bounds)]
