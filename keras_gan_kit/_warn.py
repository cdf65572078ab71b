"""Warnings that name the user's line."""

from __future__ import annotations

import sys
import warnings

__all__ = ["warn"]

# What stands between a user's call and this package's code.
_BETWEEN = {"keras_gan_kit", "keras", "contextlib"}


def warn(message: str) -> None:
    """Warns, and names the line that called this package, directly or through Keras.

    Args:
        message: What is wrong and what to do about it, in sentences.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _package(frame.f_globals) in _BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__")).partition(".")[0]
