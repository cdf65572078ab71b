"""Gives objects a `repr` that looks like their constructor call."""

from __future__ import annotations

import inspect
import os
import reprlib
from typing import Any


class ShowsArguments:
    """Prints an object as the call that makes it.

    Shown are the constructor's arguments that are attributes of the same name: arrays by their
    shape, functions by their name, and long values truncated.
    """

    def __repr__(self) -> str:
        names = inspect.signature(type(self).__init__).parameters
        arguments = ", ".join(
            f"{name}={_SHORT.repr(getattr(self, name))}" for name in names if hasattr(self, name)
        )
        return f"{type(self).__name__}({arguments})"


class _Short(reprlib.Repr):
    """Describes any value in one line, without memory addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 200  # characters

    def repr_instance(self, x: Any, level: int) -> str:
        """Formats objects that are not built-in types."""
        if isinstance(x, os.PathLike):
            return repr(os.fspath(x))
        if getattr(x, "shape", None) is not None:
            return f"<{type(x).__name__} of shape {tuple(x.shape)}>"
        if callable(x) and hasattr(x, "__name__"):
            return str(x.__name__)
        text = super().repr_instance(x, level)
        return f"<{type(x).__name__}>" if " at 0x" in text else text


_SHORT = _Short()
