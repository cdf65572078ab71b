"""Scores and plots segmentations with more than two classes."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._image_files import image_files
from keras_gan_kit.data._read_classes import read_classes
from keras_gan_kit.evaluation.report._roc import draw_curve, draw_roc, roc_points
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report._section import Drawing
from keras_gan_kit.evaluation.segmentation._data import Segmentation, stacked
from keras_gan_kit.evaluation.segmentation._figures import stretched
from keras_gan_kit.evaluation.segmentation._scores import intervals, pixel_scores

if TYPE_CHECKING:
    import pandas as pd

_HALF = 0.5
_SLACK = 1e-3  # tolerance for the sum of probabilities
_AREAS = ("auc_roc", "auc_pr")
_OUTSIDE = 0.2  # the gray level outside the field of view


class Classes(NamedTuple):
    """True classes, predicted probabilities, and the fields of view.

    Args:
        labels: int `(n, height, width)`.
        probabilities: float32 `(n, height, width, num_classes)`; one-hot if only classes are given.
        masks: bool `(n, height, width)`.
        graded: Whether probabilities are given, which curves require.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    masks: NDArray[np.bool_]
    graded: bool

    @classmethod
    def of(cls, labels: Any, predictions: Any, masks: Any, num_classes: int) -> Classes:
        """Validates arrays or folders.

        Raises:
            FileNotFoundError: If a folder does not exist.
            TypeError: If a value is not an array of numbers.
            ValueError: If shapes differ, or values are neither classes nor probabilities.
        """
        if not isinstance(masks, str | PathLike | None) and np.shape(masks) == np.shape(labels):
            # Outside the field of view, values such as 255 are not classes.
            labels = np.where(np.asarray(masks) > 0, labels, 0)
        true = _numbers("labels", labels, num_classes)
        found, graded = _probabilities(predictions, num_classes)
        if found.shape[:-1] != true.shape:
            raise invalid(
                "predictions",
                received=f"an array of shape {found.shape}",
                expected=f"{(*true.shape, num_classes)}, to match `labels` and `num_classes`",
                fix="undo padding and resizing first, for example with ImagePairs.unpad",
            )
        # Masks are checked as with two classes.
        view = Segmentation.of(true == 0, np.zeros(true.shape), masks).masks
        return cls(true, found, view, graded)

    @property
    def found(self) -> NDArray[np.int64]:
        """The most probable class of each pixel."""
        classes: NDArray[np.int64] = self.probabilities.argmax(-1)
        return classes

    def against_others(self, number: int, *, hard: bool) -> Segmentation:
        """Returns one class as a mask with its probability or, if `hard`, its predicted pixels."""
        chosen = (self.found == number).astype(np.float32)
        predicted = chosen if hard else self.probabilities[..., number]
        return Segmentation(self.labels == number, predicted, self.masks)


def class_scores(
    data: Classes, names: Sequence[str], *, num_resamples: int, seed: int
) -> dict[str, Any]:
    """Computes the scores of each class, and their means over all classes except the background."""
    options = {"num_resamples": num_resamples, "seed": seed}
    dice = _dice_of_images(data)
    classes = {}
    for number, name in enumerate(names):
        hard = data.against_others(number, hard=True)
        values, found = pixel_scores(hard, _HALF), intervals(hard, _HALF, **options)
        soft = data.against_others(number, hard=False)
        if data.graded:
            between = intervals(soft, _HALF, **options)
            pooled = pixel_scores(soft, _HALF)
            values |= {area: pooled[area] for area in _AREAS}
            found |= {area: between[area] for area in _AREAS if area in between}
        else:
            values = {key: value for key, value in values.items() if key not in _AREAS}
        entries = {key: _entry(value, found.get(key)) for key, value in values.items()}
        classes[name] = entries | {"dice_of_images": _entry(_mean(dice[:, number]), None)}
    view = data.masks
    accuracy = float(np.mean(data.labels[view] == data.found[view]))
    rows = [_mean(row[1:]) for row in dice]
    means = {
        key: _entry(_mean([entries[key]["value"] for entries in list(classes.values())[1:]]), None)
        for key in ("dice", "sensitivity", "specificity", *(_AREAS if data.graded else ()))
    }
    means["dice_of_images"] = _entry(_mean(rows), None)
    return means | {"accuracy": _entry(accuracy, None), "classes": classes}


