"""The generator of FastGAN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer, number
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded

_EXCITED = 4  # doublings between a feature map and the one that it excites


@seeded
def fastgan_generator(
    image_shape: Sequence[int],
    latent_dim: int = 256,
    *,
    filters: Sequence[int] = (256, 192, 128, 64, 48),
    patch: int = 2,
    activation: Activation = "tanh",
    output_bias: float = 0.0,
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of upsampling and convolutions with skip-layer excitation.

    After Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image
    Synthesis", 2021 (arXiv 2101.04775). A Dense layer makes a small feature map. Each further entry
    of `filters` is a stage that doubles its size: nearest-neighbor upsampling, a 3x3 convolution,
    BatchNormalization and LeakyReLU. From the fifth map on, each is multiplied channel by channel
    by weights in [0, 1] that come from the map a sixteenth of its size (skip-layer excitation,
    section 3.1 of the paper). It suits `projected_discriminator`, and images of any size and shape.

    Deviations from the paper: LeakyReLU in place of gated linear units, which need twice the
    convolutions; no injected noise, so that the latent alone determines the image; in the
    excitation, global average pooling and Dense layers in place of 4x4 pooling and a convolution;
    and the last upsampling is that of a transposed convolution, which halves the time of a step.

    Args:
        image_shape: `(height, width, channels)` in pixels. If a side is not a multiple of
            `patch` * 2^(number of maps - 1), the network draws a larger image and crops it evenly.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each feature map, from the smallest to the largest. The default starts
            at 1/32 of the image's size.
        patch: Upsampling factor of the last convolution, at least 1. With 1, the largest feature
            map has the size of the image.
        activation: Activation of the output. It sets the range of the images: `"tanh"` gives
            [-1, 1].
        output_bias: Initial bias of the last convolution. Use 3.0 for drawings on white paper:
            training then starts from white images. From gray ones, `projected_discriminator` may
            leave black areas that never clear.
        seed: Makes the initial weights repeatable: an integer of at least 0. None draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to images `(n, height, width, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> fastgan_generator((10, 18, 1), latent_dim=4, filters=(8, 8, 4)).output_shape
        (None, 10, 18, 1)
    """
    height, width, channels = shape_of(image_shape)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    maps = integers("filters", filters)
    patch = integer("patch", patch, minimum=1)
    activation = activation_of(activation)
    bias = number(
        "output_bias", output_bias, math.isfinite, expected="a finite number", fix="pass 0.0"
    )
    factor = patch * 2 ** (len(maps) - 1)
    base = (-(-height // factor), -(-width // factor), maps[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = layers.Dense(base[0] * base[1] * base[2], use_bias=False, name="base")(latent)
    x = layers.Reshape(base, name="reshape")(x)
    x = _normalized(x, "base")
    found = [x]
    for stage, filters_of_stage in enumerate(maps[1:], start=1):
        x = layers.UpSampling2D(2, name=f"upsampling_{stage}")(x)
        x = _convolution(filters_of_stage, 3, f"convolution_{stage}")(x)
        x = _normalized(x, f"stage_{stage}")
        if stage >= _EXCITED:
            x = _excited(x, found[stage - _EXCITED], f"excitation_{stage}")
        found.append(x)
    x = _to_image(channels, patch, bias)(x)
    x = _cropped(x, height, width)
    return keras.Model(latent, as_output(x, activation, "image"), name="generator")


def _convolution(filters: int, size: int, name: str) -> Any:
    return layers.Conv2D(filters, size, padding="same", use_bias=False, name=name)


def _normalized(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(name=f"{name}_normalization")(x)
    return layers.LeakyReLU(0.2, name=f"{name}_leaky_relu")(x)


def _excited(x: Any, small: Any, name: str) -> Any:
    """Multiplies the channels of `x` by weights from a smaller map."""
    pooled = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pooling")(small)
    hidden = layers.Dense(x.shape[-1], name=f"{name}_hidden")(pooled)
    hidden = layers.LeakyReLU(0.1, name=f"{name}_leaky_relu")(hidden)
    weights = layers.Dense(x.shape[-1], activation="sigmoid", name=f"{name}_weights")(hidden)
    return layers.Multiply(name=name)([x, weights])


def _to_image(channels: int, patch: int, bias: float) -> Any:
    """Makes `patch` x `patch` pixels of each position, from its 3x3 neighbors."""
    options = {
        "padding": "same",
        "bias_initializer": keras.initializers.Constant(bias),
        "name": "to_image",
    }
    if patch == 1:
        return layers.Conv2D(channels, 3, **options)
    return layers.Conv2DTranspose(channels, 3 * patch, patch, **options)


def _cropped(x: Any, height: int, width: int) -> Any:
    extra = (x.shape[1] - height, x.shape[2] - width)
    if extra == (0, 0):
        return x
    return layers.Cropping2D(tuple((more // 2, more - more // 2) for more in extra), name="crop")(x)
