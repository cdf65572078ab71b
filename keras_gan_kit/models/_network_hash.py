"""Hashes networks."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import keras
import numpy as np

from keras_gan_kit.models._inspection import layers_of

# Parts of a configuration that do not affect the output.
_IRRELEVANT = {"shared_object_id", "trainable"}


def network_hash(network: keras.Model) -> str:
    """Computes the SHA-256 of a network's architecture and weights, ignoring layer names.

    Keras numbers the names of layers within a process, so the same network has other names each
    time it is built.

    Args:
        network: A built model.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> from keras_gan_kit import networks
        >>> first, second = (networks.dense_generator((4, 4, 1), 3, (8,)) for _ in range(2))
        >>> second.set_weights(first.get_weights())
        >>> network_hash(first) == network_hash(second)
        True
    """
    names = [network.name, *(layer.name for layer in layers_of(network))]
    numbers = {name: f"#{i}" for i, name in enumerate(dict.fromkeys(names))}

    def without_names(config: Any) -> Any:
        if isinstance(config, dict):
            kept = (item for item in config.items() if item[0] not in _IRRELEVANT)
            return {numbers.get(key, key): without_names(value) for key, value in kept}
        if isinstance(config, list | tuple):
            return [without_names(value) for value in config]
        return numbers.get(config, config) if isinstance(config, str) else config

    config = without_names(keras.saving.serialize_keras_object(network))
    digest = hashlib.sha256(json.dumps(config, default=_type_name).encode())
    for variable in network.weights:
        values = np.ascontiguousarray(keras.ops.convert_to_numpy(variable))
        digest.update(f"{values.dtype}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _type_name(value: object) -> str:
    # Not its text, which may contain an address that differs in the next process.
    return type(value).__name__
