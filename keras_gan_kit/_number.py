"""The one check of an argument that is a number, whole or not."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

from keras_gan_kit._errors import explain

__all__ = ["number"]


def number(
    argument: str,
    value: object,
    fits: Callable[[float], bool],
    *,
    expected: str,
    fix: str,
    received: str | None = None,
) -> float:
    """Returns `value` as a Python float, or says what is wrong with it.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed; numpy numbers count, booleans do not.
        fits: Tells whether a number is in range; of NaN it has to say no.
        expected: The range, in words.
        fix: What to do about it, as `explain` takes it.
        received: A description of the value; None for its `repr`.

    Returns:
        The value as a `float`.

    Raises:
        TypeError: If the value is not a number.
        ValueError: If it is out of range.

    Example:
        >>> number("fps", 5, lambda x: x > 0, expected="a number above 0", fix="pass fps=10")
        5.0
    """
    message = explain(argument, received=received or repr(value), expected=expected, fix=fix)
    # `True` is a `Real` to Python, but never what a caller means by an amount.
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(message)
    if not fits(float(value)):
        raise ValueError(message)
    return float(value)
