"""The PyTorch backend: decides which steps run as a program, and which as they are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np
import torch

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.torch_optimizers import single_operations
from keras_gan_kit._backend.torch_program import StepProgram
from keras_gan_kit._errors import say, warn

# Recording a step takes as long as the Python code of a few hundred steps.
PATIENCE = 50
TRIALS = 15  # steps of each way to compare
_LONG = 5.0  # seconds of a preparation that is worth a line
_MOST_KINDS = 8  # programs; a stream may have batches of any size
# What a user's layer may raise when it meets tensors without values. If the layer is wrong, the
# same step raises again when it runs as it is.
_UNRECORDABLE = (
    RuntimeError,
    AssertionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def recorded_steps(gan: Model, function: Any) -> Any:
    """Returns a function that trains by recorded programs where it can.

    Args:
        gan: The model.
        function: The training function that Keras made.
    """
    if gan.run_eagerly or (gan.overrides("train_step") and not gan.jit_compile):
        return function
    return _Steps(gan, function)


class _Kind:
    """Batches of one shape.

    Attributes:
        eager: How long the last steps took that ran as they are.
        recorded: How long the first steps of the program took.
        steps: The number of steps that ran as they are.
        program: The program; None before it is made.
        settled: Whether the choice is made.
    """

    def __init__(self) -> None:
        self.eager: list[float] = []
        self.recorded: list[float] = []
        self.steps = 0
        self.program: StepProgram | None = None
        self.settled = False


class _Steps:
    """Trains on batches.

    Args:
        gan: The model.
        function: The training function that Keras made.
    """

    def __init__(self, gan: Model, function: Callable[[Any], dict[str, Any]]) -> None:
        self._gan, self._as_is = gan, function
        self._kinds: dict[Any, _Kind] = {}
        self._told = False

    def __call__(self, data: Any) -> dict[str, Any]:
        """Trains on the only batch of `data`."""
        batch = keras.tree.map_structure(_as_tensor, data[0])
        key = _kind_of(batch)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind()
            kind.settled = len(self._kinds) > _MOST_KINDS
        if kind.program is not None and not kind.program.fits():
            kind.program, kind.settled = None, False
        if kind.program is None and not kind.settled and self._is_time(kind):
            return self._prepare(kind, batch)
        if kind.program is None:
            return self._timed(kind, kind.eager, lambda: self._as_is([batch]))
        program = kind.program
        if kind.settled:
            return program(_tensors(batch))
        logs = self._timed(kind, kind.recorded, lambda: program(_tensors(batch)))
        self._choose(kind)
        return logs

    def _is_time(self, kind: _Kind) -> bool:
        return self._gan.jit_compile or kind.steps >= PATIENCE

    def _timed(
        self, kind: _Kind, times: list[float], step: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        start = time.perf_counter()
        logs = step()
        times.append(time.perf_counter() - start)
        del times[:-TRIALS]
        kind.steps += 1
        return logs

    def _choose(self, kind: _Kind) -> None:
        """Keeps the program if its steps are not slower than those that ran as they are."""
        if self._gan.jit_compile or len(kind.recorded) >= TRIALS:
            kind.settled = True
            if kind.eager and statistics.median(kind.recorded) > statistics.median(kind.eager):
                kind.program = None

    def _prepare(self, kind: _Kind, batch: Any) -> dict[str, Any]:
        """Makes the program, and takes a step."""
        start = time.perf_counter()
        compiled = self._gan.jit_compile
        try:
            with single_operations() if compiled else nullcontext():
                program = StepProgram(self._gan, batch)
        except _UNRECORDABLE as error:
            kind.settled = True
            logs = self._as_is([batch])
            self._tell("operation by operation, because it can't be made a program", error)
            return logs
        if compiled:
            try:
                program.compile(_tensors(batch))
            except RuntimeError as error:
                self._tell("as a recorded program, because it can't be compiled", error)
        seconds = time.perf_counter() - start
        if seconds > _LONG:
            say(f"Prepared the training step on PyTorch in {seconds:.0f} s.")
        kind.program = program
        return program(_tensors(batch))

    def _tell(self, how: str, error: BaseException) -> None:
        """Says once how steps run, and why."""
        if self._told:
            return
        self._told = True
        reason = " ".join(str(error).split())[:200]
        text = f"PyTorch runs this training step {how}: {type(error).__name__}: {reason}"
        (warn if self._gan.jit_compile else say)(text)


def _as_tensor(leaf: Any) -> Any:
    return torch.as_tensor(leaf) if isinstance(leaf, np.ndarray) else leaf


def _tensors(batch: Any) -> list[torch.Tensor]:
    return [leaf for leaf in keras.tree.flatten(batch) if isinstance(leaf, torch.Tensor)]


def _kind_of(value: Any) -> Any:
    """Returns the structure of a batch, and what programs depend on of its leaves."""
    if isinstance(value, torch.Tensor):
        return value.shape, value.dtype, value.device
    if isinstance(value, dict):
        return tuple((key, _kind_of(part)) for key, part in value.items())
    if isinstance(value, list | tuple):
        return type(value), *map(_kind_of, value)
    return value
