"""Convolutions of the DCGAN and the joint networks."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from keras import layers

from keras_gan_kit._errors import invalid


def base_size(height: int, width: int, strides: tuple[int, ...]) -> tuple[int, int]:
    """Returns the size of the feature map that `strides` upsample to the image size.

    Raises:
        ValueError: If height and width are not multiples of the product of `strides`.
    """
    factor = prod(strides)
    if height % factor or width % factor:
        raise invalid(
            "strides",
            received=f"{strides}, whose product is {factor}, for {height}x{width} images",
            expected=f"a height and width that are multiples of {factor}",
            fix="resize the images or change the strides",
        )
    return height // factor, width // factor


def enlarge(
    x: Any, maps: tuple[int, ...], kernels: tuple[int, ...], strides: tuple[int, ...]
) -> Any:
    """Adds a transposed convolution without bias for each number of channels in `maps`.

    Between two of them come BatchNormalization and LeakyReLU.
    """
    for number, (target, size, step) in enumerate(
        zip(maps, kernels, strides, strict=True), start=1
    ):
        if number > 1:
            x = layers.BatchNormalization(name=f"batch_normalization_{number - 1}")(x)
            x = layers.LeakyReLU(name=f"leaky_relu_{number - 1}")(x)
        x = layers.Conv2DTranspose(
            target,
            size,
            strides=step,
            padding="same",
            use_bias=False,
            name=f"transposed_convolution_{number}",
        )(x)
    return x


def shrink(
    x: Any,
    maps: tuple[int, ...],
    kernels: tuple[int, ...],
    strides: tuple[int, ...],
    *,
    dropout: float,
    normalized: Callable[[Any], Any] = lambda layer: layer,
) -> Any:
    """Adds a convolution, LeakyReLU and Dropout for each entry of `maps`, then Flatten.

    `normalized` wraps each convolution.
    """
    for number, (target, size, step) in enumerate(
        zip(maps, kernels, strides, strict=True), start=1
    ):
        name = f"convolution_{number}"
        x = normalized(layers.Conv2D(target, size, strides=step, padding="same", name=name))(x)
        x = layers.LeakyReLU(name=f"leaky_relu_{number}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout_{number}")(x)
    return layers.Flatten(name="flatten")(x)
