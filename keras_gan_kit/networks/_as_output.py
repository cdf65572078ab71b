"""The last activation of a network."""

from __future__ import annotations

from typing import Any

from keras import layers

from keras_gan_kit.networks._arguments import Activation


def as_output(x: Any, activation: Activation, name: str) -> Any:
    """Adds the last activation as a layer called `name`; None adds no activation.

    The output is float32 under mixed precision too: 16 bits would quantize images, and losses take
    exponentials and logarithms of scores.
    """
    return layers.Activation(activation or "linear", dtype="float32", name=name)(x)
