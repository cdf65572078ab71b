"""The seam on TensorFlow: which devices there are, and what they cannot share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf

from keras_gan_kit._errors import invalid

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_CONDITIONAL = ("gradient_accumulation_steps", "ema_overwrite_frequency")


def strategy_of(gan: Any) -> Any:
    """Returns the strategy in whose scope the model was made; None if there was none."""
    strategy = gan.distribute_strategy
    with strategy.scope():
        return strategy if tf.distribute.has_strategy() else None


def variables_scope(gan: Any) -> AbstractContextManager[Any]:
    """Surrounds code that makes variables for the model."""
    scope: AbstractContextManager[Any] = gan.distribute_strategy.scope()
    return scope


def check_batch_sizes(gan: Any, sizes: set[int]) -> None:
    """Refuses batches that the devices cannot share.

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
            received=f"a batch of {min(sizes)} samples, the last one of a pass perhaps, for "
            f"{devices} devices",
            expected="at least one sample for each device",
            fix="take another `batch_size`, or leave the last samples out",
        )


def is_chief(gan: Any) -> bool:
    """Tells whether this process writes the files: of several workers only one does."""
    resolver = gan.distribute_strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    jobs = resolver.cluster_spec().jobs
    return bool(resolver.task_id == 0 and ("chief" not in jobs or resolver.task_type == "chief"))


def check_devices(gan: Any, players: dict[str, Any], metrics: list[Any], jit_compile: Any) -> None:
    """Refuses what does not work under a strategy.

    Args:
        gan: The model, about to be compiled.
        players: The optimizers by their argument.
        metrics: The metrics of `compile`.
        jit_compile: The argument of `compile`.

    Raises:
        ValueError: If something was made outside of the scope, or cannot be shared by replicas.
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
            received="one made outside of the strategy's scope",
            expected="variables on every device",
            fix="make networks, optimizers, metrics and the model under `with strategy.scope():`",
        )
    if jit_compile is True:
        raise invalid(
            "jit_compile",
            received=f"True, under {type(strategy).__name__}",
            expected="'auto' or False: XLA cannot compile what replicas exchange",
            fix="leave it out",
        )
    if strategy.num_replicas_in_sync > 1:
        _check_players(players)


def _check_players(players: dict[str, Any]) -> None:
    reasons = dict.fromkeys(_CLIPPING, "it would see the gradient of one replica's samples")
    reasons |= dict.fromkeys(_CONDITIONAL, "replicas cannot meet in a branch of the step")
    for argument, player in players.items():
        player = getattr(player, "inner_optimizer", player)
        for option, reason in reasons.items():
            if getattr(player, option, None) is not None:
                raise invalid(
                    argument,
                    received=f"an optimizer with {option}={getattr(player, option)}",
                    expected=f"none under a strategy of several replicas: {reason}",
                    fix=f"leave `{option}` out",
                )


def check_same_start(gan: Any) -> None:
    """Refuses workers that do not begin at the same step: they would wait for each other for ever.

    Raises:
        ValueError: If one has found a checkpoint that another has not.
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
            fix="give `PeriodicCheckpoint` a folder that all workers read",
        )
