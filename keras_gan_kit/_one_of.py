"""The one check of an argument that is one of a few words."""

from __future__ import annotations

from difflib import get_close_matches

from keras_gan_kit._errors import explain

__all__ = ["one_of"]


def one_of(argument: str, value: object, choices: tuple[str, ...]) -> str:
    """Returns the value if it is one of the choices, or says which is nearest.

    Args:
        argument: The argument's name, without backticks.
        value: What the caller passed.
        choices: What it may be.

    Raises:
        ValueError: If it is another.

    Example:
        >>> one_of("on_error", "skip", ("raise", "skip"))
        'skip'
    """
    # A list or an array is no choice, and comparing it with one is no truth value.
    if isinstance(value, str) and value in choices:
        return value
    nearest = get_close_matches(str(value).lower(), choices, 1, 0.0)[0]
    raise ValueError(
        explain(
            argument,
            received=repr(value),
            expected=f"one of {', '.join(map(repr, choices))}",
            fix=f"pass {argument}={nearest!r}",
        )
    )
