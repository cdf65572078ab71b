"""A generator that draws an image and its table row."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, per_layer, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._dcgan import base_size, enlarge
from keras_gan_kit.networks._table_output import Table, table_blocks, table_output


def joint_generator(
    image_shape: Sequence[int],
    table: Table,
    latent_dim: int = 100,
    *,
    filters: Sequence[int] = (256, 256, 128, 64),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = (1, 2, 2, 2),
    table_units: Sequence[int] = (400, 200, 128, 64),
) -> keras.Model:
    """Builds a generator of which one latent makes an image and its row of a table.

    The networks of a published study of electrocardiograms and their patients. A Dense layer makes
    a map that both branches start from: the image's is that of `dcgan_generator`, the row's a
    Dense layer, BatchNormalization and LeakyReLU for each entry of `table_units`. For images of
    200 x 200 and 35 columns it has 83,425,819 parameters; 64,000,000 of them lie between the map
    and the first entry of `table_units`.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        table: The number of columns, all within [0, 1], or a fitted `TableTransformer`, whose
            columns then have the activations that they need.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of the base map and of each map after it, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: By how much each layer enlarges, one for all or as many as `filters`.
        table_units: Widths of the hidden layers of the row, at least one.

    Returns:
        A model from latents `(n, latent_dim)` to a dict: `"image"` of shape
        `(n, height, width, channels)` in [-1, 1], and `"table"` `(n, columns)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the image's size is no multiple of the
            product of `strides`.

    Example:
        >>> generator = joint_generator((8, 8, 1), 5, filters=(8, 4), strides=2, table_units=(6,))
        >>> generator.output["image"].shape, generator.output["table"].shape
        ((None, 8, 8, 1), (None, 5))
    """
    height, width, channels = shape_of(image_shape)
    blocks = table_blocks(table)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    maps = integers("filters", filters)
    sizes = per_layer("kernels", kernels, len(maps))
    steps = per_layer("strides", strides, len(maps))
    units = integers("table_units", table_units)
    base = (*base_size(height, width, steps), maps[0])

    latent = layers.Input((latent_dim,), name="latent")
    x = layers.Dense(prod(base), use_bias=False, name="base")(latent)
    x = layers.BatchNormalization(name="batch_normalization_0")(x)
    shared = layers.LeakyReLU(name="leaky_relu_0")(x)
    x = layers.Reshape(base, name="reshape")(shared)
    x = enlarge(x, (*maps[1:], channels), sizes, steps)
    image = as_output(x, "tanh", "image")
    x = shared
    for number, width_of_layer in enumerate(units, start=1):
        x = layers.Dense(width_of_layer, name=f"table_dense_{number}")(x)
        x = layers.BatchNormalization(name=f"table_batch_normalization_{number}")(x)
        x = layers.LeakyReLU(name=f"table_leaky_relu_{number}")(x)
    row = table_output(x, latent, blocks)
    return keras.Model(latent, {"image": image, "table": row}, name="generator")
