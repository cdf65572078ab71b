"""Draws the figures of a segmentation report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._roc import draw_curve, draw_roc, roc_points
from keras_gan_kit.evaluation.report._section import BLUE, GRAY, ORANGE, VERMILION, Drawing
from keras_gan_kit.evaluation.segmentation._data import Segmentation
from keras_gan_kit.evaluation.segmentation._scores import at_threshold

_OUTSIDE = 0.2  # the gray level outside the field of view


def curves(data: Segmentation, threshold: float, scores: dict[str, float]) -> Drawing:
    """Draws the ROC and precision-recall curves, and marks the threshold."""

    def draw(figure: Any) -> None:
        from sklearn import metrics

        true, found = data.pixels()
        chosen = at_threshold(true, found, threshold)
        precision = _precision(true, found, threshold)
        left, right = figure.subplots(1, 2)
        area = f"AUC {scores['auc_roc']:.4f}"
        draw_roc(left, *roc_points(true, found), color=BLUE, label=area)
        left.plot(1 - chosen["specificity"], chosen["sensitivity"], "o", color=VERMILION)
        values, recall, _ = metrics.precision_recall_curve(true, found)
        draw_curve(right, recall, values, color=BLUE, label=f"AUC {scores['auc_pr']:.4f}")
        right.axhline(float(true.mean()), color=GRAY, linestyle=":", label="chance")
        right.plot(
            chosen["sensitivity"], precision, "o", color=VERMILION, label=f"at {threshold:.3f}"
        )
        right.set(xlabel="recall", ylabel="precision", title="Precision-recall curve")
        right.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
        left.legend(loc="lower right")
        right.legend(loc="lower left")

    return Drawing(
        "curves",
        draw,
        reading="Each point of a curve is a threshold. ROC: curves closer to the upper left are "
        "better. Precision-recall: curves closer to the upper right are better. If few pixels "
        "are positive, this curve reveals false positives that the ROC curve hides. The dot "
        "marks the threshold used for the scores.",
        alt=f"ROC curve with area {scores['auc_roc']:.4f} and precision-recall curve with area "
        f"{scores['auc_pr']:.4f}.",
        size=(8.0, 4.0),
    )


def _precision(true: NDArray[np.bool_], found: NDArray[np.float32], threshold: float) -> float:
    positive = found >= threshold
    return float(np.count_nonzero(positive & true)) / max(1, int(np.count_nonzero(positive)))


def overlays(
    data: Segmentation, threshold: float, rows: Sequence[int], names: Sequence[str], images: Any
) -> Drawing:
    """Draws the true positives, false negatives and false positives of some images."""

    def draw(figure: Any) -> None:
        columns = 2 if images is None else 3
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for line, i in zip(grid, rows, strict=True):
            # Predictions outside the field of view are ignored, because the network was not trained
            # there.
            predicted = np.where(data.masks[i], data.predictions[i], _OUTSIDE)
            pictures = [predicted, _overlay(data, threshold, i)]
            titles = ["prediction", "result"]
            if images is not None:
                pictures.insert(0, stretched(images[i]))
                titles.insert(0, names[i])
            else:
                titles[0] = f"{names[i]}: prediction"
            for axes, picture, title in zip(line, pictures, titles, strict=True):
                axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="antialiased")
                axes.set_title(title)
                axes.axis("off")

    height, width = data.labels.shape[1:]
    columns = 2 if images is None else 3
    return Drawing(
        "overlays",
        draw,
        reading="The images with the lowest, median and highest Dice. Right: blue pixels are "
        "true positives, orange ones false negatives, vermilion ones false positives. Gray is "
        "outside the field of view.",
        alt=f"Predictions and their errors for {', '.join(names[i] for i in rows)}.",
        size=(8.0, min(20.0, 8.0 / columns * height / width * len(rows) + 0.3)),
    )


def _overlay(data: Segmentation, threshold: float, i: int) -> NDArray[np.float32]:
    true, view = data.labels[i], data.masks[i]
    found = data.predictions[i] >= threshold
    picture = np.zeros((*true.shape, 3), np.float32)
    for where, color in (
        (true & found, BLUE),
        (true & ~found, ORANGE),
        (~true & found, VERMILION),
    ):
        picture[where] = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    picture[~view] = _OUTSIDE
    return picture


def stretched(image: Any) -> NDArray[np.float32]:
    """Scales an image to [0, 1], and removes a single-channel axis."""
    picture = np.asarray(image, np.float32)
    low, high = picture.min(), picture.max()
    unit = (picture - low) / max(float(high - low), 1e-6)
    flat: NDArray[np.float32] = unit[..., 0] if picture.shape[2:] == (1,) else unit
    return flat
