"""A step of the players' optimizers, and what follows from their new weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_gan_kit._backend import apply_gradients
from keras_gan_kit.models.inspection import layers_of
from keras_gan_kit.networks import SpectralNormalization


def update_players(gan: Any, players: Sequence[int], gradients: list[list[Any]]) -> None:
    """Changes the weights of one player, or of both.

    Args:
        gan: The model.
        players: Which: 0 is the discriminator, 1 the generator.
        gradients: For each of them, those of its loss by its trainable variables.
    """
    for player, gradient in zip(players, gradients, strict=True):
        optimizer, variables = gan.optimizer.optimizers[player], gan.optimizer.players[player]
        apply_gradients(optimizer, gradient, variables)
        for layer in layers_of((gan.discriminator, gan.generator)[player]):
            if isinstance(layer, SpectralNormalization):
                layer.power_step()
