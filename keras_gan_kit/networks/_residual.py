"""Building blocks of the residual networks."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
from keras import layers

from keras_gan_kit._errors import invalid
from keras_gan_kit.networks._piecewise_relu import PiecewiseReLU

_SLOPE = 0.2


def leaky_relu(name: str) -> keras.Layer:
    """Returns the activation of the residual networks."""
    return PiecewiseReLU(_SLOPE, name=name)


def _he(scale: float = 1.0) -> keras.Initializer:
    # He et al. 2015 (arXiv 1502.01852, equation 15) for a LeakyReLU of this slope.
    gain = 2.0 * scale / (1.0 + _SLOPE**2)
    return keras.initializers.VarianceScaling(
        gain, mode="fan_in", distribution="untruncated_normal"
    )


def convolution(filters: int, kernel: int, name: str, *, scale: float = 1.0, **options: Any) -> Any:
    """Returns a convolution that keeps the variance of its LeakyReLU input.

    Args:
        filters: Output channels.
        kernel: Kernel size in pixels.
        name: The layer's name.
        scale: Factor on the variance of the initial weights; 0 starts them at zero.
        **options: Options of `keras.layers.Conv2D`.
    """
    initializer: Any = _he(scale) if scale else "zeros"
    return layers.Conv2D(
        filters, kernel, padding="same", kernel_initializer=initializer, name=name, **options
    )


def _residual_block(x: Any, filters: int, name: str, *, num_blocks: int) -> Any:
    """Adds a residual block of two convolutions without normalization.

    Fixup (Zhang et al. 2019, arXiv 1901.09321): the last convolution starts at zero, so that the
    block starts as the identity. The initial weights of the first are scaled by the number of
    blocks to the power -1/4, as in Huang et al. 2024 (arXiv 2501.05441, section 3.2).

    Args:
        x: A symbolic tensor with `filters` channels.
        filters: The number of channels.
        name: Prefix of the layer names.
        num_blocks: The number of blocks in the network.
    """
    y = leaky_relu(f"{name}_leaky_relu_1")(x)
    y = convolution(filters, 3, f"{name}_convolution_1", scale=num_blocks**-0.5)(y)
    y = leaky_relu(f"{name}_leaky_relu_2")(y)
    y = convolution(filters, 3, f"{name}_convolution_2", scale=0.0, use_bias=False)(y)
    return layers.Add(name=f"{name}_add")([x, y])


def base_size(height: int, width: int, stages: int, patch: int = 1) -> tuple[int, int]:
    """Returns the size of the feature map that `grow` upsamples to the image size.

    Raises:
        ValueError: If the image size is not a multiple of the upsampling factor.
    """
    factor = patch * 2 ** (stages - 1)
    if height % factor or width % factor:
        patches = f" and patches of {patch} pixels" if patch > 1 else ""
        raise invalid(
            "filters",
            received=f"{stages} stages{patches}, which upsample {factor} times, for an image of "
            f"{height} x {width}",
            expected=f"a height and a width that are multiples of {factor}",
            fix="resize the images, or use fewer stages"
            + (" or a smaller `patch`" if patch > 1 else ""),
        )
    return height // factor, width // factor


def smallest_map(x: Any, base: tuple[int, int, int]) -> Any:
    """Adds a Dense layer and reshapes its output to a feature map; it keeps the variance."""
    initializer = keras.initializers.VarianceScaling(1.0, distribution="untruncated_normal")
    x = layers.Dense(prod(base), kernel_initializer=initializer, name="base")(x)
    return layers.Reshape(base, name="reshape")(x)


def grow(x: Any, stages: tuple[int, ...], blocks: int, channels: int, patch: int = 1) -> Any:
    """Adds stages of residual blocks with upsampling in between, then a convolution to `channels`.

    The last feature map is upsampled `patch` times before the last convolution.
    """
    for stage, width in enumerate(stages, start=1):
        if stage > 1:
            # Change the channels first: it commutes with interpolation and costs a quarter.
            if x.shape[-1] != width:
                x = layers.Conv2D(width, 1, use_bias=False, name=f"channels_{stage}")(x)
            x = layers.UpSampling2D(interpolation="bilinear", name=f"enlarge_{stage}")(x)
        x = residual_stage(x, stage, stages, blocks)
    x = leaky_relu("leaky_relu")(x)
    if patch > 1:
        x = layers.UpSampling2D(patch, interpolation="bilinear", name="enlarge")(x)
    return convolution(channels, 3, "to_image")(x)


def shrink(image: Any, stages: tuple[int, ...], blocks: int) -> Any:
    """Adds stages of residual blocks with average pooling in between, then Flatten."""
    x = convolution(stages[0], 3, "from_image")(image)
    for stage, width in enumerate(stages, start=1):
        if stage > 1:
            # Pool first: it commutes with the 1x1 convolution, which then costs a quarter.
            x = layers.AveragePooling2D(2, padding="same", name=f"halve_{stage}")(x)
            if x.shape[-1] != width:
                x = layers.Conv2D(width, 1, use_bias=False, name=f"channels_{stage}")(x)
        x = residual_stage(x, stage, stages, blocks)
    x = leaky_relu("leaky_relu")(x)
    return layers.Flatten(name="flatten")(x)


def residual_stage(x: Any, stage: int, stages: tuple[int, ...], blocks: int) -> Any:
    """Adds the residual blocks of a stage; stages count from 1."""
    for block in range(1, blocks + 1):
        name = f"stage_{stage}_block_{block}"
        x = _residual_block(x, stages[stage - 1], name, num_blocks=blocks * len(stages))
    return x


def dense(x: Any, units: int, name: str) -> Any:
    """Adds a Dense layer and LeakyReLU, initialized to keep the variance."""
    x = layers.Dense(units, kernel_initializer=_he(), name=name)(x)
    return leaky_relu(f"{name}_leaky_relu")(x)
