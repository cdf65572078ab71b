"""Building blocks of the residual networks."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
from keras import layers

from keras_gan_kit._errors import invalid
from keras_gan_kit.networks._piecewise_relu import PiecewiseReLU

_SLOPE = 0.2
# By the number of axes besides batch and channels: signals, images, volumes.
_CONVOLUTIONS = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
_KERNELS = {1: 9, 2: 3, 3: 3}


def leaky_relu(name: str) -> keras.Layer:
    """Returns the activation of the residual networks."""
    return PiecewiseReLU(_SLOPE, name=name)


def _he(scale: float = 1.0) -> keras.Initializer:
    # He et al. 2015 (arXiv 1502.01852, equation 15) for a LeakyReLU of this slope.
    gain = 2.0 * scale / (1.0 + _SLOPE**2)
    return keras.initializers.VarianceScaling(
        gain, mode="fan_in", distribution="untruncated_normal"
    )


def convolution(
    x: Any, filters: int, kernel: int | None, name: str, *, scale: float = 1.0, **options: Any
) -> Any:
    """Adds a convolution that keeps the variance of its LeakyReLU input.

    Args:
        x: A symbolic tensor: signals, images or volumes.
        filters: Output channels.
        kernel: Kernel size; None for 3, or for 9 of signals.
        name: The layer's name.
        scale: Factor on the variance of the initial weights; 0 starts them at zero.
        **options: Options of the Keras layer.
    """
    initializer: Any = _he(scale) if scale else "zeros"
    axes = len(x.shape) - 2
    return _CONVOLUTIONS[axes](
        filters,
        _KERNELS[axes] if kernel is None else kernel,
        padding="same",
        kernel_initializer=initializer,
        name=name,
        **options,
    )(x)


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
    y = convolution(y, filters, None, f"{name}_convolution_1", scale=num_blocks**-0.5)
    y = leaky_relu(f"{name}_leaky_relu_2")(y)
    y = convolution(y, filters, None, f"{name}_convolution_2", scale=0.0, use_bias=False)
    return layers.Add(name=f"{name}_add")([x, y])


def base_size(sizes: tuple[int, ...], stages: int, patch: int = 1) -> tuple[int, ...]:
    """Returns the size of the feature map that `grow` upsamples to `sizes`.

    Raises:
        ValueError: If a size is not a multiple of the upsampling factor.
    """
    factor = patch * 2 ** (stages - 1)
    if any(size % factor for size in sizes):
        patches = f" and patches of {patch} pixels" if patch > 1 else ""
        raise invalid(
            "filters",
            received=f"{stages} stages{patches}, which upsample {factor} times, for a size of "
            f"{'x'.join(map(str, sizes))}",
            expected=f"sizes that are multiples of {factor}",
            fix="resize the samples, or use fewer stages"
            + (" or a smaller `patch`" if patch > 1 else ""),
        )
    return tuple(size // factor for size in sizes)


def smallest_map(x: Any, base: tuple[int, ...]) -> Any:
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
                x = _CONVOLUTIONS[len(x.shape) - 2](
                    width, 1, use_bias=False, name=f"channels_{stage}"
                )(x)
            x = _upsampled(x, 2, f"enlarge_{stage}")
        x = residual_stage(x, stage, stages, blocks)
    x = leaky_relu("leaky_relu")(x)
    if patch > 1:
        x = _upsampled(x, patch, "enlarge")
    return convolution(x, channels, None, "to_image")


def _upsampled(x: Any, factor: int, name: str) -> Any:
    """Upsamples images bilinearly; signals and volumes repeat their values."""
    axes = len(x.shape) - 2
    if axes == 2:
        return layers.UpSampling2D(factor, interpolation="bilinear", name=name)(x)
    return (layers.UpSampling1D if axes == 1 else layers.UpSampling3D)(factor, name=name)(x)


def shrink(image: Any, stages: tuple[int, ...], blocks: int) -> Any:
    """Adds stages of residual blocks with average pooling in between, then Flatten."""
    x = convolution(image, stages[0], 3, "from_image")
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


def score(
    samples: Any, stages: tuple[int, ...], blocks: int, patch: int, units: int, kernel: int
) -> Any:
    """Adds strided convolutions, residual blocks and Dense layers down to one logit."""
    # Patches overlap by half: the edge of one is the middle of another.
    first = 2 * patch if patch > 1 else 3
    x = convolution(samples, stages[0], first, "from_image", strides=patch)
    for stage, width in enumerate(stages, start=1):
        if stage > 1:
            x = leaky_relu(f"leaky_relu_{stage}")(x)
            x = convolution(x, width, kernel, f"halve_{stage}", strides=2)
        x = residual_stage(x, stage, stages, blocks)
    x = leaky_relu("leaky_relu")(x)
    x = layers.Flatten(name="flatten")(x)
    x = dense(x, units, "hidden")
    return layers.Dense(1, name="logit")(x)


def dense(x: Any, units: int, name: str) -> Any:
    """Adds a Dense layer and LeakyReLU, initialized to keep the variance."""
    x = layers.Dense(units, kernel_initializer=_he(), name=name)(x)
    return leaky_relu(f"{name}_leaky_relu")(x)
