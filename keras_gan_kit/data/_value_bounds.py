"""The one check of a range of pixel values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

from keras_gan_kit._errors import explain


def value_bounds(argument: str, value: object) -> tuple[float, float]:
    """Returns a range of values as two floats, or says what is wrong with it.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed: a pair `(low, high)` of finite numbers, low below high.

    Returns:
        `(low, high)`.

    Raises:
        TypeError: If the value is not a pair of numbers.
        ValueError: If the numbers are not finite or not in order.

    Example:
        >>> value_bounds("value_range", (-1, 1))
        (-1.0, 1.0)
    """
    expected = "a pair (low, high) of finite numbers with low < high"
    fix = f"pass for example {argument}=(-1.0, 1.0)"
    message = explain(argument, received=repr(value), expected=expected, fix=fix)
    if not isinstance(value, Sequence) or len(value) != 2:
        raise TypeError(message)
    low, high = value
    if not isinstance(low, Real) or not isinstance(high, Real):
        raise TypeError(message)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(message)
    return float(low), float(high)
