"""A conditional generator around any generator."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.networks._seeded import seeded


@seeded
def conditional_generator(
    generator: keras.Model,
    num_classes: int,
    *,
    embedding_dim: int = 16,
    seed: int | None = None,
) -> keras.Model:
    """Builds a class-conditional generator around an unconditional one.

    A learned class embedding is concatenated to the latents, and `generator` takes both as its
    latents. The result shares the weights of `generator`.

    Args:
        generator: Maps vectors of length latent_dim + `embedding_dim` to samples.
        num_classes: Labels are 0 to `num_classes` - 1.
        embedding_dim: The length of a class embedding, at least 1.
        seed: Makes the initial weights and Dropout masks repeatable: an integer of at least 0. None
            draws new ones.

    Returns:
        A model from [latents, labels], `(n, latent_dim)` and integers `(n,)`, to samples.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, or the input of `generator` is too short.

    Example:
        >>> from keras_gan_kit import networks
        >>> inner = networks.dense_generator((8, 8, 1), latent_dim=100 + 16, units=(16,))
        >>> conditional_generator(inner, num_classes=10).input_shape
        [(None, 100), (None,)]
    """
    num_classes = integer("num_classes", num_classes)
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
    label = layers.Input((), dtype="int32", name="label")
    # The scale of the latents, so that classes differ from the first step on.
    spread = keras.initializers.RandomNormal(stddev=1.0)
    embedding = layers.Embedding(
        num_classes, embedding_dim, embeddings_initializer=spread, name="label_embedding"
    )(label)
    both = layers.Concatenate(name="latent_and_label")([latent, embedding])
    return keras.Model([latent, label], generator(both), name="conditional_generator")


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
