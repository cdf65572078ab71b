"""The class term of a projection discriminator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class LabelProjection(keras.layers.Layer):
    """Computes the inner product of features and a learned class embedding: v_y . f(x).

    Miyato and Koyama 2018 (arXiv 1802.05637, equation 3, the first term).

    A row of conditions weights the embeddings: a one-hot row selects the embedding of its class.

    Args:
        num_classes: Labels are 0 to `num_classes` - 1; of conditions, the length of a row.
        **options: The options of a Keras layer.
    """

    def __init__(self, num_classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_classes = num_classes

    def build(self, input_shape: Any) -> None:
        """Creates an embedding per class, with one number per feature channel."""
        features, _ = input_shape
        self.embeddings = self.add_weight(
            (self.num_classes, features[-1]), initializer="glorot_uniform", name="embeddings"
        )

    def call(self, inputs: Any) -> Any:
        """Maps [features, labels], (n, ..., channels) and (n,) or rows, to (n, ..., 1)."""
        features, labels = inputs
        if len(labels.shape) == 2:
            vectors = ops.matmul(labels, self.embeddings)
        else:
            vectors = ops.take(self.embeddings, labels, axis=0)
        places = (1,) * (len(features.shape) - 2)
        vectors = ops.reshape(vectors, (-1, *places, features.shape[-1]))
        return ops.sum(features * vectors, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns the features' shape with one channel."""
        return (*input_shape[0][:-1], 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}
