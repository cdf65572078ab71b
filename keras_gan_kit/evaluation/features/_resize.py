"""Resizes images, identically on every backend."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.evaluation.samples._image_arrays import resizing


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Resize(keras.Layer):
    """Resizes images as Pillow does, bilinearly and with antialiasing.

    It multiplies by two matrices, because XLA on TensorFlow can't compile `keras.layers.Resizing`
    with antialiasing.

    Args:
        height: The height of the output in pixels.
        width: The width of the output in pixels.
    """

    def __init__(self, height: int, width: int, **options: Any) -> None:
        super().__init__(**{"dtype": "float32", **options})
        self.height = height
        self.width = width

    def call(self, images: Any) -> Any:
        """Maps (batch, h, w, channels) to (batch, height, width, channels)."""
        rows, columns = images.shape[1:3]
        x = ops.einsum("hr,brwc->bhwc", resizing(rows, self.height), images)
        return ops.einsum("wr,bhrc->bhwc", resizing(columns, self.width), x)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "height": self.height, "width": self.width}
