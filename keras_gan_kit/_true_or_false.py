"""The one check of an argument that is True or False."""

from __future__ import annotations

from keras_gan_kit._errors import explain

__all__ = ["true_or_false"]


def true_or_false(argument: str, value: object) -> bool:
    """Returns `value` if it is a Python bool, or says what is wrong with it.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed.

    Raises:
        TypeError: If it is anything else, 0 and 1 too.

    Example:
        >>> true_or_false("shuffle", True)
        True
    """
    if not isinstance(value, bool):
        raise TypeError(
            explain(
                argument,
                received=repr(value),
                expected="True or False",
                fix=f"pass for example {argument}=True",
            )
        )
    return value
