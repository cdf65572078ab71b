"""The convolutions that the DCGAN and the joint networks share."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from keras import layers

from keras_gan_kit._errors import invalid


def base_size(height: int, width: int, strides: tuple[int, ...]) -> tuple[int, int]:
    """Returns the size of the map that `strides` enlarge to the image's.

    Raises:
        ValueError: If their product does not divide height and width.
    """
    factor = prod(strides)
    if height % factor or width % factor:
        raise invalid(
            "strides",
            received=f"{strides}, which enlarge {factor} times, for an image of {height} x {width}",
            expected=f"strides whose product {factor} divides height and width",
            fix="resize the images or change the strides",
        )
    return height // factor, width // factor


def enlarge(
    x: Any, maps: tuple[int, ...], kernels: tuple[int, ...], strides: tuple[int, ...]
) -> Any:
    """Adds one transposed convolution for each of `maps`, its output channels.

    BatchNormalization and LeakyReLU come between two of them, and none has a bias.
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
    """Adds a convolution, LeakyReLU and Dropout for each of `maps`, and flattens the last.

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
