"""Decides whether XLA compiles the step, for `jit_compile="auto"`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import keras

from keras_gan_kit._backend import auto_jit_compile
from keras_gan_kit._errors import say
from keras_gan_kit.models._inspection import has_convolutions, has_recurrent_layers, layers_of
from keras_gan_kit.penalties import Penalty

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


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
