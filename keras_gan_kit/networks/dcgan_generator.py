"""The generator of a DCGAN."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import (
    Activation,
    activation_of,
    integers,
    per_layer,
    shape_of,
)
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._dcgan import base_size, enlarge
from keras_gan_kit.networks._seeded import seeded


@seeded
def dcgan_generator(
    image_shape: Sequence[int],
    latent_dim: int = 100,
    *,
    filters: Sequence[int] = (256, 128, 64),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = (1, 2, 2),
    activation: Activation = "tanh",
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of transposed convolutions.

    After Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks", 2016. A Dense layer makes a feature map of `filters[0]`
    channels, whose size is the image size divided by the product of `strides`. One transposed
    convolution per stride follows: the first to `filters[1]` channels, the last to the channels of
    the image. BatchNormalization and LeakyReLU follow each layer but the last. No layer has a bias.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each feature map, from the smallest to the largest, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: Strides of the convolutions, one for all or as many as `filters`.
        activation: Activation of the output. It sets the range of the images: `"tanh"` gives
            [-1, 1].
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, the image size is not a multiple of the product
            of `strides`, or the activation is unknown.

    Example:
        >>> dcgan_generator((8, 8, 1), latent_dim=4, filters=(8, 4), strides=2).output_shape
        (None, 8, 8, 1)
    """
    height, width, channels = shape_of(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    maps = integers("filters", filters)
    sizes = per_layer("kernels", kernels, len(maps))
    steps = per_layer("strides", strides, len(maps))
    activation = activation_of(activation)
    base = (*base_size(height, width, steps), maps[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = layers.Dense(prod(base), use_bias=False, name="base")(latent)
    x = layers.BatchNormalization(name="batch_normalization_0")(x)
    x = layers.LeakyReLU(name="leaky_relu_0")(x)
    x = layers.Reshape(base, name="reshape")(x)
    x = enlarge(x, (*maps[1:], channels), sizes, steps)
    image = as_output(x, activation, "image")
    return keras.Model(latent, image, name="generator")
