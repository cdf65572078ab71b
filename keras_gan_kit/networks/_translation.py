"""Parts of the image-to-image networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type

Normalization = Callable[[str], keras.Layer] | None


def shape_of_any_size(
    image_shape: object, *, multiple_of: int = 1, at_least: int = 1
) -> tuple[int | None, ...]:
    """Returns `(height, width, channels)`, where height and width may be None.

    Raises:
        TypeError: If it is not a sequence of integers.
        ValueError: If there are not three, one is too small, or a size is not a multiple of
            `multiple_of`.
    """
    details = {
        "expected": "(height, width, channels), where height and width may be None",
        "fix": "pass for example image_shape=(None, None, 3)",
    }
    if not isinstance(image_shape, Sequence) or isinstance(image_shape, str):
        raise wrong_type("image_shape", received=repr(image_shape), **details)
    if len(image_shape) != 3 or image_shape[2] is None:
        raise invalid("image_shape", received=repr(image_shape), **details)
    smallest = (at_least, at_least, 1)
    sizes = tuple(
        None if size is None else integer(f"image_shape[{i}]", size, minimum=smallest[i])
        for i, size in enumerate(image_shape)
    )
    if any(size is not None and size % multiple_of for size in sizes[:2]):
        raise invalid(
            "image_shape",
            received=repr(tuple(image_shape)),
            expected=f"a height and a width that are multiples of {multiple_of}",
            fix="pad the images, pass None for both sizes, or use fewer levels",
        )
    return sizes


def normalization_of(name: object) -> Normalization:
    """Returns a function that makes a normalization layer, or None for no normalization.

    Raises:
        ValueError: If the name is unknown.
    """
    if name is None:
        return None
    if name == "batch":
        # Without a scale: a ReLU follows, and the next convolution scales anyway.
        return lambda layer_name: layers.BatchNormalization(scale=False, name=layer_name)
    if name == "instance":
        return lambda layer_name: layers.GroupNormalization(
            groups=-1, epsilon=1e-5, scale=False, name=layer_name
        )
    raise invalid(
        "normalization",
        received=repr(name),
        expected="'batch', 'instance' or None",
        fix="pass None for a critic with a gradient penalty",
    )


def double_convolution(
    x: Any, channels: int, normalize: Normalization, *, name: str, strides: int = 1
) -> Any:
    """Applies two 3x3 convolutions, each with normalization and ReLU; the first may be strided."""
    for number, step in ((1, strides), (2, 1)):
        x = layers.Conv2D(
            channels, 3, strides=step, padding="same", name=f"{name}_convolution_{number}"
        )(x)
        if normalize is not None:
            x = normalize(f"{name}_normalization_{number}")(x)
        x = layers.ReLU(name=f"{name}_relu_{number}")(x)
    return x
