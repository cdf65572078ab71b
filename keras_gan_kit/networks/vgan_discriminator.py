"""The discriminators of V-GAN, for pixels, patches or whole images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import layers

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit.networks._arguments import Activation, activation_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._translation import (
    Normalization,
    double_convolution,
    normalization_of,
    shape_of_any_size,
)

# By kind, the strides of each level, which doubles the channels; all levels but the last pool.
_LEVELS = {"pixel": (), "patch1": (2, 1, 1), "patch2": (2, 2, 1, 1, 1), "image": (2, 2, 1, 1, 1)}
_SMALLEST = {"pixel": 1, "patch1": 8, "patch2": 64, "image": 64}


@seeded
def vgan_discriminator(
    image_shape: Sequence[int | None],
    mask_channels: int = 1,
    *,
    filters: int = 32,
    kind: Literal["pixel", "patch1", "patch2", "image"] = "image",
    normalization: str | None = "batch",
    activation: Activation = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator of pairs of an image and a mask.

    Son et al. 2017 (arXiv 1706.09318, section 2.2). For 640x640 pixels, "pixel" has 640x640 scores,
    "patch1" 80x80, "patch2" 10x10 and "image" one. The paper's networks end in a sigmoid; here the
    scores are logits unless you pass `activation`. "pixel" has no normalization, as in the paper.

    Pass `normalization=None` for WGAN-GP: a gradient penalty is per sample, BatchNormalization
    mixes the samples of a batch, and `compile` raises an error. (The published WGAN-GP script
    combines both.)

    Args:
        image_shape: `(height, width, channels)` of the image in pixels; sizes are at least 8 for
            "patch1", 64 for "patch2" and "image"; None for any such size.
        mask_channels: Channels of the mask, at least 1.
        filters: Channels of the first level, at least 1.
        kind: What each score covers: `"pixel"`, `"patch1"`, `"patch2"` or `"image"`.
        normalization: `"batch"`, `"instance"` (each sample on its own), or None.
        activation: Activation of the scores: None for logits, `"sigmoid"` for probabilities.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from `[image, mask]`, `(n, height, width, channels)` and `(n, height, width,
        mask_channels)`, to scores `(n, h, w, 1)`, or `(n, 1)` for "image", float32.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or a name is unknown.

    Example:
        >>> vgan_discriminator((64, 64, 3), filters=4, kind="patch1").output_shape
        (None, 8, 8, 1)
        >>> vgan_discriminator((None, None, 3), filters=4).output_shape
        (None, 1)
    """
    one_of("kind", kind, tuple(_LEVELS))
    shape = shape_of_any_size(image_shape, at_least=_SMALLEST[kind])
    mask_shape = (*shape[:2], integer("mask_channels", mask_channels))
    filters = integer("filters", filters)
    activation = activation_of(activation)
    normalize = normalization_of(normalization)
    image, mask = layers.Input(shape, name="image"), layers.Input(mask_shape, name="mask")
    x = layers.Concatenate(name="pair")([image, mask])
    x = _pixels(x, filters) if kind == "pixel" else _levels(x, filters, _LEVELS[kind], normalize)
    if kind == "image":
        x = layers.GlobalAveragePooling2D(name="mean")(x)
        x = layers.Dense(1, name="logit")(x)
    else:
        x = layers.Conv2D(1, 1, name="logit")(x)
    score = as_output(x, activation, "score")
    return keras.Model([image, mask], score, name="discriminator")


def _pixels(x: Any, filters: int) -> Any:
    for number in range(3):
        x = layers.Conv2D(filters * 2**number, 3, padding="same", name=f"convolution_{number + 1}")(
            x
        )
        x = layers.LeakyReLU(0.2, name=f"leaky_relu_{number + 1}")(x)
    return x


def _levels(x: Any, filters: int, strides: tuple[int, ...], normalize: Normalization) -> Any:
    for level, step in enumerate(strides):
        name = f"level_{level + 1}"
        x = double_convolution(x, filters * 2**level, normalize, name=name, strides=step)
        if level + 1 < len(strides):
            x = layers.MaxPooling2D(name=f"{name}_pool")(x)
    return x
