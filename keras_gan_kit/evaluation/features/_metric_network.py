"""The feature network of a `keras.metrics.Metric`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import keras

from keras_gan_kit.evaluation.features._feature_network import (
    check_features,
    flat_pixels,
    inception_v3,
)

_SIDE = 8  # pixels


def metric_network(features: Any) -> Callable[[], keras.Model]:
    """Returns what gives the network, and hides it.

    What a metric has as an attribute, Keras writes into every checkpoint. That is right for a
    network of the user's, which is `metric.features`, and a waste for one that has a name.

    Raises:
        TypeError: If `features` has the wrong type.
        ValueError: If it is unknown, does not fit, or cannot be loaded.
    """
    check_features(features)
    network = features
    if features == "inception-v3":
        network = inception_v3()
    elif features == "pixels":
        # Gray images are repeated, so that the size of the state is known before the first image.
        network = flat_pixels((_SIDE, _SIDE, 3))
    return lambda: network


def serialized(features: Any) -> Any:
    """Describes the argument `features` for `get_config`."""
    if isinstance(features, str):
        return features
    return keras.saving.serialize_keras_object(features)


def with_network(config: dict[str, Any]) -> dict[str, Any]:
    """Returns a configuration with the network that it describes."""
    features = config["features"]
    if isinstance(features, dict):
        # Of a copy: Keras takes nested configurations apart.
        features = keras.saving.deserialize_keras_object(copy.deepcopy(features))
    return {**config, "features": features}
