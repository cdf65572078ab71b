"""The last activation of the residual generator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["LeakyClip"]

_SLOPE = 0.1


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class LeakyClip(keras.layers.Layer):
    """Clips to [-1, 1]; in training it leaves a tenth of what lies beyond.

    Without normalisation, the first steps of Adam take a generator far beyond the range of images,
    all pixels to the darker side where most of the data is dark. There tanh has no gradient left to
    come back by; this has.
    """

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Maps a tensor to one of its shape."""
        clipped = ops.clip(inputs, -1.0, 1.0)
        return clipped + _SLOPE * (inputs - clipped) if training else clipped
