"""Validates the arguments of network builders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

import keras

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import explain, invalid, wrong_type

Activation: TypeAlias = str | Callable[..., Any] | None


def shape_of(image_shape: object) -> tuple[int, int, int]:
    """Returns the image shape as `(height, width, channels)`.

    Raises:
        TypeError: If it is not a sequence of integers.
        ValueError: If there are not three, or one is below 1.
    """
    side = image_shape if isinstance(image_shape, int) else 28
    message = explain(
        "image_shape",
        received=repr(image_shape),
        expected="three integers (height, width, channels)",
        fix=f"pass for example ({side}, {side}, 1), or 3 channels for color images",
    )
    if not isinstance(image_shape, Sequence) or isinstance(image_shape, str):
        raise TypeError(message)
    if len(image_shape) != 3:
        raise ValueError(message)
    height, width, channels = integers("image_shape", image_shape)
    return height, width, channels


def sizes_of(argument: str, shape: object, names: tuple[str, ...]) -> tuple[int, ...]:
    """Validates a shape: one positive integer for each of `names`.

    Raises:
        TypeError: If it is not a sequence of integers.
        ValueError: If it has another length, or a size is below 1.
    """
    details = {
        "received": repr(shape),
        "expected": f"{len(names)} integers ({', '.join(names)})",
        "fix": f"pass for example ({', '.join(['64'] * (len(names) - 1))}, 1)",
    }
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        raise wrong_type(argument, **details)
    if len(shape) != len(names):
        raise invalid(argument, **details)
    return integers(argument, shape)


def integers(argument: str, values: object) -> tuple[int, ...]:
    """Returns a non-empty sequence of positive integers as a tuple.

    Raises:
        TypeError: If it is not a sequence of integers.
        ValueError: If it is empty, or one is below 1.
    """
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) == 0:
        kind = ValueError if isinstance(values, (list, tuple)) else TypeError
        raise kind(
            explain(
                argument,
                received=repr(values),
                expected="a sequence of one or more positive integers",
                fix=f"pass for example {argument}=(64, 128)",
            )
        )
    return tuple(integer(f"{argument}[{i}]", value, minimum=1) for i, value in enumerate(values))


def per_layer(argument: str, values: object, count: int) -> tuple[int, ...]:
    """Returns one positive integer per layer, from an integer or a sequence.

    Raises:
        TypeError: If it is neither an integer nor a sequence of integers.
        ValueError: If their number is not `count`, or one is below 1.
    """
    if not isinstance(values, Sequence):
        return (integer(argument, values, minimum=1),) * count
    sizes = integers(argument, values)
    if len(sizes) != count:
        raise invalid(
            argument,
            received=f"{values!r}, {len(sizes)} integers",
            expected=f"one integer, or a sequence of {count}, as long as `filters`",
            fix="pass one integer for all layers, or one per layer",
        )
    return sizes


def dropout_rate(dropout: object) -> float:
    """Validates a Dropout rate.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is outside [0, 1).
    """
    return number(
        "dropout",
        dropout,
        lambda rate: 0.0 <= rate < 1.0,
        expected="a number in [0, 1)",
        fix="pass for example dropout=0.3, or 0 for none",
    )


def activation_of(activation: Activation) -> Activation:
    """Validates an activation: a name that Keras knows, a callable, or None.

    Raises:
        TypeError: If it is neither a name nor callable.
        ValueError: If Keras has no activation of that name.
    """
    if activation is None or callable(activation):
        return activation
    expected = "a name that Keras knows, a function, or None for no activation"
    if not isinstance(activation, str):
        fix = 'pass for example activation="tanh"'
        raise wrong_type("activation", received=repr(activation), expected=expected, fix=fix)
    try:
        keras.activations.get(activation)
    except ValueError as error:
        known = set(dir(keras.activations)) - {"get", "serialize", "deserialize"}
        nearest = get_close_matches(activation, known, n=1) or ["tanh"]
        fix = f'try activation="{nearest[0]}"'
        raise invalid(
            "activation", received=repr(activation), expected=expected, fix=fix
        ) from error
    return activation
