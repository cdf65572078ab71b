"""A discriminator that judges an image and its table row together."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, per_layer, shape_of
from keras_gan_kit.networks._dcgan import shrink
from keras_gan_kit.networks._table_output import Table, table_blocks


def joint_discriminator(
    image_shape: Sequence[int],
    table: Table,
    *,
    filters: Sequence[int] = (64, 128, 256, 256),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = (2, 2, 2, 1),
    table_units: Sequence[int] = (400, 200, 128, 64),
    joint_units: int = 25,
) -> keras.Model:
    """Builds the counterpart of `joint_generator`: two branches that one Dense layer joins.

    The image's branch is that of `dcgan_discriminator`, Dropout included; the row's has a Dense
    layer and LeakyReLU for each entry of `table_units`. For images of 200 x 200 and 35 columns it
    has 6,794,939 parameters. There is no BatchNormalization, so it may serve as a critic under a
    gradient penalty.

    Args:
        image_shape: `(height, width, channels)` in pixels, of any size.
        table: The number of columns, or a fitted `TableTransformer`.
        filters: Channels of each convolution, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: By how much each convolution shrinks its input (rounded up), one for all or as
            many as `filters`.
        table_units: Widths of the hidden layers of the row, at least one.
        joint_units: Width of the layer that sees both, at least 1.

    Returns:
        A model from a dict of `"image"` `(n, height, width, channels)` and `"table"`
        `(n, columns)` to logits `(n, 1)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> joint_discriminator((8, 8, 1), 5, filters=(4, 8), strides=2).output_shape
        (None, 1)
    """
    shape = shape_of(image_shape)
    columns = sum(width for _, width in table_blocks(table))
    maps = integers("filters", filters)
    sizes = per_layer("kernels", kernels, len(maps))
    steps = per_layer("strides", strides, len(maps))
    units = integers("table_units", table_units)
    joint_units = integer("joint_units", joint_units, minimum=1)

    image = layers.Input(shape, name="image")
    row = x = layers.Input((columns,), name="table")
    seen = shrink(image, maps, sizes, steps, dropout=0.3)
    for number, width in enumerate(units, start=1):
        x = layers.Dense(width, name=f"table_dense_{number}")(x)
        x = layers.LeakyReLU(name=f"table_leaky_relu_{number}")(x)
    x = layers.Concatenate(name="image_and_table")([seen, x])
    x = layers.Dense(joint_units, name="joint_dense")(x)
    x = layers.LeakyReLU(name="joint_leaky_relu")(x)
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model({"image": image, "table": row}, score, name="discriminator")
