"""A discriminator of table rows."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit.networks._arguments import integers
from keras_gan_kit.networks._residual import dense
from keras_gan_kit.networks._table_output import Table, centred, table_blocks


def table_discriminator(table: Table, *, units: Sequence[int] = (256, 256)) -> keras.Model:
    """Builds the counterpart of `table_generator`: Dense layers with LeakyReLU 0.2.

    Having no normalisation, it may serve under any gradient penalty.

    Args:
        table: The number of columns, or a fitted `TableTransformer`.
        units: Widths of the hidden layers, at least one.

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
    x = centred(row, columns)
    for number, width in enumerate(integers("units", units), start=1):
        x = dense(x, width, f"dense_{number}")
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model(row, score, name="discriminator")
