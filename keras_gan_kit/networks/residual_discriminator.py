"""A residual discriminator without normalization."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._residual import score
from keras_gan_kit.networks._seeded import seeded


@seeded
def residual_discriminator(
    image_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    blocks: int = 0,
    patch: int = 2,
    units: int = 256,
    activation: Activation = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a residual discriminator, the counterpart of `residual_generator`.

    After Huang et al. 2024 (arXiv 2501.05441), with the deviations of `residual_generator`. Each
    entry of `filters` is a stage; a convolution of stride 2 halves the feature map between stages.
    There is no normalization, so it works under any gradient penalty. The defaults are small and
    have no residual blocks, because a gradient penalty makes the discriminator's convolutions the
    most expensive part of a step.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: Channels of each stage, from the largest feature map to the smallest.
        blocks: Residual blocks in each stage, at least 0.
        patch: Stride of the first convolution, at least 1.
        units: Width of the hidden Dense layer before the score, at least 1.
        activation: Activation of the score: `None` for logits, `"sigmoid"` for probabilities.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to scores `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> residual_discriminator((8, 8, 1), filters=(4, 8)).output_shape
        (None, 1)
    """
    image_shape = shape_of(image_shape)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=0)
    patch = integer("patch", patch, minimum=1)
    units = integer("units", units, minimum=1)
    activation = activation_of(activation)

    image = layers.Input(image_shape, name="image")
    x = score(image, stages, blocks, patch, units, kernel=4)
    return keras.Model(image, as_output(x, activation, "score"), name="discriminator")
