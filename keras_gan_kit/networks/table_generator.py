"""A generator of table rows."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers
from keras_gan_kit.networks._residual import dense
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, table_blocks, table_output


@seeded
def table_generator(
    table: Table,
    latent_dim: int = 64,
    *,
    units: Sequence[int] = (256, 256),
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator of table rows, for `RelativisticGAN`.

    It has Dense layers with LeakyReLU (slope 0.2) and no normalization. The columns set the
    activations of the output.

    Args:
        table: The number of columns, all in [0, 1], or a fitted `TableTransformer`.
        latent_dim: Length of the latent vector, at least 1.
        units: Widths of the hidden layers, at least one.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to rows `(n, columns)`, which
        `TableTransformer.inverse_transform` turns into a table.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> table_generator(35).output_shape
        (None, 35)
    """
    table_blocks(table)  # checks it
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    latent = x = layers.Input((latent_dim,), name="latent")
    for number, width in enumerate(integers("units", units), start=1):
        x = dense(x, width, f"dense_{number}")
    return keras.Model(latent, table_output(x, latent, table), name="generator")
