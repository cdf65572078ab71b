"""A residual generator of table rows and the images that belong to them."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit.networks._arguments import integers, shape_of
from keras_gan_kit.networks._as_output import as_output
from keras_gan_kit.networks._inverse_square_root import inverse_square_root
from keras_gan_kit.networks._residual import base_size, dense, grow, smallest_map
from keras_gan_kit.networks._seeded import seeded
from keras_gan_kit.networks._table_output import Table, centered, table_blocks, table_output


@seeded
def joint_residual_generator(
    image_shape: Sequence[int],
    table: Table,
    latent_dim: int = 64,
    *,
    filters: Sequence[int] = (64, 32, 16),
    blocks: int = 1,
    table_units: Sequence[int] = (256, 256),
    joint_units: int = 256,
    seed: int | None = None,
) -> keras.Model:
    """Builds a residual generator of images with their table rows, for `RelativisticGAN`.

    In `joint_generator` the branches split after the first layer, so each has to learn what image
    and row have in common. Here Dense layers with LeakyReLU (slope 0.2) generate the row first, and
    a residual network generates the image from the latents and the row. There is no normalization.

    Args:
        image_shape: `(height, width, channels)` in pixels; height and width are multiples of
            2^(number of stages - 1).
        table: The number of columns, all in [0, 1], or a fitted `TableTransformer`, whose columns
            set the activations of the output.
        latent_dim: Length of the latent vector, at least 1.
        filters: Channels of each stage, from the smallest feature map to the image size.
        blocks: Residual blocks in each stage, at least 1.
        table_units: Widths of the Dense layers of the table branch, at least one.
        joint_units: Width of the Dense layer that takes latents and row, at least 1.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from latents `(n, latent_dim)` to a dict: `"image"` of shape
        `(n, height, width, channels)` in [-1, 1], and `"table"` `(n, columns)`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range, or the image size is not such a multiple.

    Example:
        >>> generator = joint_residual_generator((8, 8, 1), 5, filters=(8, 4))
        >>> generator.output["image"].shape, generator.output["table"].shape
        ((None, 8, 8, 1), (None, 5))
    """
    height, width, channels = shape_of(image_shape)
    columns = table_blocks(table)
    latent_dim = integer("latent_dim", latent_dim, minimum=1)
    stages = integers("filters", filters)
    blocks = integer("blocks", blocks, minimum=1)
    units = integers("table_units", table_units)
    joint_units = integer("joint_units", joint_units, minimum=1)
    base = (*base_size((height, width), len(stages)), stages[0])

    latent = x = layers.Input((latent_dim,), name="latent")
    for number, width_of_layer in enumerate(units, start=1):
        x = dense(x, width_of_layer, f"table_dense_{number}")
    row = table_output(x, latent, table)
    x = layers.Concatenate(name="latent_and_table")([latent, centered(row, columns)])
    x = dense(x, joint_units, "joint_dense")
    x = smallest_map(x, base)
    x = grow(x, stages, blocks, channels)
    image = as_output(x, inverse_square_root, "image")
    return keras.Model(latent, {"image": image, "table": row}, name="generator")
