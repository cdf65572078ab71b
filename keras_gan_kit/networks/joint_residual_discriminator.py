"""A residual discriminator of images with their table rows."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, shape_of
from keras_gan_kit.networks._residual import dense, shrink
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, centered, table_blocks


@seeded
def joint_residual_discriminator(
    image_shape: Sequence[int],
    table: Table,
    *,
    filters: Sequence[int] = (16, 32, 64),
    blocks: int = 1,
    table_units: Sequence[int] = (256, 256),
    joint_units: int = 256,
    seed: int | None = None,
) -> keras.Model:
    """Builds a residual discriminator, the counterpart of `joint_residual_generator`.

    The image branch has residual blocks in each stage and average pooling between stages. The table
    branch has a Dense layer and LeakyReLU (slope 0.2) for each entry of `table_units`. A Dense
    layer joins both. There is no normalization, so it works under any gradient penalty.

    Args:
        image_shape: `(height, width, channels)` in pixels, of any size.
        table: The number of columns, or a fitted `TableTransformer`.
        filters: Channels of each stage, from the image size to the smallest feature map.
        blocks: Residual blocks in each stage, at least 1.
        table_units: Widths of the Dense layers of the table branch, at least one.
        joint_units: The number of image features, and the width of the Dense layer after both
            branches, at least 1.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from a dict of `"image"` `(n, height, width, channels)` and `"table"`
        `(n, columns)` to logits `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> joint_residual_discriminator((8, 8, 1), 5, filters=(4, 8)).output_shape
        (None, 1)
    """
    image_shape = shape_of(image_shape)
    columns = table_blocks(table)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    units = integers("table_units", table_units)
    joint_units = integer("joint_units", joint_units, minimum=1)

    image = layers.Input(image_shape, name="image")
    row = layers.Input((sum(width for _, width in columns),), name="table")
    x = centered(row, columns)
    for number, width in enumerate(units, start=1):
        x = dense(x, width, f"table_dense_{number}")
    seen = shrink(image, stages, blocks)
    # Few features, so that the row counts as much as the image.
    seen = layers.Dense(joint_units, name="image_features")(seen)
    x = layers.Concatenate(name="image_and_table")([seen, x])
    x = dense(x, joint_units, "joint_dense")
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model({"image": image, "table": row}, score, name="discriminator")
