"""A conditional generator around any generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.networks._conditioned_row import with_conditioned_row
from keras_gan_kit.networks._known_conditions import known_conditions
from keras_gan_kit.networks._seeded import seeded

if TYPE_CHECKING:
    from keras_gan_kit.data import TableTransformer


@seeded
def conditional_generator(
    generator: keras.Model,
    num_classes: int | None = None,
    *,
    conditions: TableTransformer | None = None,
    embedding_dim: int = 16,
    table: TableTransformer | None = None,
    seed: int | None = None,
) -> keras.Model:
    """Builds a conditional generator around an unconditional one.

    A learned class embedding, or a learned linear projection of the conditions, is concatenated to
    the latents, and `generator` takes both as its latents. The result shares the weights of
    `generator`. If it draws table rows, their columns that are conditions have the given values.

    Args:
        generator: Maps vectors of length latent_dim + `embedding_dim` to samples.
        num_classes: Labels are 0 to `num_classes` - 1.
        conditions: A `TableTransformer`, fitted on the columns to condition on, in place of
            `num_classes`.
        embedding_dim: The length of a class embedding or of projected conditions, at least 1.
        table: The `TableTransformer` of the rows that `generator` draws. None for the one that it
            was built with, which builders of this package remember.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from [latents, labels], `(n, latent_dim)` and integers `(n,)`, to samples; or from
        [latents, conditions], the latter as `ConditionalGAN.encode_conditions` returns them.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, the input of `generator` is too short, both or none
            of `num_classes` and `conditions` are given, or a row can't have the given values.

    Example:
        >>> from keras_gan_kit import networks
        >>> inner = networks.dense_generator((8, 8, 1), latent_dim=100 + 16, units=(16,))
        >>> conditional_generator(inner, num_classes=10).input_shape
        [(None, 100), (None,)]
    """
    rows = known_conditions(num_classes, conditions)
    embedding_dim = integer("embedding_dim", embedding_dim)
    shape = _input_shape(generator)
    length = shape[1] if len(shape) == 2 else None
    if length is None or length <= embedding_dim:
        raise invalid(
            "generator",
            received=f"a network for inputs of shape {shape}",
            expected=f"a network for inputs (None, latent_dim + {embedding_dim}): the latents and "
            "the class embedding",
            fix=f"build it with latent_dim=100 + {embedding_dim}, or lower `embedding_dim`",
        )
    latent = layers.Input((length - embedding_dim,), name="latent")
    # The scale of the latents, so that classes differ from the first step on.
    spread = keras.initializers.RandomNormal(stddev=1.0)
    if rows is None:
        label = layers.Input((), dtype="int32", name="label")
        embedding = layers.Embedding(
            num_classes, embedding_dim, embeddings_initializer=spread, name="label_embedding"
        )(label)
    else:
        label = layers.Input((rows.width,), name="condition")
        embedding = layers.Dense(
            embedding_dim, use_bias=False, kernel_initializer=spread, name="condition_embedding"
        )(label)
    both = layers.Concatenate(name="latent_and_label")([latent, embedding])
    samples = generator(both)
    if rows is not None:
        samples = with_conditioned_row(samples, label, rows, generator, table)
    return keras.Model([latent, label], samples, name="conditional_generator")


def _input_shape(generator: keras.Model) -> tuple[int | None, ...]:
    if not isinstance(generator, keras.Model):
        raise wrong_type(
            "generator",
            received=f"{generator!r} of type {type(generator).__name__}",
            expected="a keras.Model from latents to samples",
            fix="build one with keras_gan_kit.networks",
        )
    inputs: list[Any] = getattr(generator, "inputs", None) or []
    return tuple(inputs[0].shape) if len(inputs) == 1 else ()
