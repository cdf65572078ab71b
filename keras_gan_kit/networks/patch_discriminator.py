"""The PatchGAN discriminator."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import true_or_false
from keras_gan_kit.networks._arguments import Activation, activation_of, integers
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._translation import shape_of_any_size


@seeded
def patch_discriminator(
    image_shape: Sequence[int | None],
    *,
    filters: Sequence[int] = (64, 128, 256, 512),
    normalization: bool = True,
    activation: Activation = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator with a score for each patch.

    Isola et al. 2017 (arXiv 1611.07004, appendix 6.1.2): 4x4 convolutions with LeakyReLU (slope
    0.2) and, except after the first, instance normalization. All but the last entry of `filters`
    halve the size. With the default each score sees 70x70 pixels, with (64, 128) it sees 16x16.

    Args:
        image_shape: `(height, width, channels)` in pixels; height and width may be None for
            any size.
        filters: Channels of each convolution, at least one.
        normalization: Whether to use instance normalization. It normalizes each sample on its own,
            so it also works under a gradient penalty.
        activation: Activation of the scores: `None` for logits, `"sigmoid"` for probabilities.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from images `(n, height, width, channels)` to scores `(n, h, w, 1)`, where h and
        w are height and width divided by 2^(len(filters) - 1), rounded up.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> patch_discriminator((32, 32, 1), filters=(4, 8, 8)).output_shape
        (None, 8, 8, 1)
    """
    shape = shape_of_any_size(image_shape)
    maps = integers("filters", filters)
    activation = activation_of(activation)
    normalization = true_or_false("normalization", normalization)
    weights = keras.initializers.RandomNormal(stddev=0.02)
    image = x = layers.Input(shape, name="image")
    for number, channels in enumerate(maps, start=1):
        normalized = normalization and number > 1
        x = layers.Conv2D(
            channels,
            4,
            strides=2 if number < len(maps) else 1,
            padding="same",
            use_bias=not normalized,
            kernel_initializer=weights.clone(),
            name=f"convolution_{number}",
        )(x)
        if normalized:
            name = f"normalization_{number}"
            x = layers.GroupNormalization(groups=-1, epsilon=1e-5, name=name)(x)
        x = layers.LeakyReLU(0.2, name=f"leaky_relu_{number}")(x)
    x = layers.Conv2D(1, 4, padding="same", kernel_initializer=weights.clone(), name="logit")(x)
    score = as_output(x, activation, "score")
    return keras.Model(image, score, name="discriminator")
