"""Shortens names of columns and classes for figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width

_LONGEST = 28  # characters of a name next to an axis
_TITLE = 60  # characters of a title, in lines of:
_LINE = 22


def labels_of(names: Sequence[str], longest: int = _LONGEST) -> list[str]:
    """Shortens names to fit in a figure, keeping different names different.

    Example:
        >>> labels_of(["a" * 40, "b"])
        ['aaaaaaaaaaaaaa…aaaaaaaaaaaaa', 'b']
        >>> [long + f"_{i}_" + long for long in ["x" * 30] for i in (1, 2)] != labels_of(["y"])
        True
    """
    rooms = {name: _room(name, longest) for name in names}
    short = {name: _middle_out(name, rooms[name]) for name in names}
    for label in list(short.values()):
        alike = [other for other in short if short[other] == label]
        if len(alike) > 1:
            start = _first_difference(alike)
            for other in alike:
                short[other] = _around(other, start, rooms[other])
    taken: dict[str, str] = {}
    for name, label in short.items():
        number = 2
        while taken.get(label, name) != name:
            end = f" ({number})"
            label, number = short[name][: rooms[name] - len(end)] + end, number + 1
        taken[label] = name
    by_name = {name: label for label, name in taken.items()}
    return [by_name[name] for name in names]


def _room(text: str, longest: int) -> int:
    """Returns how many characters of a text fit in the width of `longest` Latin letters.

    Chinese, Japanese and Korean characters are twice as wide.
    """
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return longest * len(text) // width if text else longest


def _first_difference(names: Sequence[str]) -> int:
    pairs = zip(min(names), max(names), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(map(len, names)))


def _middle_out(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    head = longest // 2
    return f"{name[:head]}…{name[len(name) - (longest - head - 1) :]}"


def _around(name: str, place: int, longest: int) -> str:
    """Returns the part of a name around a position."""
    if len(name) <= longest:
        return name
    room = longest - 2
    start = min(max(0, place - room // 2), len(name) - room)
    return ("…" if start else "") + name[start : start + room] + "…" * (start + room < len(name))


def titles_of(names: Sequence[str], line: int = _LINE) -> list[str]:
    """Returns names as titles of up to 60 characters, in lines that fit above a small figure.

    Example:
        >>> titles_of(["measurement_number_007_of_the_long_panel"])
        ['measurement_number_\\n007_of_the_long_panel']
    """
    return [wrapped(label, line) for label in labels_of(names, _TITLE)]


def wrapped(text: str, line: int) -> str:
    """Wraps text into lines, after a space or an underscore if possible."""
    lines, line = [], _room(text, line)
    while len(text) > line:
        at = max(text.rfind(" ", line // 2, line), text.rfind("_", line // 2, line)) + 1 or line
        lines.append(text[:at])
        text = text[at:]
    return "\n".join([*lines, text])


def paged(columns: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Splits a sequence into parts of similar length, at most `size` each."""
    pages = -(-len(columns) // size)
    bounds = [round(i * len(columns) / pages) for i in range(pages + 1)] if pages else []
    return [columns[a:b] for a, b in pairwise(bounds)]
