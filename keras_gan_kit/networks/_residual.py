"""The block that the residual networks are stacked from."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from keras_gan_kit.networks._piecewise_relu import PiecewiseReLU

_SLOPE = 0.2


def leaky_relu(name: str) -> keras.Layer:
    """Returns the activation of the residual networks."""
    return PiecewiseReLU(_SLOPE, name=name)


def convolution(filters: int, kernel: int, name: str, *, scale: float = 1.0, **options: Any) -> Any:
    """Returns a convolution whose output varies as much as its LeakyReLU input did.

    Args:
        filters: Output channels.
        kernel: Kernel size in pixels.
        name: The layer's name.
        scale: Of the variance of the initial weights; 0 starts them at zero.
        **options: Of `keras.layers.Conv2D`.
    """
    initializer: Any = "zeros"
    if scale:
        # He et al. 2015 (arXiv 1502.01852, equation 15) for a LeakyReLU of this slope.
        initializer = keras.initializers.VarianceScaling(
            2.0 * scale / (1.0 + _SLOPE**2), mode="fan_in", distribution="untruncated_normal"
        )
    return layers.Conv2D(
        filters, kernel, padding="same", kernel_initializer=initializer, name=name, **options
    )


def residual_block(x: Any, filters: int, name: str, *, num_blocks: int) -> Any:
    """Adds two convolutions to `x`, without normalisation.

    Fixup (Zhang et al. 2019, arXiv 1901.09321): the last convolution starts at zero, so that the
    block starts as the identity; the first is scaled down by the number of blocks to the power
    -1/4, as Huang et al. 2024 (arXiv 2501.05441, section 3.2) have it.

    Args:
        x: A symbolic tensor of `filters` channels.
        filters: Its channels.
        name: The beginning of the layers' names.
        num_blocks: How many blocks the network has.
    """
    y = leaky_relu(f"{name}_leaky_relu_1")(x)
    y = convolution(filters, 3, f"{name}_convolution_1", scale=num_blocks**-0.5)(y)
    y = leaky_relu(f"{name}_leaky_relu_2")(y)
    y = convolution(filters, 3, f"{name}_convolution_2", scale=0.0, use_bias=False)(y)
    return layers.Add(name=f"{name}_add")([x, y])


def halving_block(x: Any, filters: int, name: str) -> Any:
    """Halves maps by averaging, and adds one convolution of stride 2 that starts at zero.

    Args:
        x: A symbolic tensor.
        filters: Output channels.
        name: The beginning of the layers' names.
    """
    y = leaky_relu(f"{name}_leaky_relu")(x)
    y = convolution(filters, 4, f"{name}_convolution", scale=0.0, strides=2)(y)
    # Averaging comes first: it commutes with widening, and a quarter is left to widen.
    x = layers.AveragePooling2D(2, padding="same", name=f"{name}_average")(x)
    if x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_channels")(x)
    return layers.Add(name=f"{name}_add")([x, y])
