"""A residual discriminator without normalisation."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._integer import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, image_size, integers
from keras_gan_kit.networks._residual import shrink

__all__ = ["residual_discriminator"]


def residual_discriminator(
    image_shape: Sequence[int],
    *,
    filters: Sequence[int] = (16, 32, 64),
    blocks: int = 1,
    activation: Activation = None,
) -> keras.Model:
    """Builds the counterpart of `residual_generator`: residual blocks down to one score.

    After Huang et al. 2024 (arXiv 2501.05441), with the departures of `residual_generator`. Each
    entry of `filters` is a stage of residual blocks; between two stages maps are averaged to half
    their size. Having no normalisation, it may serve under any gradient penalty.

    Args:
        image_shape: `(height, width, channels)` in pixels, each side at least 2 to the number of
            stages less one.
        filters: Channels of each stage, from the image's size to the smallest map.
        blocks: Residual blocks in each stage, at least 1.
        activation: Of the score: `None` for logits, `"sigmoid"` for probabilities.

    Returns:
        A model from images `(n, height, width, channels)` to scores `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> residual_discriminator((8, 8, 1), filters=(4, 8)).output_shape
        (None, 1)
    """
    image_shape = image_size(image_shape)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    activation = activation_of(activation)

    image = layers.Input(image_shape, name="image")
    x = shrink(image, stages, blocks)
    x = layers.Dense(1, name="logit")(x)
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Activation(activation or "linear", dtype="float32", name="score")(x)
    return keras.Model(image, score, name="discriminator")
