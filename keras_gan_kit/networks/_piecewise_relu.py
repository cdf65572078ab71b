"""A LeakyReLU with a cheap second derivative."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class PiecewiseReLU(keras.layers.LeakyReLU):
    """LeakyReLU, computed as the inputs times a constant slope.

    This makes it known at compile time that the second derivative is zero. TensorFlow's own
    LeakyReLU produces tensors of zeros instead, which a gradient penalty then propagates backward
    through every convolution.

    Args:
        negative_slope: The slope for negative inputs.
        **options: The options of a Keras layer.
    """

    def call(self, inputs: Any) -> Any:
        """Applies the activation."""
        slope = ops.where(inputs > 0, 1.0, float(self.negative_slope))
        return inputs * ops.stop_gradient(ops.cast(slope, inputs.dtype))
