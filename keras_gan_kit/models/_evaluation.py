"""Evaluation: its random numbers, and the metrics of `compile`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

# Evaluation draws its latents from this seed, so that it is repeatable.
_SEED = 0x5EED


@contextmanager
def repeatable(gan: GANModel) -> Iterator[None]:
    """Gives evaluation its own random numbers; those of training go on afterwards."""
    state = gan.seed_generator.state
    before = ops.convert_to_numpy(state).copy()
    state.assign(np.array([_SEED, 0], before.dtype))
    try:
        yield
    finally:
        state.assign(before)


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
