"""Errors, warnings and progress lines, worded the same way everywhere."""

from __future__ import annotations

import logging
import sys
import warnings

import keras

_LONGEST = 400  # characters of the received value: enough to recognize it
# Packages whose frames stand between a user's call and ours.
_BETWEEN = {"keras_gan_kit", "keras", "sklearn", "contextlib"}
_log = logging.getLogger("keras_gan_kit")


def invalid(argument: str, *, received: object, expected: str, fix: str) -> ValueError:
    """Returns a `ValueError` about an argument.

    Args:
        argument: The argument's name, without backticks.
        received: The value that was passed, or a description of it.
        expected: Which values are valid.
        fix: What to do, as a sentence without its full stop, or as a question.

    Example:
        >>> raise invalid("every", received=0, expected="an integer of at least 1", fix="pass 1")
        Traceback (most recent call last):
        ValueError: Invalid `every`. Received: 0. Expected: an integer of at least 1. Fix: pass 1.
    """
    return ValueError(explain(argument, received=received, expected=expected, fix=fix))


def wrong_type(argument: str, *, received: object, expected: str, fix: str) -> TypeError:
    """Returns a `TypeError` about an argument. The arguments are those of `invalid`."""
    return TypeError(explain(argument, received=received, expected=expected, fix=fix))


def explain(argument: str, *, received: object, expected: str, fix: str) -> str:
    """Returns the message of an error. The arguments are those of `invalid`.

    Example:
        >>> explain("every", received=0, expected="an integer of at least 1", fix="pass every=1")
        'Invalid `every`. Received: 0. Expected: an integer of at least 1. Fix: pass every=1.'
    """
    text = str(received)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    end = "" if fix.endswith("?") else "."
    return f"Invalid `{argument}`. Received: {text}. Expected: {expected}. Fix: {fix}{end}"


def warn(message: str) -> None:
    """Warns at the line of the user's code that called this package, directly or through Keras.

    Args:
        message: What is wrong and what to do about it, in sentences.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _package(frame.f_globals) in _BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__")).partition(".")[0]


def say(text: str) -> None:
    """Writes a line where Keras writes its progress: to the screen, or to the log.

    `keras.config.disable_interactive_logging` selects the log.

    Args:
        text: The line, without its newline.
    """
    if keras.config.is_interactive_logging_enabled():
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    else:
        _log.info(text)
