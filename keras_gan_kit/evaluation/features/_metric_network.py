"""Manages the feature network of a `keras.metrics.Metric`."""

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
    """Returns a function that returns the network of a metric.

    Keras saves the attributes of a metric in every checkpoint. Hidden in a function, a network that
    is loaded by name is not saved; a user's network is saved as `metric.features`.

    Raises:
        TypeError: If `features` has the wrong type.
        ValueError: If it is unknown, doesn't take images, or can't be loaded.
    """
    check_features(features)
    network = features
    if features == "inception-v3":
        network = inception_v3()
    elif features == "pixels":
        # Gray images are repeated, because the size of the state must be known before the first
        # image.
        network = flat_pixels((_SIDE, _SIDE, 3))
    return lambda: network


def serialized(features: Any) -> Any:
    """Serializes the argument `features` for `get_config`."""
    if isinstance(features, str):
        return features
    return keras.saving.serialize_keras_object(features)


def with_network(config: dict[str, Any]) -> dict[str, Any]:
    """Returns a configuration with deserialized `features`."""
    features = config["features"]
    if isinstance(features, dict):
        # A copy, because Keras modifies nested configurations.
        features = keras.saving.deserialize_keras_object(copy.deepcopy(features))
    return {**config, "features": features}
