"""Padding by reflection."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ReflectionPadding(keras.layers.Layer):
    """Pads images by reflection, which avoids the dark frame of zero padding.

    Args:
        size: The pixels to add on each side, fewer than the height and the width.
        **options: The options of a Keras layer.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def call(self, images: Any) -> Any:
        """Pads images (n, height, width, channels)."""
        around = (self.size, self.size)
        return ops.pad(images, ((0, 0), around, around, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns the padded shape."""
        number, height, width, channels = input_shape
        grown = (side and side + 2 * self.size for side in (height, width))
        return (number, *grown, channels)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "size": self.size}
