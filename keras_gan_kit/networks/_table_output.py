"""The last layer of a generator of table rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import keras
from keras import layers, ops

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import wrong_type
from keras_gan_kit.networks._as_output import as_output

if TYPE_CHECKING:
    from keras_gan_kit.data import TableTransformer

Blocks: TypeAlias = tuple[tuple[str, int], ...]
Table: TypeAlias = "int | TableTransformer"

_ACTIVATIONS = {"sigmoid": ops.sigmoid, "tanh": ops.tanh}
# A distance from 0 and 1 that float32 can represent, so that both logarithms are finite.
_MARGIN = 1e-6


def table_blocks(table: Table) -> Blocks:
    """Returns the blocks of a row: (activation, width) each.

    Args:
        table: A width, all of whose numbers lie in [0, 1], or a fitted `TableTransformer`.

    Raises:
        TypeError: If it is neither.
        ValueError: If it is below 1.
        sklearn.exceptions.NotFittedError: If the transformer has not been fitted.
    """
    if isinstance(table, Integral):
        return (("sigmoid", integer("table", table)),)
    from keras_gan_kit.data import TableTransformer  # which imports scikit-learn

    if isinstance(table, TableTransformer):
        return table.blocks
    raise wrong_type(
        "table",
        received=f"{table!r} of type {type(table).__name__}",
        expected="the number of columns, or a fitted TableTransformer",
        fix="pass table=35, or table=TableTransformer().fit(frame)",
    )


def centered(row: Any, blocks: Blocks) -> Any:
    """Scales every column to a standard deviation of about 2.

    Values in [0, 1] move to [-2, 2]. Numbers within a mode have a standard deviation of 1/4, which
    becomes 2. If it were smaller, categories would dominate, and networks would hardly learn the
    link between these numbers and the image.
    """
    slope = [
        8.0 if activation == "tanh" else 4.0 for activation, width in blocks for _ in range(width)
    ]
    offset = [0.0 if number == 8.0 else -2.0 for number in slope]
    return layers.Rescaling(slope, offset, name="centred_table")(row)


def table_output(x: Any, latent: Any, table: Table) -> Any:
    """Adds the layers that turn hidden features into a row; the last is called `table`.

    Args:
        x: Features `(n, units)`.
        latent: The latents that they come from, `(n, latent_dim)`.
        table: The width of a row, or its transformer, which `row_table` returns.
    """
    blocks = table_blocks(table)
    scores = layers.Dense(sum(width for _, width in blocks), name="table_scores")(x)
    if isinstance(table, int | Integral):
        return as_output(scores, "sigmoid", "table")
    # float32 for the reason that `as_output` gives.
    return TableOutput(blocks, table=table, dtype="float32", name="table")([scores, latent])


def row_table(network: Any) -> TableTransformer | None:
    """Returns the transformer of the rows that a network draws, also of one from a file.

    None if the network draws none, or was built for a number of columns.
    """
    for layer in getattr(network, "layers", ()):
        table = layer.table if isinstance(layer, TableOutput) else row_table(layer)
        if table is not None:
            return table
    return None


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class TableOutput(keras.layers.Layer):
    """Applies an activation to each block of a row: sigmoid, tanh, or sampling of a category.

    Categories are sampled with the Gumbel-softmax of Jang et al. 2017 (arXiv 1611.01144): with
    scores s and Gumbel noise g, softmax((s + g) / temperature) in training, and the one-hot vector
    of the largest s + g otherwise. Unlike in the paper, g is not drawn: each number is the Gumbel
    quantile of one direction of the latent, a standard normal. A latent therefore always gives the
    same row, on every backend and after every resume, and there is no random state to save.

    Args:
        blocks: Pairs of "sigmoid", "tanh" or "softmax" and a width.
        temperature: Above 0; the nearer to 0, the nearer training is to one-hot vectors.
        table: The transformer of the rows, with its constraints, which files keep; or None.
        **options: The options of a Keras layer.
    """

    def __init__(
        self,
        blocks: Sequence[Sequence[Any]],
        temperature: float = 0.2,
        table: TableTransformer | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.table = table
        self.blocks = [[activation, width] for activation, width in blocks]
        self.temperature = temperature

    @property
    def activation(self) -> Any:
        """The activation whose range contains all blocks: tanh if a block uses it, else sigmoid."""
        tanh = any(activation == "tanh" for activation, _ in self.blocks)
        return keras.activations.tanh if tanh else keras.activations.sigmoid

    def build(self, input_shape: Any) -> None:
        """Chooses the directions of the latent that the noise comes from."""
        categories = sum(width for activation, width in self.blocks if activation == "softmax")
        latent_dim = input_shape[1][-1]
        # Independent of each other, as long as there are no more of them than dimensions.
        self.directions = None
        if categories:
            self.directions = self.add_weight(
                (latent_dim, categories),
                initializer="orthogonal",
                trainable=False,
                name="directions",
            )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Maps [scores, latents], `(n, width)` and `(n, latent_dim)`, to rows `(n, width)`."""
        scores, latents = inputs
        if all(activation == "sigmoid" for activation, _ in self.blocks):
            return ops.sigmoid(scores)
        noise = self._noise(latents)
        parts, place, drawn = [], 0, 0
        for activation, width in self.blocks:
            part = scores[:, place : place + width]
            if activation == "softmax":
                part = part + noise[:, drawn : drawn + width]
                drawn += width
                if training:
                    part = ops.softmax(part / self.temperature)
                else:
                    part = ops.one_hot(ops.argmax(part, axis=-1), width, dtype=scores.dtype)
            else:
                part = _ACTIVATIONS[activation](part)
            parts.append(part)
            place += width
        return ops.concatenate(parts, axis=-1)

    def _noise(self, latents: Any) -> Any:
        """Computes the noise of each category from the latents."""
        if self.directions is None:
            return None
        normal = ops.matmul(latents, ops.normalize(self.directions, axis=0))
        probability = 0.5 * (1.0 + ops.erf(normal / math.sqrt(2.0)))
        probability = ops.clip(probability, _MARGIN, 1.0 - _MARGIN)
        return -ops.log(-ops.log(probability))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns the shape of the scores."""
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "blocks": self.blocks,
            "temperature": self.temperature,
            "table": keras.saving.serialize_keras_object(self.table),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Makes the layer again of what `get_config` returned."""
        table = config.get("table")
        if isinstance(table, dict):
            table = keras.saving.deserialize_keras_object(table)
        return cls(**config | {"table": table})
