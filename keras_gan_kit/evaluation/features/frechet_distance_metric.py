"""Implements the Fréchet distance as a Keras metric."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._feature_network import features_in, number_of_features
from keras_gan_kit.evaluation.features._metric_network import (
    metric_network,
    serialized,
    with_network,
)
from keras_gan_kit.evaluation.features.frechet_distance import distance_of_normals
from keras_gan_kit.evaluation.samples._image_batches import image_among


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class FrechetDistance(keras.metrics.Metric):
    """Computes the Fréchet distance between all real and all synthetic images in `evaluate`.

    Unlike `frechet_distance`, it doesn't store features: means and covariances are updated batch by
    batch on the device, in float32 (Chan et al. 1979), so memory doesn't depend on the number of
    images. The distance is computed in float64 at the end of `evaluate`, and is not shown in the
    progress bar. Its error is about 1e-3 of the features' variance; for higher accuracy use
    `extract_features` and `frechet_distance`.

    Args:
        features: "pixels" (8 x 8 averages; principal components would not change the distance),
            "inception-v3", or a Keras model from images to features. See `extract_features`.
        name: The key in the logs.

    Raises:
        TypeError: If `features` has the wrong type.
        ValueError: If the name is unknown, the model doesn't take images, or weights can't be
            loaded.

    Example:
        >>> metric = FrechetDistance()
        >>> images = np.random.default_rng(0).uniform(-1, 1, (32, 8, 8, 1))
        >>> metric.update_state(images, images)
        >>> abs(round(metric.result(), 2))
        0.0
    """

    # The result needs singular values, which are too slow for every step, so `evaluate` computes it
    # once.
    only_at_end = True

    def __init__(
        self, features: str | keras.Model = "pixels", *, name: str = "frechet_distance"
    ) -> None:
        super().__init__(name=name)
        self._network = metric_network(features)
        self.features = features
        d = number_of_features(self._network())
        # In distributed evaluation, each replica has its own means, which are averaged.
        self.counts = self.add_variable((2,), "zeros", aggregation="mean", name="counts")
        self.means = self.add_variable((2, d), "zeros", aggregation="mean", name="means")
        self.covariances = self.add_variable(
            (2, d, d), "zeros", aggregation="mean", name="covariances"
        )

    def update_state(self, real: Any, synthetic: Any, sample_weight: Any = None) -> None:
        """Adds a batch of real and synthetic images (batch, height, width, channels) in [-1, 1].

        Of joint samples, the part "image" is used. Sample weights are ignored.
        """
        updated = [
            self._updated(i, image_among(images)) for i, images in enumerate((real, synthetic))
        ]
        for variable, parts in zip(
            (self.counts, self.means, self.covariances), zip(*updated, strict=True), strict=True
        ):
            variable.assign(ops.stack(parts))

    def _updated(self, i: int, images: Any) -> tuple[Any, Any, Any]:
        """Returns the count, mean and covariance (over n) after adding a batch."""
        images = ops.stop_gradient(ops.convert_to_tensor(images, "float32"))
        features = features_in(self._network(), images)
        num = ops.cast(ops.shape(features)[0], "float32")
        mean = ops.mean(features, axis=0)
        centered = features - mean
        covariance = ops.matmul(ops.transpose(centered), centered) / ops.maximum(num, 1.0)
        count = self.counts.value[i]
        shift = mean - self.means.value[i]
        share = num / ops.maximum(count + num, 1.0)
        together = (
            (1.0 - share) * self.covariances.value[i]
            + share * covariance
            + share * (1.0 - share) * ops.outer(shift, shift)
        )
        return count + num, self.means.value[i] + share * shift, together

    def result(self) -> float:
        """Computes the distance in float64; NaN if a set has fewer than 2 images."""
        counts, means, covariances = (
            ops.convert_to_numpy(variable).astype("float64")
            for variable in (self.counts, self.means, self.covariances)
        )
        if counts.min() < 2:
            return float("nan")
        unbiased = covariances * (counts / (counts - 1))[:, None, None]
        factors = [_factor(covariance) for covariance in unbiased]
        return distance_of_normals(means[0] - means[1], *factors)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"features": serialized(self.features), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Creates the metric from its configuration."""
        return cls(**with_network(config))


def _factor(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns F, where F^T F is the covariance. Negative eigenvalues are rounding errors."""
    values, vectors = np.linalg.eigh(covariance)
    factor: NDArray[np.float64] = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return factor
