"""Writes the sections of `privacy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.privacy._closeness import Closeness, nearest_ratios
from keras_gan_kit.evaluation.report._roc import draw_roc, roc_points
from keras_gan_kit.evaluation.report._section import GRAY, GREEN, VERMILION, Drawing, Section
from keras_gan_kit.evaluation.samples._samples import Samples

if TYPE_CHECKING:
    import pandas as pd


LIMITS = (
    "Limitations: these tests detect copying, but cannot prove privacy. They depend on the "
    "distances used, while an attacker may know more, or may target a single person rather than "
    "an average. A small holdout cannot reveal small leaks. There is no guarantee as with "
    "differential privacy. Check rare cases separately."
)


def closeness_section(name: str, what: str, found: Closeness) -> Section:
    """Returns the section on distances and the membership attack for images, rows or both."""

    def draw(figure: Any) -> None:
        left, middle, right = figure.subplots(1, 3)
        for distances, color, dashes, label in (
            (found.from_synthetic, VERMILION, "-", "synthetic"),
            (found.from_holdout, GREEN, "--", "holdout"),
        ):
            left.ecdf(distances[:, 0], color=color, linestyle=dashes, label=label)
            ratios = nearest_ratios(distances)
            middle.ecdf(ratios, color=color, linestyle=dashes, label=label)
        left.set(title="distance to closest record", xlabel="distance", ylabel="share of samples")
        middle.set(title="nearest / second nearest", xlabel="ratio", ylabel="share of samples")
        draw_roc(right, *roc_points(*found.member_scores), color=GRAY)
        right.set_title("membership attack")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    drawing = Drawing(
        f"closeness_{name}",
        draw,
        "Left and middle: if the synthetic curve is above the dashed holdout curve near the left "
        "end, some synthetic samples are closer to training records than unseen real samples "
        "are. Right: the ROC curve of a membership attack; the diagonal is random guessing.",
        f"Distributions, for {what}, of the distance to the closest training record and of the "
        "nearest-"
        "neighbor ratios, and the ROC curve of a membership attack.",
        (8.0, 3.2),
    )
    return Section(
        f"Closeness of {what}",
        "Distances to the nearest training record, from synthetic samples and from the holdout "
        "(real samples that the generator has not seen). `closer_to_training` is the share of "
        "synthetic samples whose nearest real record is a training record. Without a leak, it "
        "equals the training set's share of all distinct real records. The membership attack "
        "predicts that records close to a synthetic sample were in the training set.",
        [drawing],
    )


def pairs_section(train: Samples, synthetic: Samples, found: Closeness, count: int) -> Section:
    """Returns the section that shows the synthetic samples closest to training records."""
    order = np.argsort(found.from_synthetic[:, 0], kind="stable")[:count]
    made, known = synthetic.take(order), train.take(found.nearest[order])
    distances = found.from_synthetic[order, 0]
    drawings = [_pictures(made.image, known.image, distances)] if made.image is not None else []
    tables = {}
    if made.table is not None and known.table is not None:
        tables["Closest rows"] = _rows(made.table, known.table, distances)
    return Section(
        "Closest pairs",
        "The synthetic samples that are closest to a training record. Similar samples are not "
        "necessarily copies: look for details that identify a single person. This section shows "
        "real records, so protect the page like the real data. Pass `show=0` to leave it out.",
        drawings,
        tables,
    )


def _pictures(made: Any, known: Any, distances: NDArray[Any]) -> Drawing:
    def draw(figure: Any) -> None:
        grid = figure.subplots(2, len(made), squeeze=False)
        for line, images in zip(grid, (made, known), strict=True):
            for axes, image in zip(line, images, strict=True):
                pixels = np.clip((image + 1.0) / 2.0, 0.0, 1.0)
                shown = pixels if pixels.shape[-1] == 3 else pixels[..., 0]
                axes.imshow(shown, cmap="gray", vmin=0.0, vmax=1.0)
                axes.set(xticks=[], yticks=[])
        grid[0, 0].set_ylabel("synthetic")
        grid[1, 0].set_ylabel("training")
        for axes, distance in zip(grid[1], distances, strict=True):
            axes.set_xlabel(f"{distance:.3g}")

    return Drawing(
        "closest_pairs",
        draw,
        "Each column is a pair, the closest first. The number above is the distance.",
        f"{len(made)} synthetic images, each above the nearest training image.",
        (8.0, 0.7 + min(2 * 7.5 / len(made) * made.shape[1] / made.shape[2], 4.0)),
    )


def _rows(made: pd.DataFrame, known: pd.DataFrame, distances: NDArray[Any]) -> pd.DataFrame:
    import pandas as pd

    both: dict[str, Mapping[str, Any]] = {}
    for i, distance in enumerate(distances):
        both[f"{i + 1}, synthetic"] = made.iloc[i].to_dict()
        both[f"{i + 1}, training ({distance:.3g})"] = known.iloc[i].to_dict()
    return pd.DataFrame.from_dict(both, orient="index", columns=list(made.columns))
