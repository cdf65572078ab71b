"""Spectral normalization of a layer's weights."""

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
    """Divides the weights of a layer by their largest singular value in every forward pass.

    Miyato et al. 2018 (arXiv 1802.05957). Let W be the weights as a matrix with one row per output
    channel, and u an estimate of its first left singular vector. The layer computes with

        W / sigma,  sigma = |W^T u| / |u|

    Gradients flow through sigma, as in equation 12 of the paper.

    After each update of W by the optimizer, a `GAN` calls `power_step`, which takes one step of the
    power iteration, u <- W W^T u / |W W^T u|. All passes between two updates use the same sigma: on
    real and fake samples, in penalties, in the generator's step and in `evaluate`. u is saved with
    the weights. In a model that is not a `GAN`, call `power_step` after every update.

    The layer of the same name in Keras overwrites its kernel in every training pass. Its gradients
    leave out sigma, each pass of a step uses other weights, and results depend on the backend.

    Args:
        layer: A Dense layer, a convolution, a transposed convolution or an Embedding. Its bias and
            its activation don't change.
        **options: Options of a Keras layer.

    Raises:
        TypeError: If `layer` is of another type.

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
                fix="wrap each layer on its own, for example "
                "SpectralNormalization(keras.layers.Dense(1))",
            )
        super().__init__(layer, **{"dtype": layer.dtype_policy} | options)

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer and initializes u."""
        super().build(input_shape)
        self.u = self.add_weight(
            (self._matrix().shape[0],),
            # An initializer runs once, wherever Keras builds the layer.
            initializer=self._first_direction,
            trainable=False,
            dtype="float32",
            autocast=False,
            aggregation="only_first_replica",
            name="u",
        )

    def call(self, inputs: Any) -> Any:
        """Calls the layer with W / sigma instead of W."""
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
        """Returns the output shape of the layer."""
        return self.layer.compute_output_shape(input_shape)

    def power_step(self) -> None:
        """Updates u by one step of the power iteration."""
        self.u.assign(_power_step(self._matrix(), ops.convert_to_tensor(self.u)))

    def _weight(self) -> Any:
        """Returns the variable to normalize."""
        vectors = isinstance(self.layer, _WITH_VECTORS)
        return self.layer.embeddings if vectors else self.layer.kernel

    def _matrix(self) -> Any:
        """Returns the weights in float32, one row per output channel."""
        weight = ops.cast(self._weight(), "float32")
        channels = -2 if isinstance(self.layer, _TRANSPOSED) else -1
        weight = ops.moveaxis(weight, channels, 0)
        return ops.reshape(weight, (weight.shape[0], -1))

    def _first_direction(self, shape: Any, dtype: Any = None) -> Any:
        # NumPy instead of a random state: equal weights have an equal u on every backend.
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
    # If all weights are zero, keep u.
    return ops.where(norm > 1e-10, direction / norm, u)
