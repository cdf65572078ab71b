"""A generator from images to images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.networks._arguments import Activation, activation_of, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._reflection_padding import ReflectionPadding

_EDGE = 3  # the margin of the first and the last convolution, 7 pixels wide


def cycle_generator(
    image_shape: Sequence[int],
    output_channels: int | None = None,
    *,
    filters: int = 64,
    downsamplings: int = 2,
    blocks: int = 9,
    activation: Activation = "tanh",
) -> keras.Model:
    """Builds a network that changes how an image looks and keeps what it shows.

    The residual generator of Johnson et al. 2016 as Zhu et al. 2017 use it (arXiv 1703.10593,
    appendix 7.2): a 7x7 convolution, `downsamplings` strided ones that double the channels, as
    many residual blocks as `blocks`, and the way back. Each is followed by instance normalisation
    and ReLU. They take 6 blocks for 128 x 128 pixels and 9 for 256 x 256 and more.

    Args:
        image_shape: `(height, width, channels)` of what comes in, in pixels.
        output_channels: The channels of what comes out; None for as many.
        filters: Channels of the first convolution.
        downsamplings: How often the size is halved, and doubled again.
        blocks: How many residual blocks work at the smallest size.
        activation: Of the pixels; it sets the range of the images, `"tanh"` to [-1, 1].

    Returns:
        A model from images `(n, height, width, channels)` to images of the same size.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, the size is too small or no multiple of
            2 to the power of `downsamplings`, or the activation is unknown.

    Example:
        >>> cycle_generator((16, 16, 1), 3, filters=4, blocks=1).output_shape
        (None, 16, 16, 3)
    """
    height, width, channels = shape_of(image_shape)
    channels = channels if output_channels is None else integer("output_channels", output_channels)
    filters = integer("filters", filters)
    downsamplings = integer("downsamplings", downsamplings, minimum=0)
    blocks = integer("blocks", blocks, minimum=0)
    activation = activation_of(activation)
    _check_size(height, width, downsamplings)

    image = layers.Input(image_shape, name="image")
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
    """Applies a convolution, instance normalisation and, mostly, ReLU."""
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
    """Adds what two convolutions find to their input."""
    maps = x.shape[-1]
    found = ReflectionPadding(1, name=f"padding_{name}_1")(x)
    found = _convolution(found, layers.Conv2D, maps, 3, 1, "valid", f"{name}_1")
    found = ReflectionPadding(1, name=f"padding_{name}_2")(found)
    found = _convolution(found, layers.Conv2D, maps, 3, 1, "valid", f"{name}_2", relu=False)
    return layers.Add(name=f"add_{name}")([x, found])


def _check_size(height: int, width: int, downsamplings: int) -> None:
    factor = 2**downsamplings
    smallest = max(_EDGE + 1, 2 * factor)  # a mirror needs more pixels than it adds
    if height % factor or width % factor or min(height, width) < smallest:
        raise invalid(
            "image_shape",
            received=f"{height} x {width} pixels",
            expected=f"multiples of {factor} (2 to the power of `downsamplings`), at least "
            f"{smallest}",
            fix="resize the images, or lower `downsamplings`",
        )
