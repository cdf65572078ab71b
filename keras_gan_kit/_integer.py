"""The one check of an integer argument."""

from __future__ import annotations

from numbers import Integral

from keras_gan_kit._errors import explain

__all__ = ["integer"]


def integer(argument: str, value: object, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Returns `value` as a Python int, or says what is wrong with it.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed; numpy integers count, booleans do not.
        minimum: The smallest value allowed.
        maximum: The largest value allowed, if there is one.

    Returns:
        The value as an `int`.

    Raises:
        TypeError: If the value is not an integer.
        ValueError: If it is out of range.

    Example:
        >>> integer("batch_size", 32, minimum=1)
        32
    """
    expected = f"an integer of at least {minimum}"
    example = max(minimum, 1)
    if maximum is not None:
        expected += f", at most {maximum}"
        example = min(example, maximum)
    fix = f"pass for example {argument}={example}"
    # `True` is an `Integral` to Python, but never what a caller means by a count.
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(explain(argument, received=repr(value), expected=expected, fix=fix))
    if int(value) < minimum or (maximum is not None and int(value) > maximum):
        raise ValueError(explain(argument, received=repr(value), expected=expected, fix=fix))
    return int(value)
