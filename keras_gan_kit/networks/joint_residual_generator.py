"""A generator that draws a table row, and the image that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import keras
from keras import layers

from keras_gan_kit._integer import integer
from keras_gan_kit.networks._arguments import image_size, integers
from keras_gan_kit.networks._residual import base_size, dense, grow
from keras_gan_kit.networks._table_output import table_blocks, table_output

__all__ = ["joint_residual_generator"]


def joint_residual_generator(
    image_shape: Sequence[int],
    table: Any,
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 32, 16),
    blocks: int = 1,
    table_units: Sequence[int] = (256, 256),
    image_units: Sequence[int] = (256,),
) -> keras.Model:
    image_shape = height, width, channels = image_size(image_shape)
    table_blocks_ = table_blocks(table)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    units = integers("table_units", table_units)
    base = (*base_size(height, width, len(stages)), stages[0])

    latent = x = layers.Input((latent_dim,), name="latent")
    for number, width_of_layer in enumerate(units, start=1):
        x = dense(x, width_of_layer, f"table_dense_{number}")
    row = table_output(x, latent, table_blocks_)
    x = layers.Concatenate(name="latent_and_table")([latent, layers.Rescaling(4.0, -2.0)(row)])
    for number, width_of_layer in enumerate(image_units, start=1):
        x = dense(x, width_of_layer, f"image_dense_{number}")
    initializer = keras.initializers.VarianceScaling(1.0, distribution="untruncated_normal")
    x = layers.Dense(prod(base), kernel_initializer=initializer, name="base")(x)
    x = layers.Reshape(base, name="reshape")(x)
    x = grow(x, stages, blocks, channels)
    image = layers.Activation("tanh", dtype="float32", name="image")(x)
    return keras.Model(latent, {"image": image, "table": row}, name="generator")
