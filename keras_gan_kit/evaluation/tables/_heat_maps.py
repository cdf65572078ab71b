"""Draws heat maps of basic statistics and correlations for `compare_tables`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._labels import labels_of, paged
from keras_gan_kit.evaluation.report._section import Drawing
from keras_gan_kit.evaluation.samples._columns import Column
from keras_gan_kit.evaluation.samples._values import mean_and_deviation
from keras_gan_kit.evaluation.tables._scores import correlations

if TYPE_CHECKING:
    import pandas as pd


_STATISTICS = ("median", "mean", "25%", "75%", "min", "max")
_ROWS = 40  # table columns per figure
_SIDE_BY_SIDE = 12  # the most columns for which maps are side by side
_LABELED = 60  # the most columns whose names fit next to a square map


def statistics_table(columns: Sequence[Column]) -> pd.DataFrame:
    """Returns the real and synthetic statistics of all numeric columns, and the differences."""
    import pandas as pd

    rows = {}
    for column in columns:
        both = column.numbers()
        if both is None:
            continue
        real, synthetic = (_statistics(values[~np.isnan(values)]) for values in both)
        difference = synthetic - real
        rows[column.name] = np.stack([real, synthetic, difference], axis=1).ravel()
    kinds = ("real", "synthetic", "difference")
    heads = pd.MultiIndex.from_product([_STATISTICS, kinds])
    return pd.DataFrame.from_dict(rows, orient="index", columns=heads)


def _statistics(values: NDArray[Any]) -> NDArray[np.float64]:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return np.array([middle, values.mean(), low, high, values.min(), values.max()])


def statistics_maps(columns: Sequence[Column]) -> list[Drawing]:
    """Draws the differences of basic statistics in real standard deviations."""
    rows: dict[str, tuple[NDArray[Any], float]] = {}
    table = statistics_table(columns)
    for column in columns:
        both = column.numbers()
        if both is not None:
            _, spread = mean_and_deviation(both[0])
            shown = table.loc[column.name].to_numpy().reshape(len(_STATISTICS), 3)[:, 2]
            rows[column.name] = shown, spread if spread > 0 else 1.0
    drawings = []
    for number, page in enumerate(paged(list(rows), _ROWS), 1):

        def draw(figure: Any, page: Any = page) -> None:
            scaled = np.stack([rows[name][0] / rows[name][1] for name in page])
            axes = figure.subplots()
            image = axes.imshow(scaled, cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
            axes.set_xticks(range(len(_STATISTICS)), _STATISTICS)
            axes.set_yticks(range(len(page)), labels_of(page))
            for (i, j), value in np.ndenumerate(scaled):
                text = f"{rows[page[i]][0][j]:+.3g}" if value else "0"
                dark = "white" if abs(value) > 0.55 else "black"
                axes.text(j, i, text, ha="center", va="center", fontsize=7, color=dark)
            figure.colorbar(image, label="difference / real standard deviation", extend="both")

        drawings.append(
            Drawing(
                f"statistics_{number}",
                draw,
                "Synthetic minus real. Numbers are differences in the unit of the column. Colors "
                "are differences in real standard deviations: purple if the synthetic value is "
                "higher, orange if it is lower, pale if they agree. Minima and maxima depend on "
                "single rows, and may differ more than other statistics.",
                "A heat map of the differences in median, mean, quartiles, minimum and maximum of "
                + ", ".join(page),
                (8.0, 0.26 * len(page) + 0.9),
            )
        )
    return drawings


def correlation_maps(columns: Sequence[Column]) -> list[Drawing]:
    """Draws the real and synthetic correlation matrices and their difference."""
    chosen = [column for column in columns if column.numbers() is not None]
    if len(chosen) < 2:
        return []
    names = [column.name for column in chosen]

    def draw(figure: Any) -> None:
        real, synthetic = correlations(chosen)
        panels = {"real": real, "synthetic": synthetic, "synthetic - real": synthetic - real}
        _squares(figure, panels, names, cmap="PuOr", limits=(-1.0, 1.0), label="correlation")

    return [
        Drawing(
            "correlations",
            draw,
            "Pearson correlations between numeric columns. The first two maps should have the same "
            "pattern, and the third should be pale everywhere. A colored cell is a dependence "
            "that the generator lost or invented. Gray cells belong to constant columns.",
            "Heat maps of the real and synthetic correlation matrices and their difference, for "
            f"{len(names)} columns.",
            _square_size(names, 3),
        )
    ]


def pair_map(
    columns: Sequence[Column], pairs: Mapping[tuple[str, str], Mapping[str, Any]]
) -> list[Drawing]:
    """Draws the scores of all pairs of columns."""
    names = [column.name for column in columns]
    if len(names) < 2:
        return []

    def draw(figure: Any) -> None:
        place = {name: i for i, name in enumerate(names)}
        values = np.full((len(names), len(names)), np.nan)
        for (first, second), entry in pairs.items():
            if entry["value"] is not None:
                values[place[first], place[second]] = entry["value"]
                values[place[second], place[first]] = entry["value"]
        _squares(figure, {"": values}, names, cmap="cividis", limits=(0.0, 1.0), label="score")

    return [
        Drawing(
            "pairs",
            draw,
            "The score of each pair of columns; yellow is good. A dark row means that the "
            "column's dependence on all other columns is wrong. Gray cells can't be computed.",
            f"A heat map of the scores of all pairs among {len(names)} columns.",
            _square_size(names, 1),
        )
    ]


def _square_size(names: Sequence[str], panels: int) -> tuple[float, float]:
    """Returns the size of square maps with names and titles."""
    count = len(names)
    if count > _LABELED:
        return (8.0, 3.4 if panels > 1 else 6.5)
    room = 0.4 + 0.065 * max(map(len, labels_of(names)))
    if panels > 1 and count <= _SIDE_BY_SIDE:
        return (8.0, room + 2.2)
    side = min(6.5, max(2.0, 0.19 * count)) + 0.3
    return (8.0, side * panels + room)


def _squares(
    figure: Any,
    panels: Mapping[str, NDArray[Any]],
    names: Sequence[str],
    *,
    cmap: str,
    limits: tuple[float, float],
    label: str,
) -> None:
    # Maps with names are stacked vertically, or side by side for few columns.
    labeled = len(names) <= _LABELED
    stacked = len(panels) > 1 and labeled and len(names) > _SIDE_BY_SIDE
    shape = (len(panels), 1) if stacked else (1, len(panels))
    grid = figure.subplots(*shape, squeeze=False).ravel()
    for i, (axes, (title, values)) in enumerate(zip(grid, panels.items(), strict=True)):
        axes.set_facecolor("#bbbbbb")
        image = axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1])
        axes.set_title(title)
        ticks = range(len(names)) if labeled else ()
        short = labels_of(names) if labeled else []
        bottom = not stacked or i == len(panels) - 1
        axes.set_xticks(ticks, short if bottom else [""] * len(short), rotation=90, fontsize=7)
        left = stacked or i == 0
        axes.set_yticks(ticks, short if left else [""] * len(short), fontsize=7)
    figure.colorbar(image, ax=list(grid), label=label, shrink=0.6)
