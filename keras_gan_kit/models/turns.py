"""Rounds: epochs in which one player learns and the other rests."""

from __future__ import annotations

from typing import Any


def begin_turns(gan: Any) -> None:
    """Forgets compiled steps, after `compile` or another change of what a step does."""
    gan.turn = (0,) if gan.update_order == "rounds" else (0, 1)
    gan.turn_functions = {}


def take_turn(gan: Any, epoch: int) -> None:
    """Lets the player learn whose epoch it is: the discriminator in even ones, counted from 0.

    Each player has a compiled step of its own, which is kept for its next turn.
    """
    turn = (epoch % 2,)
    if gan.update_order != "rounds" or gan.turn == turn:
        return
    gan.turn_functions[gan.turn[0]] = gan.train_function
    gan.turn, gan.train_function = turn, gan.turn_functions.get(turn[0])
    gan.make_train_function()
