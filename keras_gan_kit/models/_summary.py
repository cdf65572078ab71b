"""Prints the summary of a GAN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras import ops

from keras_gan_kit._errors import say

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def print_summary(
    gan: GANModel, summary: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Prints the tables of both networks and of the whole model, then a line per optimizer.

    Args:
        gan: The model.
        summary: `keras.Model.summary` of the model.
        args: The positional arguments of the call.
        kwargs: The others.
    """
    gan.generator.summary(*args, **kwargs)
    gan.discriminator.summary(*args, **kwargs)
    # Keras would count the slots of the optimizers among the parameters.
    optimizer, gan.optimizer = getattr(gan, "optimizer", None), None
    try:
        summary(*args, **kwargs)
    finally:
        gan.optimizer = optimizer
    write = kwargs.get("print_fn") or say
    if not gan.compiled:
        write("Optimizers: none; call compile() before fit()")
        return
    write(f"Discriminator optimizer: {_described(gan.discriminator_optimizer)}")
    write(f"Generator optimizer: {_described(gan.generator_optimizer)}")


def _described(optimizer: Any) -> str:
    rate = float(ops.convert_to_numpy(optimizer.learning_rate))
    numbers = sum(math.prod(variable.shape) for variable in optimizer.variables)
    return (
        f"{type(optimizer).__name__} ({optimizer.name}), learning rate {rate:.6g}, "
        f"{numbers:,} numbers of state"
    )
