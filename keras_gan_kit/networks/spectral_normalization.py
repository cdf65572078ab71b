"""Layers that work with weights of spectral norm 1."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from keras_gan_kit._errors import wrong_type
from keras_gan_kit.networks._label_projection import LabelProjection

_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
_WITH_KERNEL = (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D, *_TRANSPOSED)
_WITH_VECTORS = (layers.Embedding, LabelProjection)
_WARM_UP = 16  # power steps on the initial weights
_TINY = 1e-24  # keeps the gradients of weights that are all zero finite


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class SpectralNormalization(layers.Wrapper):
    """Divides a layer's weights by their largest singular value, whenever it works with them.

    Miyato et al. 2018 (arXiv 1802.05957). With W for the weights as a matrix that has a row for
    each output channel, and u for a vector near its first left singular vector, the layer works
    with

        W / sigma,  sigma = |W^T u| / |u|

    and gradients pass through sigma: they are those of the paper's equation 12. A network of such
    layers can hardly be steeper than its activations are.

    u takes one step of the power iteration, u <- W W^T u / |W W^T u|, each time that the optimizer
    has changed W: a `GAN` then calls `power_step`. All passes between two updates have the same
    sigma, on real and on fake samples, in penalties, in the generator's turn and in `evaluate`. u
    is saved with the weights. In a model that is no `GAN`, call `power_step` after every update.

    Keras' own layer of this name overwrites its kernel by the quotient in every training pass:
    gradients leave sigma out, each pass of a step has other weights, and where they are seen
    depends on the backend. Here the weights are the optimizer's alone, and the numbers are the
    same on all backends.

    Args:
        layer: A Dense layer, a convolution, a transposed convolution or an Embedding. Its bias and
            its activation stay as they are.
        **options: The options of a Keras layer.

    Raises:
        TypeError: If `layer` is of another kind.

    Example:
        >>> layer = SpectralNormalization(layers.Dense(2, kernel_initializer="zeros"))
        >>> layer.build((None, 2))
        >>> _ = layer.layer.kernel.assign(np.diag([5.0, 1.0]))
        >>> for _ in range(10):
        ...     layer.power_step()
        >>> ops.convert_to_numpy(layer(np.array([[3.0, 5.0]], "float32"))).round(4).tolist()
        [[3.0, 1.0]]
    """

    layer: Any

    def __init__(self, layer: keras.Layer, **options: Any) -> None:
        if not isinstance(layer, _WITH_KERNEL + _WITH_VECTORS):
            raise wrong_type(
                "layer",
                received=f"{layer!r} of type {type(layer).__name__}",
                expected="a Dense layer, a convolution, a transposed convolution or an Embedding",
                fix="wrap the layers of weights one by one: "
                "SpectralNormalization(keras.layers.Dense(1))",
            )
        super().__init__(layer, **{"dtype": layer.dtype_policy} | options)

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer, and u for its initial weights."""
        super().build(input_shape)
        self.u = self.add_weight(
            (self._matrix().shape[0],),
            # In the initializer, which Keras runs once, wherever the layer is built.
            initializer=self._first_direction,
            trainable=False,
            dtype="float32",
            autocast=False,
            aggregation="only_first_replica",
            name="u",
        )

    def call(self, inputs: Any) -> Any:
        """Does what the layer does, with W / sigma in the place of W."""
        matrix = self._matrix()
        u = ops.convert_to_tensor(self.u)
        sigma = _norm(ops.matmul(u, matrix)) / _norm(u)
        weight = self._weight()

        def values(variables: list[Any]) -> list[Any]:
            found = [ops.convert_to_tensor(variable) for variable in variables]
            return [
                value / ops.cast(sigma, value.dtype) if variable is weight else value
                for variable, value in zip(variables, found, strict=True)
            ]

        outputs, _ = self.layer.stateless_call(
            values(self.layer.trainable_variables),
            values(self.layer.non_trainable_variables),
            inputs,
        )
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the layer's."""
        return self.layer.compute_output_shape(input_shape)

    def power_step(self) -> None:
        """Brings u nearer to the first left singular vector of the weights as they are now."""
        self.u.assign(_power_step(self._matrix(), ops.convert_to_tensor(self.u)))

    def _weight(self) -> Any:
        """The variable that is divided."""
        vectors = isinstance(self.layer, _WITH_VECTORS)
        return self.layer.embeddings if vectors else self.layer.kernel

    def _matrix(self) -> Any:
        """The weights in float32: a row for each output channel."""
        weight = ops.cast(self._weight(), "float32")
        channels = -2 if isinstance(self.layer, _TRANSPOSED) else -1
        weight = ops.moveaxis(weight, channels, 0)
        return ops.reshape(weight, (weight.shape[0], -1))

    def _first_direction(self, shape: Any, dtype: Any = None) -> Any:
        # No random state: the same weights have the same u on every backend.
        u = ops.convert_to_tensor(np.random.default_rng(0).normal(size=shape), dtype)
        matrix = self._matrix()
        for _ in range(_WARM_UP):
            u = _power_step(matrix, u)
        return u


def _norm(vector: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(vector)) + _TINY)


def _power_step(matrix: Any, u: Any) -> Any:
    v = ops.matmul(u, matrix)
    direction = ops.matmul(matrix, v / _norm(v))
    norm = _norm(direction)
    # Of weights that are all zero, every direction is the first.
    return ops.where(norm > 1e-10, direction / norm, u)
