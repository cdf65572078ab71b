"""The four networks of a `CycleGAN` as the two that a `GAN` knows."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit.models.check_cycle import check_cycle
from keras_gan_kit.models.inspection import input_of

NAMES = ("a_to_b", "b_to_a", "discriminator_a", "discriminator_b")


def join(networks: dict[str, Any]) -> tuple[keras.Model, keras.Model]:
    """Makes a generator and a discriminator of pairs {"a", "b"}.

    Args:
        networks: By the names of the arguments of `CycleGAN`.

    Returns:
        The generator, which maps {"a", "b"} to {"a": b_to_a(b), "b": a_to_b(a)}, and the
        discriminator, which maps {"a", "b"} to {"a": discriminator_a(a), "b": discriminator_b(b)}.

    Raises:
        TypeError: If one is not a Keras model.
        ValueError: If they do not make a cycle.
    """
    check_cycle(networks)
    named = {name: _named(name, network) for name, network in networks.items()}
    pair = _inputs(named["a_to_b"], named["b_to_a"])
    drawn = {"a": named["b_to_a"](pair["b"]), "b": named["a_to_b"](pair["a"])}
    generator = keras.Model(pair, drawn, name="generators")
    pair = _inputs(named["discriminator_a"], named["discriminator_b"])
    scores = {key: named[f"discriminator_{key}"](pair[key]) for key in pair}
    return generator, keras.Model(pair, scores, name="discriminators")


def _inputs(of_a: keras.Model, of_b: keras.Model) -> dict[str, Any]:
    return {
        key: keras.Input(input_of(network).shape[1:], name=key)
        for key, network in (("a", of_a), ("b", of_b))
    }


def _named(name: str, network: keras.Model) -> keras.Model:
    """Puts a network into one of a known name: two that one builder made have the same."""
    if network.name == name:
        return network
    image = keras.Input(input_of(network).shape[1:], name="image")
    return keras.Model(image, network(image), name=name)
