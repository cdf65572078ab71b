"""A LeakyReLU that is cheap to differentiate twice."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class PiecewiseReLU(keras.layers.LeakyReLU):
    """LeakyReLU, written as a product of the inputs and a constant slope.

    Its second derivative is zero, and here that is known when the step is compiled. TensorFlow's
    own LeakyReLU makes tensors of zeros instead, and a gradient penalty then carries them
    backwards through every convolution.

    Args:
        negative_slope: Of negative inputs.
        **options: The options of a Keras layer.
    """

    def call(self, inputs: Any) -> Any:
        """Maps a tensor to one of its shape."""
        slope = ops.where(inputs > 0, 1.0, float(self.negative_slope))
        return inputs * ops.stop_gradient(ops.cast(slope, inputs.dtype))
