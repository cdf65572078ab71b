"""How the package words an error: argument, what came, what was expected, the fix."""

from __future__ import annotations

__all__ = ["explain"]

_LONGEST = 400  # characters of what was received: enough to recognise it


def explain(argument: str, *, received: object, expected: str, fix: str) -> str:
    """Words one error message, the same way everywhere.

    Args:
        argument: The argument's name, without backticks.
        received: What the caller passed, or a description of it.
        expected: What the argument has to be.
        fix: What to do about it, as a sentence without its full stop, or as a question.

    Returns:
        The message for a `ValueError` or `TypeError`.

    Example:
        >>> explain("every", received=0, expected="an integer of at least 1", fix="pass every=1")
        'Invalid `every`. Received: 0. Expected: an integer of at least 1. Fix: pass every=1.'
    """
    text = str(received)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    end = "" if fix.endswith("?") else "."
    return f"Invalid `{argument}`. Received: {text}. Expected: {expected}. Fix: {fix}{end}"
