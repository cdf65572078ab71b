"""A U-Net from images to images of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._translation import (
    double_convolution,
    normalization_of,
    shape_of_any_size,
)


@seeded
def unet_generator(
    image_shape: Sequence[int | None],
    *,
    filters: int = 32,
    depth: int = 5,
    output_channels: int = 1,
    activation: Activation = "sigmoid",
    normalization: str | None = "batch",
    seed: int | None = None,
) -> keras.Model:
    """Builds a U-Net, the generator of V-GAN.

    Ronneberger et al. 2015 (arXiv 1505.04597), as Son et al. 2017 use it (arXiv 1706.09318). Each
    level has two 3x3 convolutions with normalization and ReLU. On the way down, max pooling halves
    the size and the channels double. On the way up, nearest-neighbor upsampling doubles the size
    and skip connections add the features of the same level. With `filters=32, depth=5` and three
    channels it has 7,849,601 trainable parameters.

    Args:
        image_shape: `(height, width, channels)` in pixels, each size a multiple of
            2^(depth - 1), or None for any such multiple. `ImageToImageGAN.predict` pads others.
        filters: Channels of the first level, at least 1.
        depth: The number of levels, at least 1.
        output_channels: Channels of the output, at least 1.
        activation: Activation of the output: `"sigmoid"` for masks in [0, 1], `"softmax"` for the
            probabilities of `output_channels` classes, `"tanh"` for images in [-1, 1].
        normalization: `"batch"`, `"instance"` (each sample on its own), or None.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to `(n, height, width,
        output_channels)`, float32.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, a size is not such a multiple, or a name is
            unknown.

    Example:
        >>> unet_generator((32, 32, 3), filters=4, depth=3).output_shape
        (None, 32, 32, 1)
        >>> unet_generator((None, None, 3), filters=4, depth=3).output_shape
        (None, None, None, 1)
    """
    filters, depth = integer("filters", filters), integer("depth", depth)
    shape = shape_of_any_size(image_shape, multiple_of=2 ** (depth - 1))
    channels = integer("output_channels", output_channels)
    activation = activation_of(activation)
    normalize = normalization_of(normalization)
    image = layers.Input(shape, name="image")
    levels: list[Any] = []
    x: Any = image
    for level in range(depth):
        if level:
            x = layers.MaxPooling2D(name=f"pool_{level}")(x)
        x = double_convolution(x, filters * 2**level, normalize, name=f"down_{level + 1}")
        levels.append(x)
    for level in range(depth - 2, -1, -1):
        x = layers.UpSampling2D(name=f"up_{level + 1}_size")(x)
        x = layers.Concatenate(name=f"up_{level + 1}_skip")([x, levels[level]])
        x = double_convolution(x, filters * 2**level, normalize, name=f"up_{level + 1}")
    x = layers.Conv2D(channels, 1, name="convolution")(x)
    result = as_output(x, activation, "result")
    return keras.Model(image, result, name="generator")
