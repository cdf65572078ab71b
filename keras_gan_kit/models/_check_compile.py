"""Validates the arguments of `compile`."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import keras

from keras_gan_kit._arguments import integer, number, one_of, true_or_false
from keras_gan_kit._errors import explain, invalid, warn, wrong_type
from keras_gan_kit._keras import variables_of
from keras_gan_kit.models._inspection import has_batch_normalization
from keras_gan_kit.penalties import Penalty

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

UPDATES = ("alternating", "simultaneous", "rounds")


def refuses_unknown(compile_model: Callable[..., None]) -> Callable[..., None]:
    """Makes `compile` suggest the right name for an unknown argument."""
    known = [name for name in inspect.signature(compile_model).parameters if name != "self"]

    @functools.wraps(compile_model)
    def explained(gan: GANModel, *arguments: Any, **named: Any) -> None:
        for argument, value in named.items():
            if argument not in known:
                raise TypeError(_unknown(argument, value, known))
        compile_model(gan, *arguments, **named)

    return explained


def _unknown(argument: str, value: Any, known: list[str]) -> str:
    expected, fix = f"one of {', '.join(known)}", "leave it out"
    if argument == "optimizer":
        expected = "`generator_optimizer` and `discriminator_optimizer`: each player has one"
        fix = "pass both, or neither for Adam(2e-4, beta_1=0.5)"
    elif argument == "learning_rate":
        fix = "pass it in optimizers: generator_optimizer=keras.optimizers.Adam(2e-4)"
    elif close := difflib.get_close_matches(argument, known, 1):
        fix = f"did you mean `{close[0]}`?"
    return explain(argument, received=f"{argument}={value!r}", expected=expected, fix=fix)


_OPTIMIZERS = ("optimizer", "generator_optimizer", "discriminator_optimizer")


def check_attribute(name: str, value: Any) -> None:
    """Checks that `optimizer` is not set as an attribute, which would have no effect.

    Raises:
        ValueError: If one is.
    """
    if name in _OPTIMIZERS and value is not None and not hasattr(value, "players"):
        raise invalid(
            name,
            received=f"a {type(value).__name__} that is set as an attribute",
            expected="an optimizer for each player in `compile`",
            fix="call gan.compile(generator_optimizer=..., discriminator_optimizer=...)",
        )


def check_momentum(ema_momentum: Any) -> None:
    """Checks that the momentum of the average is in (0, 1).

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is out of range.
    """
    if ema_momentum is not None:
        number(
            "ema_momentum",
            ema_momentum,
            lambda momentum: 0.0 < momentum < 1.0,
            expected="a number in (0, 1), or None for no average",
            fix="pass 0.999, which averages over about 1,000 steps",
        )


def change_momentum(gan: GANModel, ema_momentum: Any) -> None:
    """Changes the momentum of a model that has an average; the next step uses it.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is out of range, or it would add or remove the average.
    """
    check_momentum(ema_momentum)
    if (ema_momentum is None) != (gan.ema_generator is None):
        raise invalid(
            "ema_momentum",
            received=f"{ema_momentum}, for a model with{'out' * (ema_momentum is not None)} an "
            "average",
            expected="a number if the model was made with one, None if it was made without",
            fix="create another model from the same networks: GAN(generator, discriminator, "
            "ema_momentum=...)",
        )
    if ema_momentum is not None and gan.settings is not None:
        gan.settings.set({"ema_momentum": ema_momentum})


def check_update(update: Any, discriminator_steps: int) -> str:
    """Returns the update order, after checking it against `discriminator_steps`."""
    one_of("update", update, UPDATES)
    if update != "alternating" and discriminator_steps != 1:
        raise invalid(
            "update",
            received=f"{update!r} with discriminator_steps={discriminator_steps}",
            expected="'alternating', or discriminator_steps=1",
            fix="pass discriminator_steps=1: a shared generator pass updates each player once",
        )
    return str(update)


def check_penalties(
    penalties: Any, discriminator: keras.Model, taken: Iterable[str]
) -> tuple[Penalty, ...]:
    """Returns the penalties as a tuple.

    Args:
        penalties: What the user passed.
        discriminator: The network that they penalize.
        taken: Names that are already used in the logs or the settings.

    Raises:
        TypeError: If one is not a `Penalty`.
        ValueError: If a penalty has no name or a used one, or if the discriminator mixes the
            samples of a batch.
    """
    if isinstance(penalties, str) or not isinstance(penalties, Iterable):
        raise wrong_type(
            "penalties",
            received=f"{penalties!r} of type {type(penalties).__name__}",
            expected="a list of penalties",
            fix="pass for example penalties=[keras_gan_kit.penalties.R1(0.1)]",
        )
    found = tuple(penalties)
    for penalty in found:
        if not isinstance(penalty, Penalty):
            raise wrong_type(
                "penalties",
                received=f"{penalty!r} of type {type(penalty).__name__} among them",
                expected="instances of keras_gan_kit.penalties.Penalty",
                fix="pass for example keras_gan_kit.penalties.GradientPenalty(10.0)",
            )
    _check_together(found, discriminator, set(taken))
    return found


def _check_together(
    penalties: tuple[Penalty, ...], discriminator: keras.Model, taken: set[str]
) -> None:
    names = [penalty.name for penalty in penalties]
    if len(set(names)) != len(names):
        raise invalid(
            "penalties",
            received=f"the names {names}",
            expected="each penalty once",
            fix="use one penalty with the sum of the weights",
        )
    for name in names:
        if not isinstance(name, str) or not name or name in taken:
            raise invalid(
                "penalties",
                received=f"a penalty whose `name` is {name!r}",
                expected=f"a unique name, none of {', '.join(sorted(taken))}",
                fix="set the class attribute `name`, which is its key in the logs",
            )
    if any(penalty.per_sample for penalty in penalties) and has_batch_normalization(discriminator):
        raise invalid(
            "penalties",
            received=f"{names} for a discriminator with BatchNormalization",
            expected="a discriminator that treats each sample on its own",
            fix="leave BatchNormalization out, or use keras.layers.LayerNormalization",
        )


def check_optimizers(generator: Any, discriminator: Any) -> None:
    """Checks that there are two different optimizers.

    Raises:
        TypeError: If one is not a Keras optimizer.
        ValueError: If both are the same.
    """
    for argument, optimizer in (
        ("generator_optimizer", generator),
        ("discriminator_optimizer", discriminator),
    ):
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise wrong_type(
                argument,
                received=f"{optimizer!r} of type {type(optimizer).__name__}",
                expected="a keras.optimizers.Optimizer or its name",
                fix="pass for example keras.optimizers.Adam(2e-4, beta_1=0.5)",
            )
    if generator is discriminator:
        raise invalid(
            "discriminator_optimizer",
            received="the same object as `generator_optimizer`",
            expected="one optimizer for each player",
            fix="create a second one, because each optimizer keeps its own moments",
        )


def check_own_slots(argument: str, optimizer: Any, network: keras.Model) -> None:
    """Checks that an optimizer is new or was built on this network.

    Raises:
        ValueError: If it was built on other variables.
    """
    if not getattr(optimizer, "inner_optimizer", optimizer).built:
        return
    known = {id(variable) for variable in variables_of(optimizer)}
    if known != {id(variable) for variable in network.trainable_variables}:
        raise invalid(
            argument,
            received="an optimizer that was built on other variables",
            expected=f"a new optimizer, or one built on the current variables of {network.name!r}",
            fix="create a new optimizer with the same settings",
        )


def warn_of_frozen(name: str, network: keras.Model) -> None:
    """Warns if all weights of a network are frozen."""
    if network.weights and not network.trainable_weights:
        warn(
            f"The {name} has no trainable weights, so it will not learn. If you did not freeze it "
            f"on purpose, set `{name}.trainable = True` before `compile`."
        )


def check_metrics(metrics: Any, log_names: Iterable[str]) -> list[keras.metrics.Metric]:
    """Returns the metrics as a list.

    Raises:
        TypeError: If one is not a `keras.metrics.Metric`.
        ValueError: If one has the name of another or of a log.
    """
    several = isinstance(metrics, Iterable) and not isinstance(metrics, str)
    found = list(metrics) if several else [] if metrics is None else [metrics]
    for metric in found:
        if not isinstance(metric, keras.metrics.Metric) or not several:
            raise wrong_type(
                "metrics",
                received=f"{metric!r} of type {type(metric).__name__}",
                expected="a list of keras.metrics.Metric objects with "
                "update_state(real, synthetic)",
                fix="pass objects in a list: metrics given by name compare predictions with labels",
            )
    names = [*log_names, *(metric.name for metric in found)]
    if len(set(names)) != len(names):
        raise invalid(
            "metrics",
            received=f"metrics with the names {[metric.name for metric in found]}",
            expected="names that differ from each other and from the logs",
            fix="give the metric another `name`",
        )
    return found


def check_execution(steps_per_execution: Any, jit_compile: Any, *, run_eagerly: Any) -> None:
    """Checks the arguments about execution against the backend.

    Raises:
        TypeError: If a value is of the wrong type.
        ValueError: If the PyTorch backend does not support a value.
    """
    integer("steps_per_execution", steps_per_execution)
    true_or_false("run_eagerly", run_eagerly)
    if not isinstance(jit_compile, bool) and jit_compile != "auto":
        raise invalid(
            "jit_compile",
            received=repr(jit_compile),
            expected="'auto', True or False",
            fix="pass 'auto', which decides by backend, device and layers",
        )
    if keras.backend.backend() != "torch":
        return
    if steps_per_execution != 1:
        raise invalid(
            "steps_per_execution",
            received=steps_per_execution,
            expected="1 on the PyTorch backend, as in Keras",
            fix="leave it out on PyTorch",
        )


def check_history(update: Any, pool_size: int) -> None:
    """Checks that a history of fakes is used in alternating updates only.

    Raises:
        ValueError: If updates are simultaneous or in rounds, and there is a history.
    """
    if update in ("simultaneous", "rounds") and pool_size:
        raise invalid(
            "update",
            received=f"{update!r} with pool_size={pool_size}",
            expected="'alternating', or pool_size=0",
            fix="leave it out, because only discriminators use a history of fakes",
        )
