"""Matches table rows with images by name."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from keras_gan_kit.data._image_files import image_endings


class LeftOut(NamedTuple):
    """A row or an image that is not part of a cohort.

    Args:
        what: What is left out, and why.
        name: Its name.
        details: Further information.
    """

    what: str
    name: str
    details: str = ""


def match_names(
    wanted: Sequence[str | None], available: Sequence[str]
) -> tuple[list[tuple[int, int]], list[LeftOut]]:
    """Matches rows with images one to one.

    A row names an image by its path in the folder or by its file name, with or without the suffix.
    The first of these forms that matches an image is used.

    Args:
        wanted: The name in each row; None if it is missing.
        available: The names of the images, with "/" between folders.

    Returns:
        Pairs of positions (row, image) in the order of the rows, and all rows and images without a
        pair.

    Example:
        >>> pairs, left_out = match_names(["b", "a.png", "c"], ["a.png", "x/b.jpg"])
        >>> pairs, left_out[0].what, left_out[0].name
        ([(0, 1), (1, 0)], 'row without an image', 'c')
    """
    endings = image_endings()
    forms = _forms(available, endings)
    rows_of: dict[int, list[int]] = defaultdict(list)
    left_out: list[LeftOut] = []
    one_of_several: dict[int, str] = {}
    for row, name in enumerate(wanted):
        hits = [] if name is None else _hits(name, forms, endings)
        if len(hits) == 1:
            rows_of[hits[0]].append(row)
        elif name is None:
            left_out.append(LeftOut("row without a name", f"row {row}", "counted from 0"))
        elif not hits:
            left_out.append(LeftOut("row without an image", name))
        else:
            found = ", ".join(available[image] for image in hits)
            left_out.append(LeftOut("row with several images", name, found))
            one_of_several |= dict.fromkeys(hits, name)
    pairs = []
    for image, name in enumerate(available):
        rows = rows_of[image]
        if len(rows) == 1:
            pairs.append((rows[0], image))
        elif rows:
            found = ", ".join(map(str, rows))
            left_out.append(LeftOut("image with several rows", name, f"{found}, counted from 0"))
            left_out += [
                LeftOut("one of several rows for an image", str(wanted[row]), f"row {row}, {name}")
                for row in rows
            ]
        elif image in one_of_several:
            what = "one of several images for a row"
            left_out.append(LeftOut(what, name, one_of_several[image]))
        else:
            left_out.append(LeftOut("image without a row", name))
    return sorted(pairs), left_out


def _forms(available: Sequence[str], endings: frozenset[str]) -> list[dict[str, list[int]]]:
    """Indexes the images by each form of their names, the most exact form first."""
    forms: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(4)]
    for image, path in enumerate(map(_one_spelling, available)):
        name = PurePosixPath(path).name
        for form, text in zip(
            forms, (path, name, _stem(path, endings), _stem(name, endings)), strict=True
        ):
            form[text].append(image)
    return forms


def _hits(name: str, forms: list[dict[str, list[int]]], endings: frozenset[str]) -> list[int]:
    name = _one_spelling(name)
    for form in forms:
        if name in form:
            return form[name]
    # The names of an array have no suffix, but those in the table may.
    stem = _stem(name, endings)
    return forms[0].get(stem, []) if stem != name else []


def _one_spelling(name: str) -> str:
    """Normalizes accented letters to one character; macOS uses two."""
    return unicodedata.normalize("NFC", name)


def _stem(name: str, endings: frozenset[str]) -> str:
    """Removes an image suffix. Text after any other dot is part of the name."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in endings else name
