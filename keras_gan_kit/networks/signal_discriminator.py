"""A residual discriminator of signals."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import Activation, activation_of, integers, sizes_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._residual import score
from keras_gan_kit.networks._seeded import seeded


@seeded
def signal_discriminator(
    signal_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 32, 64, 64),
    blocks: int = 0,
    patch: int = 2,
    units: int = 256,
    activation: Activation = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator of signals, the counterpart of `signal_generator`.

    The network is that of `residual_discriminator` with 1D convolutions. There is no
    normalization, so it works under any gradient penalty.

    Args:
        signal_shape: `(length, channels)`, of any size.
        filters: Channels of each stage, from the largest feature map to the smallest. A convolution
            of stride 2 comes between two stages.
        blocks: Residual blocks in each stage, at least 0.
        patch: Stride of the first convolution, at least 1.
        units: Width of the hidden Dense layer before the score, at least 1.
        activation: Activation of the score: `None` for logits, `"sigmoid"` for probabilities.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from signals `(n, length, channels)` to scores `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the activation is unknown.

    Example:
        >>> signal_discriminator((32, 2), filters=(4, 8)).output_shape
        (None, 1)
    """
    shape = sizes_of("signal_shape", signal_shape, ("length", "channels"))
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=0)
    patch = integer("patch", patch, minimum=1)
    units = integer("units", units, minimum=1)
    activation = activation_of(activation)

    signal = layers.Input(shape, name="signal")
    x = score(signal, stages, blocks, patch, units, kernel=8)
    return keras.Model(signal, as_output(x, activation, "score"), name="discriminator")
