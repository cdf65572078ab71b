"""A copy of a network that follows it slowly."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def frozen_copy(network: keras.Model) -> keras.Model:
    """Makes an untrainable copy of a network, with its weights."""
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(network))
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def update_average(average: keras.Model, network: keras.Model, momentum: Any) -> None:
    """Moves every weight of `average` a little towards `network`, statistics included.

    average = momentum * average + (1 - momentum) * network
    """
    for slow, weight in zip(average.weights, network.weights, strict=True):
        new = ops.stop_gradient(ops.convert_to_tensor(weight))
        slow.assign(momentum * slow.value + (1.0 - momentum) * new)
