"""Validates sizes and ranges of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type


def height_and_width(argument: str, value: object, *, minimum: int = 1) -> tuple[int, int]:
    """Validates an image size.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed: one integer for both sides, or `(height, width)`.
        minimum: The smallest valid side.

    Returns:
        Height and width in pixels.

    Raises:
        TypeError: If the value is neither an integer nor a sequence of integers.
        ValueError: If there are not two integers, or one is too small.

    Example:
        >>> height_and_width("image_size", 28), height_and_width("image_size", [20, 30])
        ((28, 28), (20, 30))
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        size = integer(argument, value, minimum=minimum)
        return size, size
    if len(value) != 2:
        raise invalid(
            argument,
            received=repr(value),
            expected="one integer, or two: (height, width)",
            fix=f"pass for example {argument}=(200, 200)",
        )
    height, width = (integer(f"{argument}[{i}]", n, minimum=minimum) for i, n in enumerate(value))
    return height, width


def value_bounds(argument: str, value: object) -> tuple[float, float]:
    """Validates a range of values.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed: a pair `(low, high)` of finite numbers, low below high.

    Returns:
        `(low, high)` as floats.

    Raises:
        TypeError: If the value is not a pair of numbers.
        ValueError: If the numbers are not finite or not in order.

    Example:
        >>> value_bounds("value_range", (-1, 1))
        (-1.0, 1.0)
    """
    details = {
        "received": repr(value),
        "expected": "a pair (low, high) of finite numbers with low < high",
        "fix": f"pass for example {argument}=(-1.0, 1.0)",
    }
    if not isinstance(value, Sequence) or len(value) != 2:
        raise wrong_type(argument, **details)
    low, high = value
    if not isinstance(low, Real) or not isinstance(high, Real):
        raise wrong_type(argument, **details)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise invalid(argument, **details)
    return float(low), float(high)
