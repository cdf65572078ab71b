"""Implements the kernel distance as a Keras metric."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.evaluation.features._feature_network import features_in
from keras_gan_kit.evaluation.features._metric_network import (
    metric_network,
    serialized,
    with_network,
)
from keras_gan_kit.evaluation.samples._image_batches import image_among


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class KernelDistance(keras.metrics.Metric):
    """Computes the kernel distance between real and synthetic images, averaged over batches.

    It equals `kernel_distance` with batches as subsets. Each estimate is unbiased, and larger
    batches reduce the variance. A batch with a single image is skipped.

    Args:
        features: "pixels" (8 x 8 averages), "inception-v3", or a Keras model from images to
            features. See `extract_features`.
        name: The key in the logs.

    Raises:
        TypeError: If `features` has the wrong type.
        ValueError: If the name is unknown, the model doesn't take images, or weights can't be
            loaded.

    Example:
        >>> metric = KernelDistance()
        >>> metric.update_state(keras.ops.zeros((4, 8, 8, 1)), keras.ops.ones((4, 8, 8, 1)))
        >>> float(metric.result())  # k(0, 0) = k(0, 1) = 1 and k(1, 1) = 8
        7.0
    """

    def __init__(
        self, features: str | keras.Model = "pixels", *, name: str = "kernel_distance"
    ) -> None:
        super().__init__(name=name)
        self._network = metric_network(features)
        self.features = features
        self.total = self.add_variable((), "zeros", name="total")
        self.weight = self.add_variable((), "zeros", name="weight")

    def update_state(self, real: Any, synthetic: Any, sample_weight: Any = None) -> None:
        """Adds a batch of real and synthetic images (batch, height, width, channels) in [-1, 1].

        Of joint samples, the part "image" is used. Sample weights are ignored.
        """
        x, y = (
            features_in(
                self._network(),
                ops.stop_gradient(ops.convert_to_tensor(image_among(images), "float32")),
            )
            for images in (real, synthetic)
        )
        n, m = (ops.cast(ops.shape(features)[0], "float32") for features in (x, y))
        # The kernel of each sample with itself is left out, which makes the estimate unbiased.
        within_x = (ops.sum(_kernel(x, x)) - _sum_with_itself(x)) / ops.maximum(n * (n - 1.0), 1.0)
        within_y = (ops.sum(_kernel(y, y)) - _sum_with_itself(y)) / ops.maximum(m * (m - 1.0), 1.0)
        distance = within_x + within_y - 2.0 * ops.mean(_kernel(x, y))
        weight = ops.where(ops.minimum(n, m) > 1.0, ops.minimum(n, m), 0.0)
        self.total.assign_add(weight * distance)
        self.weight.assign_add(weight)

    def result(self) -> Any:
        """Returns the mean over the batches so far; 0 before the first batch."""
        return self.total.value / ops.maximum(self.weight.value, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"features": serialized(self.features), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Creates the metric from its configuration."""
        return cls(**with_network(config))


def _kernel(x: Any, y: Any) -> Any:
    return ops.power(ops.matmul(x, ops.transpose(y)) / x.shape[1] + 1.0, 3)


def _sum_with_itself(x: Any) -> Any:
    return ops.sum(ops.power(ops.mean(ops.square(x), axis=1) + 1.0, 3))
