"""A residual generator without normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import keras
from keras import layers

from keras_gan_kit._errors import explain
from keras_gan_kit._integer import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, image_size, integers
from keras_gan_kit.networks._inverse_square_root import inverse_square_root
from keras_gan_kit.networks._residual import convolution, dense, leaky_relu, residual_block

__all__ = ["residual_generator"]


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
        ValueError: If an argument is out of range, or the image's size cannot be halved often
            enough.

    Example:
        >>> residual_generator((8, 8, 1), latent_dim=4, filters=(8, 4)).output_shape
        (None, 8, 8, 1)
    """
    height, width, channels = image_size(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=0)
    patch = integer("patch", patch, minimum=1)
    units = integer("units", units, minimum=1)
    activation = activation_of(activation)
    base = (*_base_size(height, width, len(stages), patch), stages[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = _smallest_map(latent, units, base)
    for stage, width_of_stage in enumerate(stages, start=1):
        if stage > 1:
            # Narrowing comes first: it commutes with interpolation, and costs a quarter.
            if x.shape[-1] != width_of_stage:
                x = layers.Conv2D(width_of_stage, 1, use_bias=False, name=f"channels_{stage}")(x)
            x = layers.UpSampling2D(interpolation="bilinear", name=f"enlarge_{stage}")(x)
        for block in range(1, blocks + 1):
            name = f"stage_{stage}_block_{block}"
            x = residual_block(x, width_of_stage, name, num_blocks=blocks * len(stages))
    x = leaky_relu("leaky_relu")(x)
    if patch > 1:
        x = layers.UpSampling2D(patch, interpolation="bilinear", name="enlarge")(x)
    x = convolution(channels, 3, "to_image")(x)
    # Images stay float32 under mixed precision, whose 16 bits would quantise them.
    image = layers.Activation(activation or "linear", dtype="float32", name="image")(x)
    return keras.Model(latent, image, name="generator")


def _smallest_map(latent: Any, units: int, base: tuple[int, int, int]) -> Any:
    x = dense(latent, units, "hidden")
    # Values of the map vary as the hidden ones do.
    initializer = keras.initializers.VarianceScaling(1.0, distribution="untruncated_normal")
    x = layers.Dense(prod(base), kernel_initializer=initializer, name="base")(x)
    return layers.Reshape(base, name="reshape")(x)


def _base_size(height: int, width: int, stages: int, patch: int) -> tuple[int, int]:
    factor = patch * 2 ** (stages - 1)
    if height % factor or width % factor:
        raise ValueError(
            explain(
                "filters",
                received=f"{stages} stages and patches of {patch} pixels, which enlarge {factor} "
                f"times, for an image of {height} x {width}",
                expected=f"an image whose height and width {factor} divides",
                fix="resize the images, take fewer stages or a smaller `patch`",
            )
        )
    return height // factor, width // factor
