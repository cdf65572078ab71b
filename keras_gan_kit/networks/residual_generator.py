"""A residual generator without normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_gan_kit._integer import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, image_size, integers
from keras_gan_kit.networks._residual import base_size, grow

__all__ = ["residual_generator"]


def residual_generator(
    image_shape: Sequence[int],
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 32, 16),
    blocks: int = 1,
    activation: Activation = "tanh",
) -> keras.Model:
    """Builds a generator of residual blocks, for the relativistic recipe.

    After Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline GAN", 2024 (arXiv
    2501.05441): no normalisation layer, enlargement by interpolation, and initial weights that
    make every block the identity. A Dense layer makes the smallest map; each entry of `filters` is
    a stage of residual blocks, and between two stages maps double in size. It departs from the
    paper in plain 3x3 convolutions where that has grouped ones between two of 1x1: on a CPU
    grouped convolutions are slow.

    Args:
        image_shape: `(height, width, channels)` in pixels; height and width are multiples of
            2 to the number of stages less one.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each stage, from the smallest map to the image's size.
        blocks: Residual blocks in each stage, at least 1.
        activation: Of the pixels; it sets the range of the images, `"tanh"` to [-1, 1].

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the image's size cannot be halved often
            enough.

    Example:
        >>> residual_generator((8, 8, 1), latent_dim=4, filters=(8, 4)).output_shape
        (None, 8, 8, 1)
    """
    height, width, channels = image_size(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    activation = activation_of(activation)
    base = (*base_size(height, width, len(stages)), stages[0])

    latent = layers.Input((latent_dim,), name="latent")
    # Variance 1 for each value of the map, from latents of variance 1.
    initializer = keras.initializers.VarianceScaling(1.0, distribution="untruncated_normal")
    x = layers.Dense(prod(base), kernel_initializer=initializer, name="base")(latent)
    x = layers.Reshape(base, name="reshape")(x)
    x = grow(x, stages, blocks, channels)
    # Images stay float32 under mixed precision, whose 16 bits would quantise them.
    image = layers.Activation(activation or "linear", dtype="float32", name="image")(x)
    return keras.Model(latent, image, name="generator")
