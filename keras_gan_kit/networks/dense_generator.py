"""A generator of Dense layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded


@seeded
def dense_generator(
    image_shape: Sequence[int],
    latent_dim: int = 100,
    units: Sequence[int] = (256, 512, 1024),
    *,
    activation: Activation = "tanh",
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of Dense layers for small images. It trains in minutes on a CPU.

    Each entry of `units` adds a Dense layer, LeakyReLU (slope 0.2) and BatchNormalization (momentum
    0.8); a last Dense layer computes the pixels.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the latent vector, at least 1.
        units: Widths of the hidden layers, at least one.
        activation: Activation of the output. It sets the range of the images: `"tanh"` gives
            [-1, 1].
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> dense_generator((8, 8, 1), latent_dim=4, units=(16, 32)).output_shape
        (None, 8, 8, 1)
    """
    shape = shape_of(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    widths = integers("units", units)
    activation = activation_of(activation)
    latent = x = layers.Input((latent_dim,), name="latent")
    for number, width in enumerate(widths, start=1):
        x = layers.Dense(width, name=f"dense_{number}")(x)
        x = layers.LeakyReLU(0.2, name=f"leaky_relu_{number}")(x)
        x = layers.BatchNormalization(momentum=0.8, name=f"batch_normalization_{number}")(x)
    x = layers.Dense(prod(shape), name="pixels")(x)
    x = layers.Reshape(shape, name="reshape")(x)
    image = as_output(x, activation, "image")
    return keras.Model(latent, image, name="generator")
