"""The TensorFlow backend: checks of devices and distribution strategies."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf

from keras_gan_kit._backend._model import Model
from keras_gan_kit._errors import invalid

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_CONDITIONAL = ("gradient_accumulation_steps", "ema_overwrite_frequency")


def strategy_of(gan: Model) -> Any:
    """Returns the strategy in whose scope the model was made, or None."""
    strategy = gan.distribute_strategy
    with strategy.scope():
        return strategy if tf.distribute.has_strategy() else None


def variables_scope(gan: Model) -> AbstractContextManager[Any]:
    """Returns a context for code that makes variables of the model."""
    scope: AbstractContextManager[Any] = gan.distribute_strategy.scope()
    return scope


def check_batch_sizes(gan: Model, sizes: set[int]) -> None:
    """Checks that the devices can share the batches.

    Args:
        gan: The model.
        sizes: The sizes of the batches that training will see.

    Raises:
        ValueError: If a replica would have no sample.
    """
    devices = gan.distribute_strategy.num_replicas_in_sync
    if min(sizes) < devices:
        raise invalid(
            "batch_size",
            received=f"a batch of {min(sizes)} samples (it may be the last one of a pass) for "
            f"{devices} devices",
            expected="at least one sample for each device",
            fix="use another `batch_size`, or leave the last samples out",
        )


def is_chief(gan: Model) -> bool:
    """Returns whether this process is the one that writes files."""
    resolver = gan.distribute_strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    jobs = resolver.cluster_spec().jobs
    return bool(resolver.task_id == 0 and ("chief" not in jobs or resolver.task_type == "chief"))


def check_devices(
    gan: Model, players: dict[str, Any], metrics: list[Any], jit_compile: Any
) -> None:
    """Checks that everything works under the strategy, if there is one.

    Args:
        gan: The model, about to be compiled.
        players: The optimizers by their argument.
        metrics: The metrics of `compile`.
        jit_compile: The argument of `compile`.

    Raises:
        ValueError: If something was made outside of the scope, or replicas cannot share it.
    """
    strategy = strategy_of(gan)
    if strategy is None:
        return
    made = {
        "generator": [gan.generator],
        "discriminator": [gan.discriminator],
        "augmenter": [] if gan.augmenter is None else [gan.augmenter],
        **{argument: [player] for argument, player in players.items()},
        "metrics": metrics,
    }
    for argument, holders in made.items():
        variables = [variable for holder in holders for variable in holder.variables]
        if all(strategy.extended.variable_created_in_scope(v.value) for v in variables):
            continue
        raise invalid(
            argument,
            received="an object made outside of the strategy's scope",
            expected="variables on every device",
            fix="create networks, optimizers, metrics and the model in `with strategy.scope():`",
        )
    if jit_compile is True:
        raise invalid(
            "jit_compile",
            received=f"True, under {type(strategy).__name__}",
            expected="'auto' or False: XLA cannot compile the communication between replicas",
            fix="leave it out",
        )
    if strategy.num_replicas_in_sync > 1:
        _check_players(players)


def _check_players(players: dict[str, Any]) -> None:
    reasons = dict.fromkeys(_CLIPPING, "it would only see the gradient of one replica's samples")
    reasons |= dict.fromkeys(_CONDITIONAL, "replicas cannot synchronize in a branch of the step")
    for argument, player in players.items():
        player = getattr(player, "inner_optimizer", player)
        for option, reason in reasons.items():
            if getattr(player, option, None) is not None:
                raise invalid(
                    argument,
                    received=f"an optimizer with {option}={getattr(player, option)}",
                    expected=f"no such option under a strategy of several replicas: {reason}",
                    fix=f"leave `{option}` out",
                )


def check_same_start(gan: Model) -> None:
    """Checks that all workers start at the same step; otherwise they would wait for each other.

    Raises:
        ValueError: If they have taken different numbers of steps.
    """
    strategy = strategy_of(gan)
    if strategy is None or strategy.cluster_resolver is None:
        return
    steps = gan.steps_taken
    run = tf.function(lambda: strategy.run(lambda: tf.constant([steps])), autograph=False)
    found = strategy.gather(run(), axis=0).numpy().tolist()
    if len(set(found)) > 1:
        raise invalid(
            "directory",
            received=f"workers that have taken {found} steps",
            expected="the same checkpoint on every worker",
            fix="pass `PeriodicCheckpoint` a folder that all workers can read",
        )
