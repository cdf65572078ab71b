"""The image-to-image generator of CycleGAN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.networks._arguments import Activation, activation_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._reflection_padding import ReflectionPadding
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._translation import shape_of_any_size

_EDGE = 3  # the margin of the first and the last convolution, 7 pixels wide


@seeded
def cycle_generator(
    image_shape: Sequence[int | None],
    output_channels: int | None = None,
    *,
    filters: int = 64,
    downsamplings: int = 2,
    blocks: int = 9,
    activation: Activation = "tanh",
    seed: int | None = None,
) -> keras.Model:
    """Builds the generator of CycleGAN.

    The residual generator of Johnson et al. 2016 as Zhu et al. 2017 use it (arXiv 1703.10593,
    appendix 7.2): a 7x7 convolution, `downsamplings` strided convolutions that double the channels,
    `blocks` residual blocks, as many transposed convolutions, and a 7x7 convolution. Instance
    normalization and ReLU follow each convolution but the last. The paper uses 6 blocks for
    128x128 pixels and 9 for 256x256 and more.

    Args:
        image_shape: `(height, width, channels)` of the source images; height and width may be None
            for any multiple of 2^`downsamplings`. `CycleGAN.translate` pads others.
        output_channels: Channels of the translated images; None for as many as the source has.
        filters: Channels of the first convolution.
        downsamplings: The number of strided convolutions; each halves the size.
        blocks: The number of residual blocks.
        activation: Activation of the output. It sets the range of the images: `"tanh"` gives
            [-1, 1].
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to images of the same height and width.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, the size is too small or not a multiple of
            2 to the power of `downsamplings`, or the activation is unknown.

    Example:
        >>> cycle_generator((16, 16, 1), 3, filters=4, blocks=1).output_shape
        (None, 16, 16, 3)
    """
    shape = shape_of_any_size(image_shape)
    channels = integer("output_channels", shape[2] if output_channels is None else output_channels)
    filters = integer("filters", filters)
    downsamplings = integer("downsamplings", downsamplings, minimum=0)
    blocks = integer("blocks", blocks, minimum=0)
    activation = activation_of(activation)
    _check_size(shape[:2], downsamplings)

    image = layers.Input(shape, name="image")
    x = ReflectionPadding(_EDGE, name="padding_first")(image)
    x = _convolution(x, layers.Conv2D, filters, 7, 1, "valid", "first")
    for number in range(1, downsamplings + 1):
        x = _convolution(x, layers.Conv2D, filters * 2**number, 3, 2, "same", f"down_{number}")
    for number in range(1, blocks + 1):
        x = _block(x, f"block_{number}")
    for number in range(downsamplings, 0, -1):
        maps = filters * 2 ** (number - 1)
        x = _convolution(x, layers.Conv2DTranspose, maps, 3, 2, "same", f"up_{number}")
    x = ReflectionPadding(_EDGE, name="padding_last")(x)
    x = layers.Conv2D(channels, 7, kernel_initializer=_weights(), name="pixels")(x)
    x = as_output(x, activation, "changed_image")
    return keras.Model(image, x, name="generator")


def _weights() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)


def _convolution(
    x: Any,
    kind: Any,
    filters: int,
    kernel: int,
    stride: int,
    padding: str,
    name: str,
    relu: bool = True,
) -> Any:
    """Applies a convolution, instance normalization and, if `relu`, ReLU."""
    x = kind(
        filters,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer=_weights(),
        name=f"convolution_{name}",
    )(x)
    x = layers.GroupNormalization(groups=-1, epsilon=1e-5, name=f"normalization_{name}")(x)
    return layers.ReLU(name=f"relu_{name}")(x) if relu else x


def _block(x: Any, name: str) -> Any:
    """Adds a residual block of two convolutions."""
    maps = x.shape[-1]
    found = ReflectionPadding(1, name=f"padding_{name}_1")(x)
    found = _convolution(found, layers.Conv2D, maps, 3, 1, "valid", f"{name}_1")
    found = ReflectionPadding(1, name=f"padding_{name}_2")(found)
    found = _convolution(found, layers.Conv2D, maps, 3, 1, "valid", f"{name}_2", relu=False)
    return layers.Add(name=f"add_{name}")([x, found])


def _check_size(sides: Sequence[int | None], downsamplings: int) -> None:
    factor = 2**downsamplings
    smallest = max(_EDGE + 1, 2 * factor)  # reflection needs more pixels than it adds
    if any(side is not None and (side % factor or side < smallest) for side in sides):
        raise invalid(
            "image_shape",
            received=f"{sides[0]} x {sides[1]} pixels",
            expected=f"multiples of {factor} (2 to the power of `downsamplings`), at least "
            f"{smallest}",
            fix="resize the images, pass None for any size, or lower `downsamplings`",
        )
