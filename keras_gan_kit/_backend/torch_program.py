"""The PyTorch backend: a training step as one program, without Keras' Python code.

`make_fx` records the operations of a step, gradients and optimizers included. The program changes
variables in place and draws the same numbers as the step it was recorded from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import torch
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

from keras_gan_kit._backend.torch_simplify import simplified
from keras_gan_kit._keras import StandIns, numbered_seeds, raw_value

_FIRST_NUMBER = 0xA5C3_0000  # of seeds while recording: others' generators hardly have such a seed


class Draw(NamedTuple):
    """Random numbers that a step draws: the call of PyTorch, without its generator."""

    seeds: Any  # a `keras.random.SeedGenerator`
    ordered: bool
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    like: Any  # its result, without values


class Recording(NamedTuple):
    """The result of a step that was only recorded."""

    variables: list[Any]
    draws: list[Draw]
    logs: dict[str, Any]


class _Draws(TorchFunctionMode):
    """Finds the random numbers that a step draws, or replaces them by given ones.

    Args:
        asked: The seed generators and orders of `numbered_seeds`.
        given: The numbers to use; None to find out which.
    """

    def __init__(self, asked: list[tuple[Any, bool]], given: Sequence[Any] | None) -> None:
        super().__init__()
        self._asked, self._given = asked, given
        self._filled: dict[int, tuple[Any, Any, Any]] = {}  # the results of `torch.full`
        self.found: dict[int, Draw] = {}

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        options = dict(kwargs or {})
        generator = options.pop("generator", None)
        if generator is None:
            result = function(*args, **options)
            if function is torch.full:
                self._filled[id(result)] = result, args, options
            return result
        number = generator.initial_seed() - _FIRST_NUMBER
        if number in self.found or not 0 <= number < len(self._asked):
            raise RuntimeError("random numbers of a generator that Keras did not make")
        given = self._given
        result = function(*args, **options) if given is None else given[len(self.found)]
        arguments = tuple(self._again(argument) for argument in args)
        seeds, ordered = self._asked[number]
        self.found[number] = Draw(seeds, ordered, function, arguments, options, result)
        return result

    def _again(self, argument: Any) -> Any:
        """Returns a function that makes a tensor again, and anything else as it is."""
        if not isinstance(argument, torch.Tensor):
            return argument
        if id(argument) not in self._filled:
            raise RuntimeError("random numbers that depend on data")
        _, args, options = self._filled[id(argument)]
        return functools.partial(torch.full, *args, **options)


def _record(
    gan: Any, batch: Any, value_of: Callable[[Any], Any], given: Sequence[Any] | None
) -> tuple[list[Draw], dict[str, Any]]:
    """Runs a step on stand-ins for the variables; returns its draws and logs."""

    def assign(variable: Any, value: Any) -> None:
        # As outside of a scope: optimizers and gradients hold the tensor itself.
        with torch.no_grad():
            value_of(variable).copy_(value)

    with (
        numbered_seeds(_FIRST_NUMBER) as asked,
        StandIns(value_of, assign),
        _Draws(asked, given) as draws,
        torch.enable_grad(),
    ):
        logs = gan.train_step(batch)
    if len(draws.found) != len(asked):
        raise RuntimeError("random numbers of the global generator of PyTorch")
    if not all(isinstance(value, torch.Tensor) for value in logs.values()):
        raise RuntimeError("logs that are no tensors")
    return list(draws.found.values()), logs


def _rehearsed(gan: Any, structure: Any, leaves: list[Any]) -> Recording:
    """Finds out which variables a step uses and what it draws; computes and changes nothing."""
    mode = FakeTensorMode()
    variables: dict[int, tuple[Any, Any]] = {}

    def stand_in(variable: Any) -> Any:
        if id(variable) not in variables:
            variables[id(variable)] = variable, mode.from_tensor(raw_value(variable))
        return variables[id(variable)][1]

    with mode:
        fakes = [mode.from_tensor(x) if isinstance(x, torch.Tensor) else x for x in leaves]
        batch = keras.tree.pack_sequence_as(structure, fakes)
        draws, logs = _record(gan, batch, stand_in, None)
    return Recording([variable for variable, _ in variables.values()], draws, logs)


class StepProgram:
    """A recorded training step.

    Args:
        gan: The model.
        batch: A batch; its tensors may change from step to step, anything else may not.

    Raises:
        RuntimeError: If the step draws random numbers that can't be given to a program. Layers
            that can't be recorded raise anything.
    """

    def __init__(self, gan: Any, batch: Any) -> None:
        leaves = keras.tree.flatten(batch)
        recording = _rehearsed(gan, batch, leaves)
        self._variables, self._draws = recording.variables, recording.draws
        self._names = list(recording.logs)
        self._seeds = {id(draw.seeds): _Seeds(draw.seeds) for draw in self._draws}
        self._generators: dict[Any, torch.Generator] = {}
        tensors = [x for x in leaves if isinstance(x, torch.Tensor)]
        drawn = [
            torch.empty(draw.like.shape, dtype=draw.like.dtype, device=draw.like.device)
            for draw in self._draws
        ]
        self._trainable = [raw_value(v).requires_grad for v in self._variables]
        inputs = [*(raw_value(v).detach() for v in self._variables), *tensors, *drawn]
        step = functools.partial(self._step, gan, batch, leaves)
        self._run: Callable[..., Any] = simplified(make_fx(step, tracing_mode="fake")(*inputs))

    def _step(self, gan: Any, structure: Any, leaves: list[Any], *inputs: Any) -> list[Any]:
        """The step as a function of all tensors that it uses."""
        number = len(self._variables)
        values = {
            id(variable): value.detach().requires_grad_(trainable)
            for variable, value, trainable in zip(
                self._variables, inputs[:number], self._trainable, strict=True
            )
        }
        rest = iter(inputs[number:])
        batch = [next(rest) if isinstance(x, torch.Tensor) else x for x in leaves]
        _, logs = _record(
            gan,
            keras.tree.pack_sequence_as(structure, batch),
            lambda variable: values[id(variable)],
            list(rest),
        )
        return [logs[name] for name in self._names]

    def compile(self, tensors: list[Any]) -> None:
        """Compiles the program, and runs it once on copies of the variables.

        Args:
            tensors: The tensors among the leaves of a batch.

        Raises:
            RuntimeError: If Inductor cannot, for example without a C++ compiler.
        """
        run = torch.compile(self._run, dynamic=False, fullgraph=True)
        values = [raw_value(variable).detach().clone() for variable in self._variables]
        drawn = [
            torch.zeros(draw.like.shape, dtype=draw.like.dtype, device=draw.like.device)
            for draw in self._draws
        ]
        with torch.no_grad():
            run(*values, *tensors, *drawn)
        self._run = run

    def fits(self) -> bool:
        """Returns whether the same variables are trainable as when the step was recorded."""
        return [raw_value(v).requires_grad for v in self._variables] == self._trainable

    def __call__(self, tensors: list[Any]) -> dict[str, Any]:
        """Takes the step.

        Args:
            tensors: The tensors among the leaves of the batch.

        Returns:
            The logs.
        """
        drawn = [self._draw(draw) for draw in self._draws]
        values = [raw_value(variable).detach() for variable in self._variables]
        with torch.no_grad():
            found = self._run(*values, *tensors, *drawn)
        return dict(zip(self._names, found, strict=True))

    def _draw(self, draw: Draw) -> Any:
        device = draw.like.device
        if device not in self._generators:
            self._generators[device] = torch.Generator(device)
        generator = self._generators[device]
        generator.manual_seed(self._seeds[id(draw.seeds)].next(ordered=draw.ordered))
        arguments = [a() if isinstance(a, functools.partial) else a for a in draw.arguments]
        return draw.function(*arguments, generator=generator, **draw.options)


class _Seeds:
    """The numbers of a seed generator, counted here so that no step waits for the device.

    Args:
        generator: The `keras.random.SeedGenerator`.
    """

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self._next = torch.tensor([0, 1], device=raw_value(generator.state).device)
        self._known: tuple[Any, int] = None, 0  # the state and how often it was changed
        self._first = self._second = 0

    def next(self, *, ordered: bool) -> int:
        """Returns what Keras would seed PyTorch's generator with, and moves on."""
        if not ordered:
            return _as_seed(*self._generator.next(ordered=False).tolist())
        state = raw_value(self._generator.state)
        if state is not self._known[0] or state._version != self._known[1]:
            self._first, self._second = state.tolist()  # someone else has set it
        seed = _as_seed(self._first, self._second)
        self._second += 1
        with torch.no_grad():
            state.add_(self._next)
        self._known = state, state._version
        return seed


def _as_seed(first: int, second: int) -> int:
    return (first + second) & 0xFFFF_FFFF
