"""A discriminator of images with their table rows."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, per_layer, shape_of
from keras_gan_kit.networks._dcgan import shrink
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, table_blocks

_DROPOUT = 0.3


@seeded
def joint_discriminator(
    image_shape: Sequence[int],
    table: Table,
    *,
    filters: Sequence[int] = (64, 128, 256, 256),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = (2, 2, 2, 1),
    table_units: Sequence[int] = (400, 200, 128, 64),
    joint_units: int = 25,
    seed: int | None = None,
) -> keras.Model:
    """Builds a discriminator that scores an image and its table row together.

    The image branch has a convolution, LeakyReLU and Dropout for each entry of `filters`; the table
    branch has a Dense layer, LeakyReLU and Dropout for each entry of `table_units`. A linear Dense
    layer with Dropout joins both. Every Dropout has a rate of 0.3. This is the network of the study
    that `joint_generator` follows: for 200x200 images and 35 columns it has 6,794,939 parameters.
    It has no BatchNormalization, so it also works as a critic under a gradient penalty.

    Because the joint layer is linear, the score is a sum of a score of the image and a score of the
    row. It can't depend on whether they belong together; `joint_residual_discriminator` can.

    Args:
        image_shape: `(height, width, channels)` in pixels, of any size.
        table: The number of columns, or a fitted `TableTransformer`.
        filters: Channels of each convolution, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: Strides of the convolutions, one for all or as many as `filters`.
        table_units: Widths of the Dense layers of the table branch, at least one.
        joint_units: Width of the Dense layer after both branches, at least 1.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

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
    seen = shrink(image, maps, sizes, steps, dropout=_DROPOUT)
    for number, width in enumerate(units, start=1):
        x = layers.Dense(width, name=f"table_dense_{number}")(x)
        x = layers.LeakyReLU(name=f"table_leaky_relu_{number}")(x)
        x = layers.Dropout(_DROPOUT, name=f"table_dropout_{number}")(x)
    x = layers.Concatenate(name="image_and_table")([seen, x])
    # Linear, as in the study.
    x = layers.Dense(joint_units, name="joint_dense")(x)
    x = layers.Dropout(_DROPOUT, name="joint_dropout")(x)
    # Scores stay float32 under mixed precision, because losses take their exponential.
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model({"image": image, "table": row}, score, name="discriminator")
