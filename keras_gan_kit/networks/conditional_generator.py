"""Any generator as one that is told a class."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type


def conditional_generator(
    generator: keras.Model, num_classes: int, *, embedding_dim: int = 16
) -> keras.Model:
    """Makes a generator of classes of one that knows none.

    Each class has a learnt vector, which is appended to the latent; the generator takes both for
    its latent. Networks made of the same `generator` share its weights.

    Args:
        generator: Maps vectors of length latent_dim + `embedding_dim` to samples.
        num_classes: Labels are 0 to `num_classes` - 1.
        embedding_dim: The length of a class's vector, at least 1.

    Returns:
        A model from [latents, labels], `(n, latent_dim)` and integers `(n,)`, to samples.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range, or `generator` takes no longer vector.

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
            expected=f"one for vectors (None, latent_dim + {embedding_dim}): latents, and "
            "`embedding_dim` numbers for the class",
            fix=f"build it with latent_dim=100 + {embedding_dim}, or lower `embedding_dim`",
        )
    latent = layers.Input((length - embedding_dim,), name="latent")
    label = layers.Input((), dtype="int32", name="label")
    # As large as the latent's own numbers, so that classes differ from the first step on.
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
