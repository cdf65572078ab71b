"""A residual discriminator without normalisation."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._residual import convolution, dense, leaky_relu, residual_stage


def residual_discriminator(
    image_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    blocks: int = 0,
    patch: int = 2,
    units: int = 256,
    activation: Activation = None,
) -> keras.Model:
    """Builds the counterpart of `residual_generator`: residual blocks down to one score.

    After Huang et al. 2024 (arXiv 2501.05441), with the departures of `residual_generator`. Each
    entry of `filters` is a stage, and between two a convolution of stride 2 halves the maps. Having
    no normalisation, it may serve under any gradient penalty. The defaults are small, without one
    residual block, for gradients of gradients make a discriminator's convolutions the dearest of
    all.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: Channels of each stage, from the largest map to the smallest.
        blocks: Further residual blocks in each stage, at least 0.
        patch: Stride in pixels of the first convolution, at least 1: how much smaller than the
            image the largest map is.
        units: Of the hidden Dense layer before the score, at least 1. It is what sees the image as
            a whole.
        activation: Of the score: `None` for logits, `"sigmoid"` for probabilities.

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
    # Patches that overlap by half: what lies on an edge of one is in the middle of another.
    x = convolution(stages[0], 2 * patch if patch > 1 else 3, "from_image", strides=patch)(image)
    for stage, width in enumerate(stages, start=1):
        if stage > 1:
            x = leaky_relu(f"leaky_relu_{stage}")(x)
            x = convolution(width, 4, f"halve_{stage}", strides=2)(x)
        x = residual_stage(x, stage, stages, blocks)
    x = leaky_relu("leaky_relu")(x)
    x = layers.Flatten(name="flatten")(x)
    x = dense(x, units, "hidden")
    x = layers.Dense(1, name="logit")(x)
    score = as_output(x, activation, "score")
    return keras.Model(image, score, name="discriminator")
