"""The sections of `utility`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_gan_kit.evaluation._classification import METRICS
from keras_gan_kit.evaluation._section import BLUE, GREEN, ORANGE, VERMILION, Drawing, Section
from keras_gan_kit.evaluation._table_figures import paged, shortened

__all__ = ["DIRECTIONS", "Results", "curves_section", "scores_section"]

# Name: words, colour, line.
DIRECTIONS = {
    "real_to_real": ("real to real", BLUE, "-"),
    "real_to_synthetic": ("real to synthetic", VERMILION, "--"),
    "synthetic_to_real": ("synthetic to real", GREEN, "-."),
    "both_to_real": ("both to real", ORANGE, ":"),
}
# (truth, chances) by target and direction.
Results = Mapping[str, Mapping[str, tuple[Any, Any]]]


def scores_section(scores: Mapping[str, Mapping[str, Any]]) -> Section:
    """All scores of all targets as tables."""
    import pandas as pd

    tables = {}
    for target, directions in scores.items():
        rows = {
            DIRECTIONS[direction][0]: {name: _cell(found[name]) for name in METRICS}
            for direction, found in directions.items()
        }
        tables[f"Predicting {target}"] = pd.DataFrame.from_dict(rows, orient="index")
    return Section(
        "Scores",
        "Each line names what a predictor learned from and what it was tested on. Real to real is "
        "what the real data allow. Real to synthetic asks whether a predictor that knows the "
        "real world finds the synthetic one familiar. Synthetic to real is what a user of the "
        "synthetic data would get. Both to real says whether synthetic samples add anything to the "
        "real ones.\n\nAUC is the chance that a positive case is ranked above a negative one: 0.5 "
        "is guessing. Accuracy, precision, recall and F1 count a chance above 0.5 as positive. The "
        "Brier score and the calibration error are small where predicted chances come true as "
        "often as they say. In brackets: 95% bootstrap intervals over the test samples; they do "
        "not include the luck of training and of generating.",
        tables=tables,
    )


def _cell(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"not computable: {entry['not_computable']}"
    low, high = entry.get("interval", (float("nan"),) * 2)
    return f"{entry['value']:.3f} [{low:.3f}, {high:.3f}]"


def curves_section(results: Results) -> Section:
    """ROC, precision-recall and calibration curves, three targets a figure."""
    drawings = []
    for number, page in enumerate(paged(list(results), 3), 1):

        def draw(figure: Any, page: Any = page) -> None:
            grid = figure.subplots(len(page), 3, squeeze=False)
            for line, target in zip(grid, page, strict=True):
                for direction, (truth, chances) in results[target].items():
                    words, colour, dashes = DIRECTIONS[direction]
                    style = {"color": colour, "linestyle": dashes, "label": words}
                    _curves(line, truth, chances, style)
                line[0].set_title(f"ROC: {shortened(target)}")
                line[0].set(xlabel="false positive rate", ylabel="true positive rate")
                line[1].set_title("precision and recall")
                line[1].set(xlabel="recall", ylabel="precision", ylim=(0, 1.03))
                line[2].set_title("calibration")
                line[2].set(xlabel="predicted chance", ylabel="share that is positive")
                for axes in (line[0], line[2]):
                    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
            handles, labels = max(
                (axes.get_legend_handles_labels() for axes in grid[:, 0]), key=len
            )
            figure.legend(handles, labels, loc="outside lower center", ncols=4)

        drawings.append(
            Drawing(
                f"curves_{number}",
                draw,
                "Left: the further a curve bends to the upper left, the better; the grey diagonal "
                "is guessing. Middle: high on the right is better. Right: on the diagonal, "
                "predicted chances come true as often as they say. The green line (synthetic to "
                "real) should lie close to the blue one (real to real).",
                "ROC, precision-recall and calibration curves of predictors of " + ", ".join(page),
                (8.0, 2.7 * len(page) + 0.4),
            )
        )
    return Section("Curves", "The same predictors at every threshold.", drawings)


def _curves(line: Any, truth: Any, chances: Any, style: Mapping[str, Any]) -> None:
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import precision_recall_curve, roc_curve

    if len(np.unique(truth)) < 2:
        return
    false, true, _ = roc_curve(truth, chances)
    line[0].plot(false, true, **style)
    precision, recall, _ = precision_recall_curve(truth, chances)
    line[1].plot(recall, precision, **style)
    bins = min(10, max(2, len(truth) // 20))
    share, predicted = calibration_curve(truth, chances, n_bins=bins, strategy="quantile")
    line[2].plot(predicted, share, marker="o", markersize=3, **style)
