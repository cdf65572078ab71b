"""The two players' optimizers as the one optimizer that Keras knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


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
