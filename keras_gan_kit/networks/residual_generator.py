"""A residual generator without normalization."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._inverse_square_root import inverse_square_root
from keras_gan_kit.networks._residual import base_size, dense, grow, smallest_map
from keras_gan_kit.networks._seeded import seeded


@seeded
def residual_generator(
    image_shape: Sequence[int],
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 32),
    blocks: int = 1,
    patch: int = 2,
    units: int = 256,
    activation: Activation = inverse_square_root,
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of residual blocks, for `RelativisticGAN`.

    After Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline GAN", 2024 (arXiv
    2501.05441): no normalization, bilinear upsampling, and residual blocks that start as the
    identity. Two Dense layers make the smallest feature map; each entry of `filters` is a stage of
    residual blocks, and the feature map doubles in size between stages.

    It deviates from the paper in three points. Convolutions are plain 3x3 ones, because grouped
    convolutions are slow on a CPU. There is a hidden Dense layer. The last activation is
    x / sqrt(1 + x^2): without normalization the first steps of Adam saturate all pixels, where the
    gradient of tanh vanishes.

    Args:
        image_shape: `(height, width, channels)` in pixels; height and width are multiples of
            `patch` * 2^(number of stages - 1).
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each stage, from the smallest feature map to the largest.
        blocks: Residual blocks in each stage, at least 0.
        patch: Upsampling factor before the last convolution, at least 1. With 1, the last stage has
            the size of the image.
        units: Width of the hidden Dense layer, at least 1.
        activation: Activation of the output. It sets the range of the images: the default, `"tanh"`
            and `"softsign"` give [-1, 1], `"sigmoid"` gives [0, 1].
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, the image size is not a multiple as above, or
            the activation is unknown.

    Example:
        >>> residual_generator((8, 8, 1), latent_dim=4, filters=(8, 4)).output_shape
        (None, 8, 8, 1)
    """
    height, width, channels = shape_of(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=0)
    patch = integer("patch", patch, minimum=1)
    units = integer("units", units, minimum=1)
    activation = activation_of(activation)
    base = (*base_size((height, width), len(stages), patch), stages[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = smallest_map(dense(latent, units, "hidden"), base)
    x = grow(x, stages, blocks, channels, patch)
    image = as_output(x, activation, "image")
    return keras.Model(latent, image, name="generator")
