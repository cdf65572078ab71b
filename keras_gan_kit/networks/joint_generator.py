"""A generator of images with their table rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, per_layer, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._dcgan import base_size, enlarge
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, table_blocks, table_output


@seeded
def joint_generator(
    image_shape: Sequence[int],
    table: Table,
    latent_dim: int = 100,
    *,
    filters: Sequence[int] = (256, 256, 128, 64),
    kernels: int | Sequence[int] = 5,
    strides: int | Sequence[int] = (1, 2, 2, 2),
    table_units: Sequence[int] = (400, 200, 128, 64),
    seed: int | None = None,
) -> keras.Model:
    """Builds a generator that maps each latent vector to an image and its table row.

    This is the network of a published study of electrocardiograms and their patients. Both branches
    start from the output of one Dense layer. The image branch is that of `dcgan_generator`. The
    table branch has a Dense layer, BatchNormalization and LeakyReLU for each entry of
    `table_units`. For 200x200 images and 35 columns it has 83,425,819 parameters; 64,000,000 of
    them are in the first layer of the table branch.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        table: The number of columns, all in [0, 1], or a fitted `TableTransformer`, whose columns
            set the activations of the output.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each feature map, from the smallest to the largest, at least one.
        kernels: Kernel sizes in pixels, one for all or as many as `filters`.
        strides: Strides of the convolutions, one for all or as many as `filters`.
        table_units: Widths of the Dense layers of the table branch, at least one.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to a dict: `"image"` of shape
        `(n, height, width, channels)` in [-1, 1], and `"table"` `(n, columns)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the image size is not a multiple of the
            product of `strides`.

    Example:
        >>> generator = joint_generator((8, 8, 1), 5, filters=(8, 4), strides=2, table_units=(6,))
        >>> generator.output["image"].shape, generator.output["table"].shape
        ((None, 8, 8, 1), (None, 5))
    """
    height, width, channels = shape_of(image_shape)
    table_blocks(table)  # checks it
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
    row = table_output(x, latent, table)
    return keras.Model(latent, {"image": image, "table": row}, name="generator")
