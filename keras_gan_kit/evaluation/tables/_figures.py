"""Draws the distributions of columns for `compare_tables`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._labels import labels_of, paged, titles_of
from keras_gan_kit.evaluation.report._section import BLUE, VERMILION, Drawing
from keras_gan_kit.evaluation.samples._columns import Column, sampled

_VIOLINS, _SHARES, _BARS = 12, 30, 6  # columns per figure
_LEVELS = 12  # bars per column
_POINTS = 5000  # values to estimate the outline of a violin from
_LINE = 22  # characters per line of a title above one of four axes side by side
_HATCH = "////"  # of synthetic bars, for readers who can't distinguish the colors


def violins(columns: Sequence[Column]) -> list[Drawing]:
    """Draws violin plots of the continuous columns, real values on the left."""
    chosen = [column for column in columns if column.kind == "continuous"]
    drawings = []
    for number, page in enumerate(paged(chosen, _VIOLINS), 1):
        across = min(4, len(page))
        down = -(-len(page) // across)

        def draw(figure: Any, page: Any = page, across: int = across, down: int = down) -> None:
            grid = figure.subplots(down, across, squeeze=False).ravel()
            titles = titles_of([column.name for column in page], _LINE if across > 2 else 2 * _LINE)
            for axes, column, title in zip(grid, page, titles, strict=False):
                _violin(axes, column, title)
            for axes in grid[len(page) :]:
                axes.set_axis_off()
            _legend(figure)

        drawings.append(
            Drawing(
                f"violins_{number}",
                draw,
                "The width of each half is the density of values; the line is the median, the "
                "bar the interquartile range. The halves should be mirror images. Look for peaks "
                "on only one side.",
                "Violin plots, real on the left and synthetic on the right, of "
                + ", ".join(column.name for column in page),
                (8.0, 2.1 * down + 0.4),
            )
        )
    return drawings


def _violin(axes: Any, column: Column, title: str) -> None:
    sides = ((-1, BLUE, "low"), (1, VERMILION, "high"))
    unit, name = _unit(np.concatenate(column.present()))
    for given, (sign, color, side) in zip(column.present(), sides, strict=True):
        values = given / unit
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        # A constant column has no outline, only a line.
        if np.ptp(values) > 1e-9 * float(np.abs(values).max()):
            body = axes.violinplot(
                sampled(values, _POINTS, 0), [0], widths=1.8, showextrema=False, side=side
            )["bodies"][0]
            body.set(facecolor=color, edgecolor=color, alpha=0.55)
        axes.vlines(sign * 0.05, low, high, colors=color, linewidth=3)
        axes.hlines(middle, *sorted((0, sign * 0.4)), colors=color, linewidth=1.5)
    axes.set_title(title + name)
    axes.set_xticks([])
    axes.set_xlim(-1, 1)


def _unit(values: NDArray[Any]) -> tuple[float, str]:
    """Returns a power of ten to divide by, and its name, for numbers too large for an axis."""
    size = float(np.abs(values).max(initial=0.0))
    if 1e-30 < size < 1e30 or not size:
        return 1.0, ""
    exponent = int(np.floor(np.log10(size)))
    return float(f"1e{exponent}"), f"\n(in 1e{exponent})"


def share_bars(columns: Sequence[Column]) -> list[Drawing]:
    """Draws the share of the higher value of each binary column."""
    chosen = [column for column in columns if column.kind == "binary"]
    drawings = []
    for number, page in enumerate(paged(chosen, _SHARES), 1):

        def draw(figure: Any, page: Any = page) -> None:
            labels = labels_of([column.name for column in page])
            values = [labels_of([_positive(column)])[0] for column in page]
            names = [f"{label} = {value}" for label, value in zip(labels, values, strict=True)]
            _bars(figure.subplots(), names, [_positive_shares(column) for column in page])
            _legend(figure, _HATCH)

        drawings.append(
            Drawing(
                f"binary_{number}",
                draw,
                "The percentage of rows with the given value; counts are in the table below. The "
                "two bars of a pair should have the same length.",
                "Pairs of bars with the shares of real and synthetic rows for "
                + ", ".join(column.name for column in page),
                (8.0, 0.34 * len(page) + 1.0),
            )
        )
    return drawings


def _positive(column: Column) -> str:
    codes = column.present()[0]
    return column.levels[int(codes.max())]


def _positive_shares(column: Column) -> tuple[float, float]:
    code = int(column.present()[0].max())
    first, second = (100.0 * float((codes == code).mean()) for codes in column.both)
    return first, second


def level_bars(columns: Sequence[Column]) -> list[Drawing]:
    """Draws the share of each level of each categorical column."""
    chosen = [column for column in columns if column.kind == "categorical"]
    drawings = []
    for number, page in enumerate(paged(chosen, _BARS), 1):
        down = -(-len(page) // 2)

        def draw(figure: Any, page: Any = page, down: int = down) -> None:
            grid = figure.subplots(down, 2, squeeze=False).ravel()
            titles = titles_of([column.name for column in page], 2 * _LINE)
            for axes, column, title in zip(grid, page, titles, strict=False):
                _bars(axes, *_commonest(column))
                axes.set_title(title)
            for axes in grid[len(page) :]:
                axes.set_axis_off()
            _legend(figure, _HATCH)

        drawings.append(
            Drawing(
                f"categories_{number}",
                draw,
                f"The percentage of rows with each value, for the {_LEVELS} most frequent "
                "values. The two bars of a pair should have the same length.",
                "Pairs of bars with the shares of real and synthetic rows at each value of "
                + ", ".join(column.name for column in page),
                (8.0, 3.2 * down + 0.4),
            )
        )
    return drawings


def _commonest(column: Column) -> tuple[list[str], list[tuple[float, ...]]]:
    counts = [np.bincount(codes[codes >= 0], minlength=len(column.levels)) for codes in column.both]
    shares = np.stack(
        [100.0 * c / len(codes) for c, codes in zip(counts, column.both, strict=True)]
    )
    order = np.argsort(-shares.max(axis=0), kind="stable")[:_LEVELS]
    return labels_of([column.levels[i] for i in order]), [tuple(shares[:, i]) for i in order]


def _bars(axes: Any, names: Sequence[str], shares: Sequence[Sequence[float]]) -> None:
    places: NDArray[Any] = np.arange(len(names))[::-1]
    for which, (color, hatch) in enumerate(((BLUE, None), (VERMILION, _HATCH))):
        widths = [pair[which] for pair in shares]
        axes.barh(
            places + (0.2, -0.2)[which], widths, 0.4, color=color, hatch=hatch, edgecolor="white"
        )
    axes.set_yticks(places, names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("% of rows")


def _legend(figure: Any, hatch: str | None = None) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=BLUE, label="real"),
        Patch(facecolor=VERMILION, label="synthetic", hatch=hatch, edgecolor="white"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
