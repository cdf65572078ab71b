"""Copies, hashes and replaces the networks of a model."""

from __future__ import annotations

import hashlib
import inspect
import json
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_gan_kit._keras import copied_lambda, forget_layer, is_graph, use_own_seed
from keras_gan_kit.models._check_networks import check_augmenter
from keras_gan_kit.models._inspection import layers_of, unwrapped

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def frozen_copy(network: keras.Model) -> keras.Model:
    """Copies a network and its weights; the copy is not trainable.

    The network may contain `Lambda` layers, and layers and functions that are not registered for
    saving: they are the user's own, and their code runs in this process anyway.
    """
    if is_graph(network):
        copy = keras.models.clone_model(network, clone_function=_copied, recursive=True)
    else:
        copy = _rebuilt(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def _copied(layer: Any) -> Any:
    return copied_lambda(layer) if isinstance(layer, keras.layers.Lambda) else _rebuilt(layer)


def _rebuilt(layer: Any) -> Any:
    return keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer), custom_objects=_names_in(layer), safe_mode=False
    )


def _names_in(layer: Any) -> dict[str, Any]:
    """Maps names to the classes and functions that the configuration of a layer may refer to."""
    found: dict[str, Any] = {}
    for inner in [layer, unwrapped(layer), *layers_of(layer)]:
        found[type(inner).__name__] = type(inner)
        for value in vars(inner).values():
            named = value if inspect.isfunction(value) else type(value)
            found.setdefault(named.__name__, named)
    return found


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


def take_networks(gan: GANModel) -> None:
    """Takes over networks that were replaced since the model was made, or last compiled.

    Raises:
        TypeError: If one is not a network.
        ValueError: If they do not match.
    """
    before, now = gan.progress.networks, gan.networks
    if all(old is new for old, new in zip(before, now, strict=True)):
        return
    latent_dim = gan.check_networks(gan.generator, gan.discriminator)
    check_augmenter(gan.augmenter, gan.generator)
    gan.latent_dim = latent_dim
    for layer in (layer for network in now for layer in layers_of(network)):
        use_own_seed(layer)
    for old in before:
        if old is not None and all(old is not new for new in now):
            forget_layer(gan, old)
    if gan.ema_generator is not None and before[0] is not gan.generator:
        forget_layer(gan, gan.ema_generator)
        gan.ema_generator = frozen_copy(gan.generator)
    gan.progress.networks = now
