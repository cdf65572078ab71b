"""A discriminator of table rows."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit.networks._arguments import integers
from keras_gan_kit.networks._residual import dense
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, centered, table_blocks


@seeded
def table_discriminator(
    table: Table, *, units: Sequence[int] = (256, 256), seed: int | None = None
) -> keras.Model:
    """Builds a discriminator of table rows, the counterpart of `table_generator`.

    It has Dense layers with LeakyReLU (slope 0.2) and no normalization, so it works under any
    gradient penalty.

    Args:
        table: The number of columns, or a fitted `TableTransformer`.
        units: Widths of the hidden layers, at least one.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from rows `(n, columns)` to logits `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> table_discriminator(35).output_shape
        (None, 1)
    """
    columns = table_blocks(table)
    row = layers.Input((sum(width for _, width in columns),), name="table")
    x = centered(row, columns)
    for number, width in enumerate(integers("units", units), start=1):
        x = dense(x, width, f"dense_{number}")
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model(row, score, name="discriminator")
