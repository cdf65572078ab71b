"""Evaluation: its random numbers, and the metrics of `compile`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from keras_gan_kit._backend import draw_for_batch, rows_of_blocks
from keras_gan_kit._keras import shorter_epochs
from keras_gan_kit.models._step import batch_size_of

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

# Evaluation draws its latents from this seed, so that it is repeatable.
_SEED = 0x5EED
# Latents are drawn in blocks of this number, each from its own seed. On PyTorch, a draw changes the
# seed by 1, so seeds have to lie apart.
_BLOCK, _APART = 128, 1009


@contextmanager
def repeatable(gan: GANModel, steps: int | None) -> Iterator[None]:
    """Uses separate random numbers in evaluation, and restores those of training afterwards.

    Args:
        gan: The model.
        steps: The number of batches that the user asked for. If None, Keras' warning about the end
            of a stream of unknown length is silenced.
    """
    state = gan.seed_generator.state
    before = ops.convert_to_numpy(state).copy()
    state.assign(np.array([_SEED, 0], before.dtype))
    try:
        with shorter_epochs(steps is None):
            yield
    finally:
        state.assign(before)


def latents_of(gan: GANModel, samples: Any) -> Any:
    """Draws the latents of a batch in evaluation.

    Latent i depends only on i, so results do not depend on the batch size.

    Args:
        gan: The model.
        samples: Real samples, as many as latents are needed.
    """
    size = batch_size_of(samples)
    if gan.latent_dim is None:
        return draw_for_batch(gan.draw_latents, size)
    state = gan.seed_generator.state

    def block(number: Any) -> Any:
        state.assign(ops.cast(ops.stack([_SEED + _APART * number, 0]), state.dtype))
        return gan.draw_latents(_BLOCK)

    seen = ops.cast(gan.step_log.totals.value[-1], "int32")
    drawn = draw_for_batch(lambda count: rows_of_blocks(block, seen, count, _BLOCK), size)
    state.assign(ops.cast(ops.stack([seen, 0]), state.dtype))  # for penalties
    return drawn


def _late_metrics(gan: GANModel) -> list[Any]:
    """Returns the metrics that are too slow for every step: `only_at_end` is True."""
    return [m for m in gan.evaluation_metrics if getattr(m, "only_at_end", False)]


def running_results(gan: GANModel) -> dict[str, Any]:
    """Returns the current values of the metrics that are computed in every step."""
    late = {id(metric) for metric in _late_metrics(gan)}
    values: dict[str, Any] = {}
    for metric in gan.evaluation_metrics:
        if id(metric) not in late:
            result = metric.result()
            values |= result if isinstance(result, dict) else {metric.name: result}
    return values


def with_late_results(gan: GANModel, logs: dict[str, Any], *, as_dict: bool) -> Any:
    """Adds the metrics computed at the end; returns a dict, or values in their order."""
    logs |= {metric.name: float(metric.result()) for metric in _late_metrics(gan)}
    names = [name for name in gan.metrics_names if name in logs]
    return logs if as_dict else [logs[name] for name in [*names, *sorted({*logs} - {*names})]]
