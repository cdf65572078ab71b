"""Validates plain arguments: integers, numbers, booleans and names."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from numbers import Integral, Real

from keras_gan_kit._errors import invalid, wrong_type


def integer(argument: str, value: object, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Validates an integer.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed. NumPy integers are valid, booleans are not.
        minimum: The smallest valid value.
        maximum: The largest valid value, or None.

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
    # `True` is an `Integral` in Python, but not a valid count.
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise wrong_type(argument, received=repr(value), expected=expected, fix=fix)
    if int(value) < minimum or (maximum is not None and int(value) > maximum):
        raise invalid(argument, received=repr(value), expected=expected, fix=fix)
    return int(value)


def number(
    argument: str,
    value: object,
    fits: Callable[[float], bool],
    *,
    expected: str,
    fix: str,
    received: str | None = None,
) -> float:
    """Validates a real number.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed. NumPy numbers are valid, booleans are not.
        fits: Returns whether a number is in range. Must return False for NaN.
        expected: The range, in words.
        fix: What to do, as `invalid` takes it.
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
    received = received or repr(value)
    # `True` is a `Real` in Python, but not a valid number here.
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong_type(argument, received=received, expected=expected, fix=fix)
    if not fits(float(value)):
        raise invalid(argument, received=received, expected=expected, fix=fix)
    return float(value)


def one_of(argument: str, value: object, choices: tuple[str, ...]) -> str:
    """Validates one of several names, and suggests the nearest one.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed.
        choices: The valid names.

    Raises:
        ValueError: If the value is none of the choices.

    Example:
        >>> one_of("on_error", "skip", ("raise", "skip"))
        'skip'
    """
    # Without `isinstance`, `value in choices` fails on arrays, which have no single truth value.
    if isinstance(value, str) and value in choices:
        return value
    expected = f"one of {', '.join(map(repr, choices))}"
    nearest = get_close_matches(str(value).lower(), choices, 1, 0.0)[0]
    fix = f"pass {argument}={nearest!r}"
    raise invalid(argument, received=repr(value), expected=expected, fix=fix)


def true_or_false(argument: str, value: object) -> bool:
    """Validates a boolean. Rejects 0 and 1.

    Args:
        argument: The argument's name, without backticks.
        value: The value that was passed.

    Raises:
        TypeError: If the value is not True or False.

    Example:
        >>> true_or_false("shuffle", True)
        True
    """
    if not isinstance(value, bool):
        fix = f"pass for example {argument}=True"
        raise wrong_type(argument, received=repr(value), expected="True or False", fix=fix)
    return value
