"""A residual discriminator of images and their table rows, without normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._integer import integer
from keras_gan_kit.networks._arguments import image_size, integers
from keras_gan_kit.networks._residual import dense, shrink
from keras_gan_kit.networks._table_output import table_blocks

__all__ = ["joint_residual_discriminator"]


def joint_residual_discriminator(
    image_shape: Sequence[int],
    table: Any,
    *,
    filters: Sequence[int] = (16, 32, 64),
    blocks: int = 1,
    table_units: Sequence[int] = (256, 256),
    joint_units: Sequence[int] = (256,),
) -> keras.Model:
    image_shape = image_size(image_shape)
    columns = sum(width for _, width in table_blocks(table))
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    units = integers("table_units", table_units)

    image = layers.Input(image_shape, name="image")
    row = layers.Input((columns,), name="table")
    x = layers.Rescaling(4.0, -2.0)(row)
    for number, width in enumerate(units, start=1):
        x = dense(x, width, f"table_dense_{number}")
    y = shrink(image, stages, blocks)
    y = layers.Dense(joint_units[0], name="image_features")(y)
    x = layers.Concatenate(name="image_and_table")([y, x])
    for number, width in enumerate(joint_units, start=1):
        x = dense(x, width, f"joint_dense_{number}")
    score = layers.Dense(1, dtype="float32", name="score")(x)
    return keras.Model({"image": image, "table": row}, score, name="discriminator")
