"""Compiles a GAN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_gan_kit import losses
from keras_gan_kit._backend import auto_jit_compile, check_devices, variables_scope
from keras_gan_kit._errors import invalid
from keras_gan_kit.models import _check_compile
from keras_gan_kit.models._inspection import has_convolutions, is_float16, layers_of, output_kind
from keras_gan_kit.models._settings import Settings
from keras_gan_kit.models._step_log import StepLog
from keras_gan_kit.models._training import begin_turns

_PLAYERS = ("discriminator_optimizer", "generator_optimizer")
_LOGS = ("d_loss", "g_loss", "d_accuracy", "d_real", "d_fake")


def compile_players(gan: Any, arguments: dict[str, Any]) -> None:
    """Checks the arguments of `compile`, and sets up what they ask for.

    Args:
        gan: The model.
        arguments: All arguments of `GAN.compile`; remembered for the `.keras` file.
    """
    with variables_scope(gan):
        _compile_players(gan, arguments)


def _compile_players(gan: Any, arguments: dict[str, Any]) -> None:
    players = [_optimizer(key, arguments[key]) for key in _PLAYERS]
    _check_compile.check_optimizers(players[1], players[0])
    for key, player, network in zip(
        _PLAYERS, players, (gan.discriminator, gan.generator), strict=True
    ):
        _check_compile.check_own_slots(key, player, network)
    loss = losses.get(arguments["loss"], output_kind(gan.discriminator))
    logs = _LOGS if gan.augmenter is None else (*_LOGS, "d_sign")
    penalties = _check_compile.check_penalties(
        arguments["penalties"], gan.discriminator, {*logs, *gan.term_names, "ema_momentum"}
    )
    update = _check_compile.check_update(arguments["update"], gan.discriminator_steps)
    names = (*logs, *(penalty.name for penalty in penalties), *gan.term_names)
    metrics = _check_compile.check_metrics(arguments["metrics"], names)
    execution = {
        key: arguments[key] for key in ("run_eagerly", "steps_per_execution", "jit_compile")
    }
    _check_compile.check_execution(**execution)
    check_devices(gan, dict(zip(_PLAYERS, players, strict=True)), metrics, execution["jit_compile"])

    gan.adversarial_loss, gan.penalties, gan.update_order = loss, penalties, update
    begin_turns(gan)
    gan.evaluation_metrics = tuple(metrics)
    gan.settings = Settings(
        {"ema_momentum": gan.ema_momentum or 0.0} | {penalty.name: 1.0 for penalty in penalties}
    )
    _renew_step_log(gan, names)
    _compile(gan, players, execution)
    gan._compile_arguments = {
        **arguments,
        "discriminator_optimizer": players[0],
        "generator_optimizer": players[1],
        "penalties": list(penalties),
        "metrics": metrics,
    }


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
            expected="a keras.optimizers.Optimizer or the name of one",
            fix="pass 'adam', 'sgd', 'rmsprop', or an object with your learning rate",
        ) from error


def _renew_step_log(gan: Any, names: tuple[str, ...]) -> None:
    log = StepLog(names)
    if gan.step_log is not None:
        log.continue_from(gan.step_log)
    gan.step_log = log


def _compile(gan: Any, players: list[Any], execution: dict[str, Any]) -> None:
    networks = (gan.discriminator, gan.generator)
    if any(map(is_float16, networks)):
        # Both players: the generator's gradients pass through the discriminator.
        players = [_with_loss_scaling(player) for player in players]
    optimizer = PlayerOptimizers(
        *players,
        discriminator_variables=gan.discriminator.trainable_variables,
        generator_variables=gan.generator.trainable_variables,
    )
    jit_compile = execution["jit_compile"]
    if jit_compile == "auto":
        jit_compile = not execution["run_eagerly"] and auto_jit_compile(
            convolutional=any(map(has_convolutions, networks)),
            supports_jit=all(
                layer.supports_jit
                for network in (*networks, gan.augmenter)
                for layer in layers_of(network)
            ),
        )
    keras.Model.compile(
        gan,
        optimizer=optimizer,
        loss=None,
        run_eagerly=execution["run_eagerly"],
        steps_per_execution=execution["steps_per_execution"],
        jit_compile=jit_compile,
        auto_scale_loss=False,
    )
    # Keras would log a loss that nothing updates.
    gan._loss_tracker = None


def _with_loss_scaling(optimizer: Any) -> Any:
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


def player_optimizer(player: int) -> Any:
    """Makes the property of a model that is one player's optimizer.

    Args:
        player: 0 for the discriminator, 1 for the generator.
    """

    def find(gan: Any) -> Any:
        return gan.optimizer.optimizers[player] if gan.compiled else None

    name = ("discriminator", "generator")[player]
    return property(find, doc=f"The {name}'s optimizer, once compiled.")


class PlayerOptimizers(keras.optimizers.Optimizer):
    """Holds the discriminator's and the generator's optimizer.

    Keras' JAX trainer threads `model.optimizer.variables` through the compiled step, and Keras'
    callbacks look for `model.optimizer.optimizers`: both find the two players here. Each is built
    on its own network at once, so that whatever is loaded afterwards finds its slots.

    `keras.optimizers.MultiOptimizer` is not the base: it wants the gradients of all variables in
    one `apply`, where the players take turns; it refuses `LossScaleOptimizer`; and it replaces the
    `loss_scale_factor` of the optimizers it is given.

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
        # In a closure: Keras would take variables in an attribute for slots of this optimizer.
        players = (tuple(discriminator_variables), tuple(generator_variables))
        self._get_players: Callable[[], Any] = lambda: players
        for optimizer, variables in zip(self.optimizers, self.players, strict=True):
            if not optimizer.built:
                optimizer.build(list(variables))
        self.built = True

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
        """The generator's; callbacks that know only one optimizer read it."""
        return self.optimizers[1].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        for optimizer in self.optimizers:
            optimizer.learning_rate = value

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Refuses: the players are updated one at a time."""
        raise TypeError(
            "Two players have no common step. Received: one call of `apply` for both. Expected: "
            "`optimizers[0].apply` for the discriminator, `optimizers[1].apply` for the generator."
        )

    def finalize_variable_values(self, var_list: Any) -> None:
        """Ends the training of each player as its own optimizer wants it ended."""
        for optimizer, variables in zip(self.optimizers, self.players, strict=True):
            optimizer.finalize_variable_values(list(variables))

    def save_own_variables(self, store: Any) -> None:
        """Writes nothing: Keras visits `optimizers` and saves each player by itself."""

    def load_own_variables(self, store: Any) -> None:
        """Reads nothing, as nothing was written."""
