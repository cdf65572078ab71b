"""Draws ECG curves on graph paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import keras
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from keras_gan_kit._arguments import true_or_false
from keras_gan_kit._errors import invalid, wrong_type

COLUMNS_PER_PIXEL = 4  # the fewest points of a curve per pixel of width that look smooth
ROW_MILLIVOLTS = 3.0  # the height of a row
_BASELINE = 0.6  # a fraction of the row's height from its top; R waves are larger than S waves
_SMALLEST = 8  # the smallest legible height of a letter in pixels
_CLOSEST = 5.0  # the smallest spacing of grid lines in pixels; closer lines would look gray


def rows_of_leads(leads: object, known: Sequence[str]) -> list[tuple[str, ...]]:
    """Validates `leads`; returns the names of each row, as they are spelled in `known`."""
    details = {
        "received": repr(leads),
        "expected": f"rows, each a name or a sequence of names of {', '.join(known)}",
    }
    if isinstance(leads, str) or not (
        isinstance(leads, Sequence) and all(isinstance(row, Sequence) for row in leads)
    ):
        raise wrong_type(
            "leads", **details, fix=f'pass for example leads=("{known[0]}", "{known[-1]}")'
        )
    spelled = {name.casefold(): name for name in known}
    rows: list[tuple[str, ...]]
    rows = [(row,) if isinstance(row, str) else tuple(row) for row in leads]
    unknown = [name for row in rows for name in row if str(name).casefold() not in spelled]
    if unknown or not rows or not all(rows):
        nearest = get_close_matches(str(unknown[:1]), known, 1, 0.0)[0]
        raise invalid("leads", **details, fix=f"pass for example {nearest!r}")
    return [tuple(spelled[name.casefold()] for name in row) for row in rows]


def draw_pages(
    signals: Iterable[NDArray[np.float64]],
    num: int,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    paper: NDArray[np.float32],
    *,
    verbose: int = 0,
) -> NDArray[np.float32]:
    """Draws a page for each signal.

    Leads that share a row follow one another, each with an equal part of the width.

    Args:
        signals: `num` arrays `(len(names), width * k)` in mV, with a whole number k of points per
            pixel, at least `COLUMNS_PER_PIXEL`.
        num: The number of signals.
        names: The lead of each channel.
        rows: The leads of each row of the page, which are in `names`.
        paper: Lightness `(height, width)` in [0, 1].
        verbose: 0 for no progress bar.

    Returns:
        Images `(num, height, width, 1)` in [-1, 1].
    """
    bar = keras.utils.Progbar(num, unit_name="page") if verbose else None
    places = [np.array([names.index(name) for name in row]) for row in rows]
    pages = np.empty((num, *paper.shape, 1), np.float32)
    for page, signal in zip(pages, signals, strict=True):
        points = np.arange(signal.shape[1])
        curves = [signal[place[points * len(place) // len(points)], points] for place in places]
        page[..., 0] = draw(np.stack(curves), paper)
        if bar:
            bar.add(1)
    pages *= 2.0
    pages -= 1.0
    return pages


def blank_page(
    size: tuple[int, int],
    rows: Sequence[Sequence[str]],
    seconds: float,
    *,
    grid: bool,
    lead_names: bool,
) -> NDArray[np.float32]:
    """Draws what is on the paper before the curves.

    Args:
        size: Height and width in pixels.
        rows: The leads of each row.
        seconds: The duration that the width covers.
        grid: Whether to draw grid lines. Checked here.
        lead_names: Whether to write the names of the leads. Checked here.

    Returns:
        Lightness `(height, width)` in [0, 1].
    """
    true_or_false("grid", grid)
    true_or_false("lead_names", lead_names)
    paper = graph_paper(*size, len(rows), seconds) if grid else np.ones(size, np.float32)
    return with_names(paper, rows) if lead_names else paper


def graph_paper(height: int, width: int, rows: int, seconds: float) -> NDArray[np.float32]:
    """Draws the grid of ECG paper: a line every 0.04 s and 0.1 mV, every fifth one bold.

    Args:
        height: In pixels.
        width: In pixels.
        rows: The number of curves.
        seconds: The duration that the width covers.

    Returns:
        Lightness `(height, width)` in [0, 1].
    """
    across, down = width / seconds, height / (rows * ROW_MILLIVOLTS)
    dark = np.zeros((height, width))
    for second, millivolt, ink in ((0.04, 0.1, 0.1), (0.2, 0.5, 0.25)):
        if min(across * second, down * millivolt) >= _CLOSEST:
            lines = _lines(height, down * millivolt)[:, None], _lines(width, across * second)
            dark = np.maximum(dark, ink * np.maximum(*lines))
    return (1.0 - dark).astype(np.float32)


def _lines(pixels: int, spacing: float) -> NDArray[np.float64]:
    """Returns the share of each pixel that lines of one pixel width cover."""
    centers = np.arange(pixels) + 0.5
    distance = np.abs((centers + spacing / 2) % spacing - spacing / 2)
    covered: NDArray[np.float64] = np.clip(1.0 - distance, 0.0, 1.0)
    return covered


def with_names(paper: NDArray[np.float32], rows: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """Adds the names of the leads and a mark between two leads of a row, if there is room.

    Args:
        paper: Lightness `(height, width)` in [0, 1].
        rows: The leads of each row.

    Returns:
        The paper with the names.
    """
    height, width = paper.shape
    letters = int(min(height / len(rows) / 8, width / 40))
    if letters < _SMALLEST:
        return paper
    page = Image.new("L", (width, height), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(letters)
    for row, names in enumerate(rows):
        top = row * height / len(rows)
        for place, name in enumerate(names):
            left = place * width / len(names)
            pen.text((left + letters / 2, top + letters / 4), name, 0, font)
            if place:
                middle = top + _BASELINE * height / len(rows)
                ends = (left, middle - letters), (left, middle + letters)
                pen.line(ends, 0, max(1, letters // 8))
    return np.minimum(paper, np.asarray(page, np.float32) / 255)


def draw(curves: NDArray[np.float64], paper: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draws one black, antialiased curve per row.

    Args:
        curves: `(rows, width * k)` in mV, with a whole number k of points per pixel, such as
            `COLUMNS_PER_PIXEL`.
        paper: Lightness `(height, width)` in [0, 1].

    Returns:
        The paper with the curves.
    """
    height, width = paper.shape
    rows, per_pixel = len(curves), curves.shape[1] // width
    pen = max(1.0, min(height, width) / 300)
    reach = round(pen / 2 * per_pixel)
    baselines = (np.arange(rows) + _BASELINE) * height / rows
    y = baselines[:, None] - curves * height / (rows * ROW_MILLIVOLTS)
    # A square pen covers, in each column, the heights of the curve within half a pen width.
    padded = np.pad(y, ((0, 0), (reach, reach)), mode="edge")
    window = sliding_window_view(padded, 2 * reach + 1, axis=1)
    above, below = window.min(-1) - pen / 2, window.max(-1) + pen / 2
    average = np.full(per_pixel, 1 / per_pixel, np.float32)
    drawn = paper.copy()
    for high, low in zip(above.astype(np.float32), below.astype(np.float32), strict=True):
        top, bottom = max(0, int(high.min())), min(height, int(low.max()) + 1)
        edges = np.arange(top, bottom, dtype=np.float32)[:, None]
        covered = np.minimum(low, edges + 1) - np.maximum(high, edges)
        np.clip(covered, 0.0, 1.0, out=covered)
        ink = covered.reshape(-1, width, per_pixel) @ average
        drawn[top:bottom] *= 1.0 - ink
    return drawn
