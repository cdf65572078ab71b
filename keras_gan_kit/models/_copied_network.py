"""Copies a network."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from keras_gan_kit._keras import copied_lambda, is_graph
from keras_gan_kit.models._inspection import layers_of, unwrapped


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
