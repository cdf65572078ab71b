"""A discriminator of Dense layers."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded


@seeded
def dense_discriminator(
    image_shape: Sequence[int],
    units: Sequence[int] = (512, 512),
    *,
    activation: Activation = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator of Dense layers, the counterpart of `dense_generator`.

    Each entry of `units` adds a Dense layer and LeakyReLU (slope 0.2); a last Dense layer computes
    the score. It has no BatchNormalization, so it also works as a critic under a gradient penalty.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        units: Widths of the hidden layers, at least one.
        activation: Activation of the score: `None` for logits, `"sigmoid"` for probabilities.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to scores `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> dense_discriminator((8, 8, 1), units=(16,)).output_shape
        (None, 1)
    """
    shape = shape_of(image_shape)
    widths = integers("units", units)
    activation = activation_of(activation)
    image = layers.Input(shape, name="image")
    x = layers.Flatten(name="flatten")(image)
    for number, width in enumerate(widths, start=1):
        x = layers.Dense(width, name=f"dense_{number}")(x)
        x = layers.LeakyReLU(0.2, name=f"leaky_relu_{number}")(x)
    x = layers.Dense(1, name="logit")(x)
    score = as_output(x, activation, "score")
    return keras.Model(image, score, name="discriminator")
