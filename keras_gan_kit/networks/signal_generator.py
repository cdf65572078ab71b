"""A residual generator of signals."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, sizes_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._inverse_square_root import inverse_square_root
from keras_gan_kit.networks._residual import base_size, dense, grow, smallest_map
from keras_gan_kit.networks._seeded import seeded


@seeded
def signal_generator(
    signal_shape: Sequence[int],
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 64, 32, 32),
    blocks: int = 1,
    patch: int = 2,
    units: int = 256,
    activation: Activation = inverse_square_root,
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of signals such as electrocardiograms, for `RelativisticGAN`.

    The network is that of `residual_generator` with 1D convolutions of size 9, and with
    upsampling by repetition. There is no normalization.

    Args:
        signal_shape: `(length, channels)`; the length is a multiple of
            `patch` * 2^(number of stages - 1).
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each stage, from the smallest feature map to the largest.
        blocks: Residual blocks in each stage, at least 0.
        patch: Upsampling factor before the last convolution, at least 1.
        units: Width of the hidden Dense layer, at least 1.
        activation: Activation of the output. It sets the range of the signals: the default,
            `"tanh"` and `"softsign"` give [-1, 1], None gives no bounds.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to signals `(n, length, channels)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, a size is not such a multiple, or the activation
            is unknown.

    Example:
        >>> signal_generator((32, 2), latent_dim=4, filters=(8, 4)).output_shape
        (None, 32, 2)
    """
    *sizes, channels = sizes_of("signal_shape", signal_shape, ("length", "channels"))
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=0)
    patch = integer("patch", patch, minimum=1)
    units = integer("units", units, minimum=1)
    activation = activation_of(activation)
    base = (*base_size(tuple(sizes), len(stages), patch), stages[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = smallest_map(dense(latent, units, "hidden"), base)
    x = grow(x, stages, blocks, channels, patch)
    signal = as_output(x, activation, "signal")
    return keras.Model(latent, signal, name="generator")