def dice_table(data: Classes, names: Sequence[str], images: Sequence[str]) -> pd.DataFrame:
    """Returns the Dice score of each image and class; NaN if an image lacks the class."""
    import pandas as pd

    index = pd.Index(images, name="image")
    return pd.DataFrame(_dice_of_images(data), index=index, columns=list(names))


def class_curves(data: Classes, names: Sequence[str]) -> Drawing:
    """Draws one-vs.-rest ROC and precision-recall curves of each class."""

    def draw(figure: Any) -> None:
        from matplotlib import colormaps
        from sklearn import metrics

        left, right = figure.subplots(1, 2)
        for number, name in enumerate(names):
            true, found = data.against_others(number, hard=False).pixels()
            if true.any() and not true.all():
                color = colormaps["tab10"](number % 10)
                draw_roc(left, *roc_points(true, found), color=color, label=name)
                precision, recall, _ = metrics.precision_recall_curve(true, found)
                draw_curve(right, recall, precision, color=color, label=name)
        right.set(xlabel="recall", ylabel="precision", title="Precision-recall curve")
        right.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
        left.legend(loc="lower right")

    return Drawing(
        "curves",
        draw,
        reading="Each class against all others, by its probability. ROC: curves closer to the "
        "upper left are better. Precision-recall: curves closer to the upper right are better.",
        alt=f"ROC and precision-recall curves of {', '.join(names)}.",
        size=(8.0, 4.0),
    )


def class_pictures(
    data: Classes,
    names: Sequence[str],
    rows: Sequence[int],
    titles: Sequence[str],
    images: Any,
) -> Drawing:
    """Draws the true and predicted classes of some images, and the wrong pixels."""
    columns = 3 if images is None else 4

    def draw(figure: Any) -> None:
        from matplotlib import colormaps
        from matplotlib.patches import Patch

        colors = np.array([colormaps["tab10"](number % 10)[:3] for number in range(len(names))])
        colors[0] = 0.0
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for line, i in zip(grid, rows, strict=True):
            pictures = _pictures(data, colors, i)
            above = ["true classes", "predicted classes", "differences"]
            above[0] = f"{titles[i]}: {above[0]}"
            if images is not None:
                pictures, above = [stretched(images[i]), *pictures], ["image", *above]
            for axes, picture, title in zip(line, pictures, above, strict=True):
                axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
                axes.set_title(title)
                axes.axis("off")
        patches = [
            Patch(color=color, label=name) for color, name in zip(colors, names, strict=True)
        ]
        figure.legend(handles=patches, loc="outside lower center", ncols=min(6, len(names)))

    height, width = data.labels.shape[1:]
    return Drawing(
        "classes",
        draw,
        reading="The images with the lowest, median and highest Dice. White pixels on the right "
        "have the wrong class. Gray is outside the field of view.",
        alt=f"True and predicted classes of {', '.join(titles[i] for i in rows)}.",
        size=(8.0, min(20.0, 8.0 / columns * height / width * len(rows) + 0.6)),
    )


def _pictures(data: Classes, colors: NDArray[Any], i: int) -> list[NDArray[Any]]:
    """Returns the true classes, predicted classes and errors of one image as RGB."""
    wrong = np.repeat((data.labels[i] != data.found[i])[..., None], 3, -1).astype(np.float32)
    parts = [colors[data.labels[i]], colors[data.found[i]], wrong]
    return [np.where(data.masks[i][..., None], part, _OUTSIDE) for part in parts]


