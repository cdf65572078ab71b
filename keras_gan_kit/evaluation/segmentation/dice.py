"""Implements the Dice score as a Keras metric."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Dice(keras.metrics.Metric):
    """Computes the Dice score of masks, 2 TP / (2 TP + FP + FN), pooled over all pixels.

    Equals the F1 score of the pixels. 1 is best, 0 is worst. MONAI's `DiceMetric` instead averages
    the scores of single images, and leaves out images without positive pixels unless you pass
    `ignore_empty=False`; two empty masks then score 1, as here.

    Args:
        threshold: The smallest prediction of a positive pixel, in [0, 1].
        empty: The result if both the true and the predicted masks are empty, such as 1 or
            `float("nan")`.
        name: The name of the metric.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If the threshold is outside [0, 1].

    Example:
        >>> metric = Dice()
        >>> metric.update_state([[1.0, 1.0, 0.0]], [[0.9, 0.2, 0.1]])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    def __init__(self, threshold: float = 0.5, empty: float = 1.0, name: str = "dice") -> None:
        super().__init__(name=name)
        self.threshold = number(
            "threshold",
            threshold,
            lambda x: 0.0 <= x <= 1.0,
            expected="a number in [0, 1]",
            fix="pass 0.5, or the best threshold on validation data",
        )
        self.empty = number(
            "empty",
            empty,
            lambda x: True,
            expected="a number",
            fix="pass 1.0, or float('nan')",
        )
        # Twice the sum over the intersection, and the sum over both masks.
        self.common = self.add_variable((), "zeros", name="common")
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: Masks of 0 and 1, of any shape.
            y_pred: Predictions in [0, 1] of the same shape. Either may lack a last axis of one
                channel.
            sample_weight: Pixel weights that broadcast to this shape, such as a field of view.

        Raises:
            ValueError: If shapes differ, or masks have other values than 0 and 1. In a compiled
                step, values can't be checked.
        """
        _check_values(y_true)
        true = ops.cast(y_true, "float32")
        found = _of_rank("y_pred", ops.cast(y_pred, "float32"), true)
        found = ops.cast(found >= self.threshold, "float32")
        if sample_weight is not None:
            weight = ops.cast(sample_weight, "float32")
            weight = _of_rank("sample_weight", weight, true, exact=False)
            true, found = true * weight, found * ops.cast(weight > 0, "float32")
            common, found = ops.sum(true * found), ops.sum(found * weight)
        else:
            common, found = ops.sum(true * found), ops.sum(found)
        self.common.assign_add(2.0 * common)
        self.total.assign_add(ops.sum(true) + found)

    def result(self) -> Any:
        """Returns the Dice score so far."""
        overlap = self.common / ops.maximum(self.total, 1.0e-7)
        return ops.where(self.total.value > 0, overlap, ops.cast(self.empty, "float32"))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"threshold": self.threshold, "empty": self.empty, "name": self.name}


def _of_rank(argument: str, values: Any, true: Any, *, exact: bool = True) -> Any:
    """Adds or removes a last axis of one channel to match the labels."""
    rank = len(true.shape)
    if len(values.shape) == rank + 1 and values.shape[-1] == 1:
        values = ops.squeeze(values, -1)
    elif len(values.shape) == rank - 1 and rank > 1 and true.shape[-1] == 1:
        values = ops.expand_dims(values, -1)
    known = zip(values.shape, true.shape, strict=False)
    same = all(a == b or None in (a, b) for a, b in known)
    if exact and (len(values.shape) != rank or not same):
        raise invalid(
            argument,
            received=f"an array of shape {tuple(values.shape)}",
            expected=f"the shape of `y_true`, {tuple(true.shape)}",
            fix="crop or resize both to the same size",
        )
    return values


def _check_values(y_true: Any) -> None:
    try:
        values = np.asarray(ops.convert_to_numpy(y_true))
    except (NotImplementedError, TypeError):  # raised by TensorFlow and JAX in a compiled step
        return
    if values.size and not bool(((values == 0) | (values == 1)).all()):
        raise invalid(
            "y_true",
            received=f"values from {values.min():g} to {values.max():g}",
            expected="masks of 0 and 1",
            fix="divide masks of 0 and 255 by 255, and threshold soft ones",
        )
