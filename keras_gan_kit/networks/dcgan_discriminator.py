"""The discriminator of a DCGAN."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import true_or_false
from keras_gan_kit.networks._arguments import (
    Activation,
    activation_of,
    dropout_rate,
    integers,
    per_layer,
    shape_of,
)
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._dcgan import shrink
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks.spectral_normalization import SpectralNormalization


@seeded
def dcgan_discriminator(
    image_shape: Sequence[int],
    *,
    filters: Sequence[int] = (64, 128, 256),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = 2,
    dropout: float = 0.3,
    activation: Activation = None,
    spectral_norm: bool = False,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator of strided convolutions, the counterpart of `dcgan_generator`.

    Each entry of `filters` adds a convolution, LeakyReLU and Dropout. Unlike Radford, Metz and
    Chintala (2016) it has Dropout instead of BatchNormalization, so it also works as a critic under
    a gradient penalty.

    Args:
        image_shape: `(height, width, channels)` in pixels, of any size.
        filters: Channels of each convolution, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: Strides of the convolutions, one for all or as many as `filters`.
        dropout: Dropout rate in [0, 1); 0 adds no Dropout layers.
        activation: Activation of the score: `None` for logits, `"sigmoid"` for probabilities.
        spectral_norm: Whether to wrap every layer with weights in `SpectralNormalization`.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to scores `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> dcgan_discriminator((8, 8, 1), filters=(4, 8)).output_shape
        (None, 1)
    """
    shape = shape_of(image_shape)
    maps = integers("filters", filters)
    sizes = per_layer("kernels", kernels, len(maps))
    steps = per_layer("strides", strides, len(maps))
    rate = dropout_rate(dropout)
    activation = activation_of(activation)
    true_or_false("spectral_norm", spectral_norm)

    def normalized(layer: keras.Layer) -> keras.Layer:
        return SpectralNormalization(layer, name=layer.name) if spectral_norm else layer

    image = layers.Input(shape, name="image")
    x = shrink(image, maps, sizes, steps, dropout=rate, normalized=normalized)
    x = normalized(layers.Dense(1, name="logit"))(x)
    score = as_output(x, activation, "score")
    return keras.Model(image, score, name="discriminator")