def _dice_of_images(data: Classes) -> NDArray[np.float64]:
    """Returns the Dice scores `(images, classes)`; NaN if an image lacks the class."""
    out = np.full((len(data.labels), data.probabilities.shape[-1]), np.nan)
    for i, (labels, found, view) in enumerate(
        zip(data.labels, data.found, data.masks, strict=True)
    ):
        for number in range(out.shape[1]):
            true, chosen = labels[view] == number, found[view] == number
            if true.any():
                out[i, number] = 2 * (true & chosen).sum() / (true.sum() + chosen.sum())
    return out


def _mean(values: Any) -> float:
    """Returns the mean of the finite values."""
    known = [value for value in values if value is not None and not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _entry(value: float, interval: list[float] | None) -> dict[str, Any]:
    if not np.isfinite(value):
        return not_computable(
            "the labels contain no pixel of this class, or only this class", goal="maximize"
        )
    more: dict[str, Any] = {} if interval is None else {"interval": interval}
    return score(value, goal="maximize", **more)


def _numbers(argument: str, values: Any, num_classes: int) -> NDArray[np.int64]:
    """Returns class numbers from numbers, one-hot arrays or a folder."""
    if isinstance(values, str | PathLike):
        files = image_files(Path(values), argument)
        images = [read_classes(argument, path, num_classes, None) for path in files]
        sizes = {image.shape for image in images}
        if len(sizes) > 1:
            raise invalid(
                argument,
                received=f"images of different sizes, {sorted(sizes)[:3]}",
                expected="images of the same size",
                fix="create one report per size",
            )
        return stacked(images).astype(np.int64)
    array = np.asarray(values)
    if array.ndim == 4 and array.shape[-1] == num_classes:
        hot = array
        if not np.isin(hot, (0, 1)).all() or not (hot.sum(-1) == 1).all():
            raise invalid(
                argument,
                received=f"an array of shape {array.shape} that is not one-hot",
                expected="exactly one 1 per pixel, or class numbers (n, height, width)",
                fix="pass labels.argmax(-1)",
            )
        numbers: NDArray[np.int64] = hot.argmax(-1)
        return numbers
    array = array[..., 0] if array.ndim == 4 and array.shape[-1] == 1 else array
    whole = array.dtype.kind in "biuf" and bool((array == np.floor(array)).all())
    if array.ndim != 3 or not array.size or not whole or array.min() < 0:
        raise _no_numbers(argument, array, num_classes)
    if array.max() >= num_classes:
        raise _no_numbers(argument, array, num_classes)
    return array.astype(np.int64)


def _no_numbers(argument: str, array: NDArray[Any], num_classes: int) -> ValueError:
    values = f", with values from {array.min()} to {array.max()}" if array.size else ""
    return invalid(
        argument,
        received=f"an array of shape {array.shape}{values}",
        expected=f"class numbers 0 to {num_classes - 1} of shape (n, height, width), or one-hot "
        f"classes (n, height, width, {num_classes})",
        fix="pass masks for pixels without a class, or correct `num_classes`",
    )


def _probabilities(values: Any, num_classes: int) -> tuple[NDArray[np.float32], bool]:
    """Returns probabilities, and whether they were given as probabilities rather than classes."""
    array = None if isinstance(values, str | PathLike) else np.asarray(values)
    if array is None or array.ndim != 4 or array.shape[-1] == 1:
        numbers = _numbers("predictions", values, num_classes)
        return np.eye(num_classes, dtype=np.float32)[numbers], False
    if array.shape[-1] != num_classes:
        raise _no_numbers("predictions", array, num_classes)
    total = array.sum(-1)
    if not (array.min() >= 0 and np.abs(total - 1).max() <= _SLACK):  # also false for NaN
        raise invalid(
            "predictions",
            received=f"values from {array.min():.4g} to {array.max():.4g}, whose sums over classes "
            f"are {total.min():.4g} to {total.max():.4g}",
            expected="probabilities that sum to 1",
            fix="apply a softmax to logits",
        )
    return array.astype(np.float32), True
