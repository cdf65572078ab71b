"""Draws curves of classifiers and scatter plots of regressors for `utility`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._labels import labels_of, paged, wrapped
from keras_gan_kit.evaluation.report._roc import draw_roc, roc_points
from keras_gan_kit.evaluation.report._section import BLUE, GREEN, ORANGE, VERMILION, Drawing
from keras_gan_kit.evaluation.utility._targets import Target

# The label, color and line style of each direction.
DIRECTIONS = {
    "real_to_real": ("real to real", BLUE, "-"),
    "real_to_synthetic": ("real to synthetic", VERMILION, "--"),
    "synthetic_to_real": ("synthetic to real", GREEN, "-."),
    "both_to_real": ("both to real", ORANGE, ":"),
}
_GREY = "#999999"
_POINTS = 1000  # per scatter plot
_GRID = np.linspace(0.0, 1.0, 201)
# (truth, prediction) by target and direction.
Results = Mapping[str, Mapping[str, tuple[Any, Any]]]


def curves(targets: Sequence[Target], results: Results) -> list[Drawing]:
    """Draws ROC, precision-recall and calibration curves, with three targets per figure."""
    return [
        Drawing(
            f"curves_{number}",
            partial(_draw_curves, page=page, results=results),
            "Left: curves closer to the upper left are better; the dotted diagonal is random "
            "guessing. Middle: curves closer to the upper right are better. Right: on the "
            "diagonal, predicted probabilities match observed frequencies. The green line "
            "(synthetic to real) should be close to the blue one (real to real). With several "
            "classes, curves are one-vs.-rest means over the classes, and the calibration is "
            "that of the most likely class.",
            "ROC, precision-recall and calibration curves of predictors of "
            + ", ".join(target.name for target in page),
            (8.0, 2.7 * len(page) + 0.4),
        )
        for number, page in enumerate(paged(targets, 3), 1)
    ]


def _draw_curves(figure: Any, page: Sequence[Target], results: Results) -> None:
    grid = figure.subplots(len(page), 3, squeeze=False)
    for line, target in zip(grid, page, strict=True):
        for direction, (truth, chances) in results[target.name].items():
            words, color, dashes = DIRECTIONS[direction]
            style = {"color": color, "linestyle": dashes, "label": words}
            _curves(line, np.asarray(truth), np.asarray(chances), style)
        line[0].set_title(wrapped(f"ROC curve: {target.name}", 32))
        line[1].set_title("precision-recall curve")
        line[1].set(xlabel="recall", ylabel="precision")
        several = target.kind == "categorical"
        line[2].set_title("calibration")
        share = "accuracy" if several else "share of positives"
        line[2].set(xlabel="predicted probability", ylabel=share)
        for axes in line:
            axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
        line[2].plot([0, 1], [0, 1], color=_GREY, linewidth=0.8)
    _legend(figure, grid[:, 0])


def _legend(figure: Any, drawn: Sequence[Any]) -> None:
    """Draws one legend for the lines of all axes."""
    entries: dict[str, Any] = {}
    for axes in drawn:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        ordered = [words for words, _, _ in DIRECTIONS.values() if words in entries]
        handles = [entries[words] for words in ordered]
        figure.legend(handles, ordered, loc="outside lower center", ncols=4)


def _curves(line: Any, truth: NDArray[Any], chances: NDArray[Any], style: dict[str, Any]) -> None:
    from sklearn.calibration import calibration_curve

    if len(np.unique(truth)) < 2:
        return
    one = chances.ndim == 1
    columns = {1: chances} if one else {i: chances[:, i] for i in np.unique(truth)}
    pairs = [_roc_and_precision(truth == i, column) for i, column in columns.items()]
    roc, precision = pairs[0] if len(pairs) == 1 else _means(pairs)
    draw_roc(line[0], *roc, **style)
    line[1].plot(*precision, **style)
    came_true = truth if one else truth == chances.argmax(axis=1)
    said = chances if one else chances.max(axis=1)
    bins = min(10, max(2, len(truth) // 20))
    share, predicted = calibration_curve(
        came_true, np.clip(said, 0.0, 1.0), n_bins=bins, strategy="quantile", pos_label=1
    )
    line[2].plot(predicted, share, marker="o", markersize=3, **style)


Line = tuple[NDArray[Any], NDArray[Any]]


def _roc_and_precision(truth: NDArray[Any], chances: NDArray[Any]) -> tuple[Line, Line]:
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(truth, chances)
    # The last point, precision 1 at recall 0, has no threshold, and would look like a spike.
    return roc_points(truth, chances), (recall[-2::-1], precision[-2::-1])


def _means(pairs: Sequence[tuple[Line, Line]]) -> tuple[Line, Line]:
    """Averages ROC curves on a grid of false positive rates, and PR curves on a grid of recalls."""
    true = np.mean([np.interp(_GRID, *roc) for roc, _ in pairs], axis=0)
    precision = np.mean([np.interp(_GRID, *line) for _, line in pairs], axis=0)
    return (np.r_[0.0, _GRID], np.r_[0.0, true]), (_GRID, precision)


def scatters(targets: Sequence[Target], results: Results) -> list[Drawing]:
    """Draws predicted against true numbers, with four targets per figure."""
    return [
        Drawing(
            f"predicted_{number}",
            partial(_draw_scatters, page=page, results=results),
            "Each point is a test sample. On the gray diagonal, predictions are correct; in a "
            "flat cloud, all predictions are similar. The third cloud (synthetic to real) should "
            f"look like the first. At most {_POINTS:,} samples are shown.",
            "Predicted against true values of " + ", ".join(target.name for target in page),
            (8.0, 2.4 * len(page) + 0.3),
        )
        for number, page in enumerate(paged(targets, 4), 1)
    ]


def _draw_scatters(figure: Any, page: Sequence[Target], results: Results) -> None:
    grid = figure.subplots(len(page), len(DIRECTIONS), squeeze=False, sharex="row", sharey="row")
    for line, target in zip(grid, page, strict=True):
        for axes, (direction, (words, color, _)) in zip(line, DIRECTIONS.items(), strict=True):
            axes.set_title(words)
            axes.set_xlabel("true")
            if direction not in results[target.name]:
                axes.text(0.5, 0.5, "not computable", ha="center", transform=axes.transAxes)
                continue
            truth, predicted = results[target.name][direction]
            chosen = np.unique(np.linspace(0, len(truth) - 1, _POINTS).astype(int))
            axes.plot(truth[chosen], predicted[chosen], ".", color=color, alpha=0.4, markersize=4)
        # On other scales, predictions that vary too little would look correct.
        ends = _ends(results[target.name])
        for axes in line:
            axes.plot(ends, ends, color=_GREY, linewidth=0.8)
            axes.set(xlim=ends, ylim=ends)
        line[0].set_ylabel(f"{labels_of([target.name])[0]}\npredicted", fontsize=8)


def _ends(found: Mapping[str, tuple[Any, Any]]) -> tuple[float, float]:
    values = np.concatenate([np.ravel(part) for pair in found.values() for part in pair])
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin
