"""Sample weights in losses, penalties and logs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from keras import ops


def weighted_mean(values: Any, sample_weight: Any) -> Any:
    """Averages values over all axes, as a Keras loss does: sum(w_i v_i) / n.

    Args:
        values: A tensor, batch first.
        sample_weight: A weight for each sample, of shape (batch,); None for 1.
    """
    if sample_weight is None:
        return ops.mean(values)
    return ops.mean(values * _of_samples(values, sample_weight))


def weighted_share(values: Any, sample_weight: Any) -> Any:
    """Averages values over all axes, as a Keras metric does: sum(w_i v_i) / sum(w_i).

    Args:
        values: A tensor, batch first.
        sample_weight: A weight for each sample, of shape (batch,); None for 1.
    """
    mean = weighted_mean(values, sample_weight)
    return mean if sample_weight is None else ops.divide_no_nan(mean, ops.mean(sample_weight))


def _of_samples(values: Any, sample_weight: Any) -> Any:
    return ops.reshape(sample_weight, (-1,) + (1,) * (len(values.shape) - 1))


def weighted(function: Callable[..., Any], sample_weight: Any) -> Callable[..., Any]:
    """Passes the weights to a function, if there are any and it takes them."""
    if sample_weight is None or not takes_weights(function):
        return function
    return functools.partial(function, sample_weight=sample_weight)


def takes_weights(function: Callable[..., Any]) -> bool:
    """Returns whether a function has the argument `sample_weight`."""
    return "sample_weight" in inspect.signature(function).parameters
