"""Compiles a GAN."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_gan_kit import losses
from keras_gan_kit._backend import auto_jit_compile, check_devices
from keras_gan_kit._errors import invalid, say
from keras_gan_kit.models._check_compile import (
    check_execution,
    check_metrics,
    check_optimizers,
    check_own_slots,
    check_penalties,
    check_update,
    warn_of_frozen,
)
from keras_gan_kit.models._inspection import (
    has_convolutions,
    has_recurrent_layers,
    is_float16,
    layers_of,
    output_kind,
)
from keras_gan_kit.models._step_log import StepLog
from keras_gan_kit.penalties import Penalty

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


_PLAYERS = ("discriminator_optimizer", "generator_optimizer")
_LOGS = ("d_loss", "g_loss", "d_accuracy", "d_real", "d_fake")


class Compilation(NamedTuple):
    """The result of `compile`; all attributes have been checked."""

    loss: losses.AdversarialLoss
    penalties: tuple[Penalty, ...]
    update: str
    metrics: tuple[keras.metrics.Metric, ...]
    settings: Settings
    step_log: StepLog
    keras_arguments: dict[str, Any]  # of `keras.Model.compile`
    arguments: dict[str, Any]  # of `GAN.compile`, for the `.keras` file


def compilation(gan: GANModel, arguments: dict[str, Any]) -> Compilation:
    """Checks the arguments of `compile` and makes the `Compilation`.

    Args:
        gan: The model, which is not changed.
        arguments: All arguments of `GAN.compile`.
    """
    players = [_optimizer(key, arguments[key]) for key in _PLAYERS]
    check_optimizers(players[1], players[0])
    networks = (gan.discriminator, gan.generator)
    for key, player, network in zip(_PLAYERS, players, networks, strict=True):
        check_own_slots(key, player, network)
    for name, network in zip(("discriminator", "generator"), networks, strict=True):
        warn_of_frozen(name, network)
    loss = losses.get(arguments["loss"], output_kind(gan.discriminator))
    logs = _LOGS if gan.augmenter is None else (*_LOGS, "d_sign")
    penalties = check_penalties(
        arguments["penalties"], gan.discriminator, {*logs, *gan.term_names, "ema_momentum"}
    )
    update = check_update(arguments["update"], gan.discriminator_steps)
    names = (*logs, *(penalty.name for penalty in penalties), *gan.term_names)
    metrics = check_metrics(arguments["metrics"], names)
    execution = {
        key: arguments[key] for key in ("run_eagerly", "steps_per_execution", "jit_compile")
    }
    check_execution(**execution)
    check_devices(gan, dict(zip(_PLAYERS, players, strict=True)), metrics, execution["jit_compile"])
    numbers = {"ema_momentum": gan.ema_momentum or 0.0}
    return Compilation(
        loss=loss,
        penalties=penalties,
        update=update,
        metrics=tuple(metrics),
        settings=Settings(numbers | {penalty.name: 1.0 for penalty in penalties}),
        step_log=_new_step_log(gan, names),
        keras_arguments=_keras_arguments(gan, players, penalties, execution),
        arguments={
            **arguments,
            "discriminator_optimizer": players[0],
            "generator_optimizer": players[1],
            "penalties": list(penalties),
            "metrics": metrics,
        },
    )


def _optimizer(argument: str, given: Any) -> Any:
    # Radford et al. 2016 (arXiv 1511.06434): the momentum of 0.9 made training oscillate.
    if given is None:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)
    if not isinstance(given, str):
        return given
    try:
        return keras.optimizers.get(given)
    except ValueError as error:
        raise invalid(
            argument,
            received=repr(given),
            expected="a keras.optimizers.Optimizer or its name",
            fix="pass 'adam', 'sgd', 'rmsprop', or an optimizer with your learning rate",
        ) from error


def _new_step_log(gan: GANModel, names: tuple[str, ...]) -> StepLog:
    log = StepLog(names)
    if gan.step_log is not None:
        log.continue_from(gan.step_log)
    return log


def _keras_arguments(
    gan: GANModel,
    players: list[Any],
    penalties: tuple[Penalty, ...],
    execution: dict[str, Any],
) -> dict[str, Any]:
    networks = (gan.discriminator, gan.generator)
    if any(map(is_float16, networks)):
        # Both players, because the generator's gradients pass through the discriminator.
        players = [_with_loss_scaling(player) for player in players]
    optimizer = PlayerOptimizers(
        *players,
        discriminator_variables=gan.discriminator.trainable_variables,
        generator_variables=gan.generator.trainable_variables,
    )
    jit_compile = execution["jit_compile"]
    if jit_compile == "auto":
        jit_compile = not execution["run_eagerly"] and automatic_jit(gan, penalties)
    return execution | {
        "optimizer": optimizer,
        "loss": None,
        "jit_compile": jit_compile,
        "auto_scale_loss": False,
    }


def _with_loss_scaling(optimizer: Any) -> Any:
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


class LearningRate(np.ndarray):
    """The learning rate of two players, for callbacks that support a single optimizer.

    Args:
        optimizer: The players' optimizer.
        value: The current learning rate.
    """

    optimizer: Any = None

    def __new__(cls, optimizer: PlayerOptimizers, value: Any) -> LearningRate:
        """Copies the value from the device."""
        rate = np.asarray(keras.ops.convert_to_numpy(value)).view(cls)
        rate.optimizer = optimizer
        return rate

    def assign(self, value: Any) -> None:
        """Sets the learning rate of both players."""
        self.optimizer.learning_rate = value

    def numpy(self) -> np.ndarray:
        """Returns the value."""
        return np.asarray(self)


class PlayerOptimizers(keras.optimizers.Optimizer):
    """Holds the discriminator's and the generator's optimizer.

    Keras' JAX trainer passes `model.optimizer.variables` through the compiled step, and Keras'
    callbacks look for `model.optimizer.optimizers`. Each optimizer is built on its own network
    at once, so that loading finds its slots.

    `keras.optimizers.MultiOptimizer` does not fit: it takes the gradients of all variables in one
    `apply`, it does not accept `LossScaleOptimizer`, and it replaces the `loss_scale_factor` of its
    optimizers.

    Args:
        discriminator: An optimizer.
        generator: Another optimizer.
        discriminator_variables: The trainable variables of the discriminator.
        generator_variables: The trainable variables of the generator.
    """

    def __init__(
        self,
        discriminator: keras.optimizers.Optimizer,
        generator: keras.optimizers.Optimizer,
        *,
        discriminator_variables: list[Any],
        generator_variables: list[Any],
    ) -> None:
        super().__init__(learning_rate=0.0, name="players")
        self.optimizers = [discriminator, generator]
        # In a closure, because Keras would treat variables in an attribute as optimizer slots.
        players = (tuple(discriminator_variables), tuple(generator_variables))
        self._get_players: Callable[[], Any] = lambda: players
        for optimizer, variables in zip(self.optimizers, self.players, strict=True):
            if not optimizer.built:
                optimizer.build(list(variables))
        self.built = True
        # Later values may come from callbacks, and belong to the state of a training.
        self._get_rates: Callable[[], np.ndarray] = partial(np.array, self._rates())

    def _rates(self) -> list[float]:
        """Returns the learning rates of both players; NaN for those with a schedule."""
        rates = [player.learning_rate for player in self.optimizers]
        return [
            float(keras.ops.convert_to_numpy(rate)) if isinstance(rate, keras.Variable) else np.nan
            for rate in rates
        ]

    @property
    def compiled_rates(self) -> np.ndarray:
        """The learning rates at `compile`."""
        return self._get_rates()

    def use_compiled_rates(self, earlier: np.ndarray | None) -> str:
        """Applies learning rates that were changed in `compile` after loading a file.

        Args:
            earlier: The learning rates that the saved model was compiled with, if known.

        Returns:
            Sentences that name the rates that differ, or an empty string.
        """
        said = []
        for i, name in enumerate(("discriminator", "generator")):
            loaded, asked = self._rates()[i], float(self.compiled_rates[i])
            before = loaded if earlier is None else float(earlier[i])
            if np.isnan([loaded, asked, before]).any() or np.isclose(asked, before, rtol=1e-6):
                continue
            if earlier is not None:
                self.optimizers[i].learning_rate = asked
                loaded, asked = asked, loaded
            text = f"the learning rate {loaded:g}, not {asked:g}"
            end = f": assign to `{name}_optimizer.learning_rate` to change it" * (earlier is None)
            said.append(f"The {name} continues with {text}{end}.")
        return " ".join(said)

    @property
    def players(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The trainable variables of the discriminator and of the generator."""
        players: tuple[tuple[Any, ...], tuple[Any, ...]] = self._get_players()
        return players

    @property
    def variables(self) -> list[Any]:
        """The state of both optimizers."""
        own = list(super().variables)
        return own + [variable for player in self.optimizers for variable in player.variables]

    @property
    def learning_rate(self) -> Any:
        """The generator's learning rate; assigning to it changes both players."""
        return LearningRate(self, self.optimizers[1].learning_rate)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        for optimizer in self.optimizers:
            optimizer.learning_rate = value

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Raises an error: the players are updated one at a time."""
        raise TypeError(
            "The players are updated one at a time. Received: one `apply` for both. Expected: "
            "`optimizers[0].apply` for the discriminator, `optimizers[1].apply` for the generator."
        )

    def finalize_variable_values(self, var_list: Any) -> None:
        """Lets each optimizer finalize the variables of its own player."""
        for optimizer, variables in zip(self.optimizers, self.players, strict=True):
            optimizer.finalize_variable_values(list(variables))
            if getattr(optimizer, "inner_optimizer", optimizer).use_ema:
                # On JAX, a weight now shares the array of its average, and a step deletes the
                # arrays that it takes.
                for variable in variables:
                    variable.assign(keras.ops.copy(variable.value))

    def save_own_variables(self, store: Any) -> None:
        """Writes nothing: Keras saves each of `optimizers` by itself."""

    def load_own_variables(self, store: Any) -> None:
        """Reads nothing."""


class Settings(keras.metrics.Metric):
    """Holds hyperparameters that callbacks change and that no optimizer or layer stores.

    A Python number is a constant of a compiled step; these are read from a variable. This is a
    metric because Keras passes the variables of metrics to training and evaluation on every
    backend. Entries are the momentum of the generator's average, and a factor of each penalty that
    is 1 by default.

    Args:
        values: The numbers by their name.
    """

    def __init__(self, values: dict[str, float]) -> None:
        super().__init__(name="training_settings")
        self.names = tuple(values)
        # One variable, because each costs time in every step. Not by `add_variable`, which sums
        # over the replicas of a distributed training.
        self.values = keras.Variable(
            np.array(list(values.values()), "float32"),
            trainable=False,
            aggregation="only_first_replica",
            name="values",
        )

    def __getitem__(self, name: str) -> Any:
        """Returns a number as a tensor, which a step reads when it runs."""
        return self.values.value[self.names.index(name)]

    def set(self, changes: dict[str, float]) -> None:
        """Sets numbers by their name, outside of a step."""
        values = np.array(ops.convert_to_numpy(self.values))
        for name, value in changes.items():
            values[self.names.index(name)] = value
        self.values.assign(values)

    def reset_state(self) -> None:
        """Does nothing: Keras resets metrics before every epoch."""

    def save_own_variables(self, store: Any) -> None:
        """Writes the numbers by their name."""
        for name, value in zip(self.names, ops.convert_to_numpy(self.values), strict=True):
            store[name] = np.array(value)

    def load_own_variables(self, store: Any) -> None:
        """Reads the numbers that the file has."""
        known = set(store.keys())
        self.set({name: float(np.asarray(store[name])) for name in self.names if name in known})


def automatic_jit(
    gan: GANModel, penalties: Iterable[Penalty], *, batch_size: int | None = None
) -> bool:
    """Returns the value of "auto" for a model.

    Args:
        gan: The model.
        penalties: Those of `compile`.
        batch_size: The batch size, if it is known and a call runs one step.
    """
    networks = (gan.discriminator, gan.generator)
    return auto_jit_compile(
        convolutional=any(map(has_convolutions, networks)),
        recurrent=any(penalty.per_sample for penalty in penalties)
        and has_recurrent_layers(gan.discriminator),
        supports_jit=all(
            layer.supports_jit
            for network in (*networks, gan.augmenter)
            for layer in layers_of(network)
        ),
        batch_size=batch_size,
    )


def choose_jit(gan: GANModel, batch_size: int | None, *, verbose: object) -> None:
    """Updates the choice for the batch size of a call of `fit`, and prints it once."""
    if (gan._compile_arguments or {}).get("jit_compile") != "auto" or gan.run_eagerly:
        return
    one_step = gan.steps_per_execution == 1
    chosen = automatic_jit(gan, gan.penalties, batch_size=batch_size if one_step else None)
    if chosen != gan.jit_compile:
        gan.jit_compile = chosen
        gan.drop_step_functions()
        gan.progress.begin_turns(gan.update_order)
    # The other backends have no choice.
    if verbose and not gan.progress.said_jit and keras.backend.backend() == "tensorflow":
        gan.progress.said_jit = True
        say(
            f"jit_compile='auto': steps run {'with' if chosen else 'without'} XLA. To change this, "
            f"pass jit_compile={not chosen} to `compile`."
        )
