"""Scores predicted segmentation masks pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report._section import Section
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.segmentation._classes import (
    Classes,
    class_curves,
    class_pictures,
    class_scores,
    dice_table,
)
from keras_gan_kit.evaluation.segmentation._data import Segmentation, stacked
from keras_gan_kit.evaluation.segmentation._figures import curves, overlays
from keras_gan_kit.evaluation.segmentation._scores import best_threshold, intervals, pixel_scores

if TYPE_CHECKING:
    import pandas as pd


_DEFAULT = 0.5


def segmentation_report(
    labels: Any,
    predictions: Any,
    *,
    masks: Any = None,
    validation: Sequence[Any] | None = None,
    threshold: float | None = None,
    images: Any = None,
    names: Sequence[str] | None = None,
    num_classes: int | None = None,
    class_names: Sequence[str] | None = None,
    num_resamples: int = 1000,
    seed: int = 0,
) -> Report:
    """Scores predicted masks over all pixels in the field of view.

    Dice, sensitivity, specificity and accuracy need a threshold, which should not come from the
    scored images: pass `validation`. Dice at the best threshold on the scored images, as in Son et
    al. 2017 (arXiv 1706.09318), is also reported, marked as optimistic. The 95% intervals come from
    resampling images, because the pixels of an image are not independent.

    With `num_classes`, each pixel is assigned its most probable class, each class is scored against
    all others, and the main scores are means over all classes except 0, the background.
    "dice_of_images" corresponds to MONAI's `DiceMetric`, the mean over images that contain the
    class.

    Args:
        labels: True masks `(n, height, width)` or `(n, height, width, 1)`: 0 and 1, or 0 and 255.
            Or a list of arrays for images of different sizes, or a folder of masks. With
            `num_classes`, class numbers of this shape, or one-hot classes
            `(n, height, width, num_classes)`.
        predictions: Probabilities in [0, 1] of the same shape, 8-bit pixels, or a folder of images
            of the same sizes as the labels, in the order of their names. 8 bits cause ties, which
            may slightly lower the areas under the curves. With `num_classes`, probabilities
            `(n, height, width, num_classes)`, or class numbers, for which curves can't be drawn.
        masks: Fields of view of the same shape, or a folder of them; None to use all pixels.
        validation: `(labels, predictions)` or `(labels, predictions, masks)` of training or
            validation images. The threshold with the highest Dice on them is used.
        threshold: A threshold in [0, 1], instead of `validation`. Without both, it is 0.5.
        images: `(n, height, width, channels)` in any range, to show next to the results.
        names: A name for each image.
        num_classes: The number of classes, at least 2; None for binary masks.
        class_names: A name for each class.
        num_resamples: The number of bootstrap samples for the intervals, at least 1.
        seed: Seed of the bootstrap.

    Returns:
        A `Report`. `scores` has "auc_roc", "auc_pr", "dice", "sensitivity", "specificity" and
        "accuracy", each with its interval, and "dice_best_on_test". `scores["details"]` has the
        "threshold" and its origin, "chosen_on". With `num_classes`, `scores["classes"]` has these
        scores for each class.

    Raises:
        FileNotFoundError: If a folder does not exist.
        TypeError: If an argument is of the wrong type.
        ValueError: If shapes don't match, values are out of range, `validation` and `threshold` are
            both given, or one of them is given with `num_classes`.

    Example:
        >>> true = np.zeros((2, 4, 4))
        >>> true[:, 1] = 1
        >>> report = segmentation_report(true, 0.2 + 0.6 * true, num_resamples=10)
        >>> report.scores["auc_roc"]["value"], report.scores["dice"]["value"]
        (1.0, 1.0)
    """
    resampling = {
        "num_resamples": integer("num_resamples", num_resamples),
        "seed": integer("seed", seed, minimum=0),
    }
    if num_classes is not None:
        _check_no_threshold(validation, threshold)
        num_classes = integer("num_classes", num_classes, minimum=2)
        kinds = _class_names(class_names, num_classes)
        classes = Classes.of(labels, predictions, masks, num_classes)
        return _class_report(classes, kinds, names, images, **resampling)
    data = Segmentation.of(labels, predictions, masks)
    chosen, origin = _threshold(validation, threshold)
    return _mask_report(data, chosen, origin, names, images, **resampling)


def _mask_report(
    data: Segmentation,
    chosen: float,
    origin: str,
    names: Any,
    images: Any,
    *,
    num_resamples: int,
    seed: int,
) -> Report:
    named = _names(names, len(data.labels))
    images = _shown_images(images, data.labels.shape)
    pooled = pixel_scores(data, chosen)
    found = intervals(data, chosen, num_resamples=num_resamples, seed=seed)
    scores = {name: _entry(name, value, found) for name, value in pooled.items()}
    scores["dice_best_on_test"] = _optimistic(data)
    scores["details"] = {"threshold": score(chosen, goal="maximize", chosen_on=origin)}
    table = _per_image(data, chosen, named)
    shown = _worst_to_best(table["dice"].to_numpy())
    drawings = [overlays(data, chosen, shown, named, images)]
    if np.isfinite(pooled["auc_roc"]):
        drawings.insert(0, curves(data, chosen, pooled))
    return Report(
        "Segmentation",
        summary=_summary(data, chosen, origin),
        scores=scores,
        sections=[
            Section("Curves and images", _READING, drawings),
            Section("Scores by image", _ROWS, tables={"Scores of each image": table}),
        ],
    )


def _class_report(
    data: Classes,
    kinds: list[str],
    names: Any,
    images: Any,
    *,
    num_resamples: int,
    seed: int,
) -> Report:
    names = _names(names, len(data.labels))
    images = _shown_images(images, data.labels.shape)
    scores = class_scores(data, kinds, num_resamples=num_resamples, seed=seed)
    table = dice_table(data, kinds, names)
    shown = _worst_to_best(table.iloc[:, 1:].mean(axis=1).to_numpy())
    drawings = [class_pictures(data, kinds, shown, names, images)]
    if data.graded:
        drawings.insert(0, class_curves(data, kinds))
    shares = [100 * float((data.labels[data.masks] == i).mean()) for i in range(len(kinds))]
    named = ", ".join(f"{name} {share:.1f}%" for name, share in zip(kinds, shares, strict=True))
    return Report(
        "Segmentation",
        summary=f"{len(names)} images, {int(data.masks.sum()):,} pixels in the field of view: "
        f"{named}. Scores are means over all classes except {kinds[0]!r}.",
        scores=scores,
        sections=[
            Section("Curves and images", _READING, drawings),
            Section("Scores by image", _CLASS_ROWS, tables={"Dice of each image": table}),
        ],
    )


def _worst_to_best(dice: Any) -> list[int]:
    """Returns the images with the lowest, median and highest Dice, those without a Dice first."""
    order = np.argsort(np.nan_to_num(dice, nan=-1.0), kind="stable")
    return list(dict.fromkeys(int(order[i]) for i in (0, len(order) // 2, -1)))


_CLASS_ROWS = "The Dice of each image and class. It is missing if an image lacks the class."
_READING = (
    "All pixels in the fields of view are pooled. Dice measures the overlap of predicted and "
    "true positive pixels. Sensitivity is the share of positive pixels that were predicted "
    "positive, specificity the share of negative pixels that were predicted negative. If few "
    "pixels are positive, accuracy is not informative: predicting no positive pixel is already "
    "accurate."
)
_ROWS = (
    "The same scores for each image, at the same threshold. Outliers may differ from the "
    "training images, or have wrong labels."
)


def _check_no_threshold(validation: Any, threshold: Any) -> None:
    for argument, value in (("validation", validation), ("threshold", threshold)):
        if value is not None:
            raise invalid(
                argument,
                received="a value, with `num_classes`",
                expected="None, because the most probable class is predicted",
                fix=f"leave out `{argument}`",
            )


def _class_names(names: Any, num_classes: int) -> list[str]:
    found = [f"class {i}" for i in range(num_classes)] if names is None else [*map(str, names)]
    if len(found) != num_classes or len(set(found)) < len(found):
        raise invalid(
            "class_names",
            received=repr(found),
            expected=f"{num_classes} different names, the background first",
            fix="pass the names of all classes in the order of their numbers",
        )
    return found


def _shown_images(images: Any, shape: tuple[int, ...]) -> Any:
    """Returns the images to show next to the results, stacked if their sizes differ."""
    if isinstance(images, list | tuple) and len({np.shape(image) for image in images}) > 1:
        images = stacked([np.asarray(image) for image in images])
    if images is not None and np.shape(images)[:3] != shape:
        raise invalid(
            "images",
            received=f"an array of shape {np.shape(images)}",
            expected=f"(n, height, width, channels) like `labels`, {shape}",
            fix="undo padding and resizing first: ImagePairs.unpad does",
        )
    return images


def _threshold(validation: Any, threshold: Any) -> tuple[float, str]:
    if validation is None:
        if threshold is None:
            return _DEFAULT, "the default value"
        given = number(
            "threshold",
            threshold,
            lambda x: 0.0 <= x <= 1.0,
            expected="a number in [0, 1]",
            fix="pass 0.5, or `validation` to choose one",
        )
        return given, "given"
    parts = len(validation) if isinstance(validation, tuple | list) else None
    if threshold is not None or parts not in (2, 3):
        what = f"one of type {type(validation).__name__}" if parts is None else f"{parts} parts"
        raise (TypeError if parts is None else ValueError)(
            explain(
                "validation",
                received=f"{what}, with threshold={threshold}",
                expected="(labels, predictions) or (labels, predictions, masks), and no threshold",
                fix="pass one of the two arguments",
            )
        )
    masks = validation[2] if parts == 3 else None
    held_out = Segmentation.of(validation[0], validation[1], masks, "validation ")
    if not held_out.pixels()[0].any():
        raise invalid(
            "validation",
            received="labels without a positive pixel in the field of view",
            expected="at least one positive pixel, to choose a threshold",
            fix="pass other images, or `threshold`",
        )
    return best_threshold(held_out)[0], "validation data"


def _names(names: Any, num: int) -> list[str]:
    found = [f"image {i + 1}" for i in range(num)] if names is None else list(map(str, names))
    if len(found) != num:
        raise invalid(
            "names",
            received=f"{len(found)} names",
            expected=f"{num} names, one per image",
            fix="pass the names of the same images, such as ImagePairs.names",
        )
    return found


def _entry(name: str, value: float, found: dict[str, list[float]]) -> dict[str, Any]:
    if not np.isfinite(value):
        return not_computable("the labels have pixels of only one class", goal="maximize")
    # With few bootstrap samples, all of them may lack a class that only one image has.
    more: dict[str, Any] = {"interval": found[name]} if name in found else {}
    return score(value, goal="maximize", **more)


def _optimistic(data: Segmentation) -> dict[str, Any]:
    if not data.pixels()[0].any():
        return not_computable("the labels have no positive pixel", goal="maximize")
    threshold, dice = best_threshold(data)
    return score(
        dice, goal="maximize", threshold=threshold, note="optimistic: chosen on the test data"
    )


def _per_image(data: Segmentation, threshold: float, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = [pixel_scores(data.image(i), threshold) for i in range(len(names))]
    return pd.DataFrame(rows, index=pd.Index(names, name="image"))


def _summary(data: Segmentation, threshold: float, origin: str) -> str:
    num, pixels = len(data.labels), int(data.masks.sum())
    share = 100 * float(data.labels[data.masks].mean())
    return (
        f"{num} images, {pixels:,} pixels in the field of view, {share:.1f}% of them positive. "
        f"The threshold is {threshold:.3f} (from {origin}). The best Dice on these images is "
        "also given; it is optimistic, because its threshold was chosen on the same images."
    )
