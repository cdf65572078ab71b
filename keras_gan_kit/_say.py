"""Lines for the user, beside the progress bars of Keras."""

from __future__ import annotations

import logging
import sys

import keras

__all__ = ["say"]

_log = logging.getLogger("keras_gan_kit")


def say(text: str) -> None:
    """Writes a line where Keras writes its progress: on the screen, or to the log.

    Which of the two, the user chooses by `keras.config.disable_interactive_logging`.

    Args:
        text: The line, without its end.
    """
    if keras.config.is_interactive_logging_enabled():
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    else:
        _log.info(text)
