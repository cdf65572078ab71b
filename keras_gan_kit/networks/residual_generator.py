"""A residual generator without normalisation."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._inverse_square_root import inverse_square_root
from keras_gan_kit.networks._residual import base_size, dense, grow, smallest_map


def residual_generator(
    image_shape: Sequence[int],
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 32),
    blocks: int = 1,
    patch: int = 2,
    units: int = 256,
    activation: Activation = inverse_square_root,
) -> keras.Model:
    """Builds a generator of residual blocks, for the relativistic recipe.

    After Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline GAN", 2024 (arXiv
    2501.05441): no normalisation layer, enlargement by interpolation, and initial weights that
    make every block the identity. Two Dense layers make the smallest map; each entry of `filters`
    is a stage of residual blocks, and between two stages maps double in size. It departs from the
    paper in plain 3x3 convolutions where that has grouped ones between two of 1x1 (on a CPU grouped
    convolutions are slow), in the hidden Dense layer, and in the last activation, where that has
    none: x / sqrt(1 + x^2). Without normalisation the first steps of Adam take all pixels far to
    one side, where tanh has no gradient left to come back by; softsign has, but no even black.

    Args:
        image_shape: `(height, width, channels)` in pixels; height and width are multiples of
            `patch` times 2 to the number of stages less one.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each stage, from the smallest map to the largest.
        blocks: Residual blocks in each stage, at least 0.
        patch: How many times the largest map is enlarged for the last convolution, at least 1.
            Where it is 1, there are residual blocks at the size of the image.
        units: Of the hidden Dense layer, at least 1.
        activation: Of the pixels; it sets the range of the images. The default, `"tanh"` and
            `"softsign"` give [-1, 1], `"sigmoid"` gives [0, 1].

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, the image's size is no such multiple, or the
            activation is unknown.

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
    base = (*base_size(height, width, len(stages), patch), stages[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = smallest_map(dense(latent, units, "hidden"), base)
    x = grow(x, stages, blocks, channels, patch)
    image = as_output(x, activation, "image")
    return keras.Model(latent, image, name="generator")
