"""The overlap of two masks, as a metric for `compile`."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit._arguments import number


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Dice(keras.metrics.Metric):
    """How far predicted masks overlap true ones: 2 TP / (2 TP + FP + FN), pooled over all pixels.

    The same as the F1 score of pixels. 1 is best, 0 worst; 0 too where neither has a pixel.

    Args:
        threshold: From which prediction on a pixel counts, in [0, 1].
        name: The metric's name.

    Raises:
        TypeError: If the threshold is not a number.
        ValueError: If it is outside [0, 1].

    Example:
        >>> metric = Dice()
        >>> metric.update_state([[1.0, 1.0, 0.0]], [[0.9, 0.2, 0.1]])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    def __init__(self, threshold: float = 0.5, name: str = "dice") -> None:
        super().__init__(name=name)
        self.threshold = number(
            "threshold",
            threshold,
            lambda x: 0.0 <= x <= 1.0,
            expected="a number in [0, 1]",
            fix="pass 0.5, or the one that was best on validation data",
        )
        # Sums of twice the common pixels, and of the pixels of both.
        self.common = self.add_variable((), "zeros", name="common")
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: Masks of 0 and 1, of any shape.
            y_pred: Predictions in [0, 1] of that shape.
            sample_weight: Weights of pixels that broadcast to that shape, such as a field of view.
        """
        true = ops.cast(y_true, "float32")
        found = ops.cast(ops.cast(y_pred, "float32") >= self.threshold, "float32")
        if sample_weight is not None:
            weight = ops.cast(sample_weight, "float32")
            true, found = true * weight, found * ops.cast(weight > 0, "float32")
            common, found = ops.sum(true * found), ops.sum(found * weight)
        else:
            common, found = ops.sum(true * found), ops.sum(found)
        self.common.assign_add(2.0 * common)
        self.total.assign_add(ops.sum(true) + found)

    def result(self) -> Any:
        """Returns the overlap so far."""
        return self.common / ops.maximum(self.total, 1.0e-7)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"threshold": self.threshold, "name": self.name}
