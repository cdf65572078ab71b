"""The seam where one program sees the whole batch: JAX, which divides it by itself, and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def draw_for_batch(draw: Callable[[Any], Any], batch_size: Any) -> Any:
    """Draws for the whole batch of a step, and returns what belongs to this device's samples.

    Args:
        draw: Draws so many: maps a batch size to a structure of tensors, batch first, or None.
        batch_size: How many samples this device has.
    """
    return draw(batch_size)


def whole_batch(samples: Any) -> Any:
    """Collects the samples of all devices, in the order of the batch of the step."""
    return samples


def mean_of_batch(values: Any, weight: Any) -> tuple[Any, Any]:
    """Averages over the batch of a step.

    Args:
        values: A vector of means over this device's samples.
        weight: How many samples those are, as a float.

    Returns:
        The means over the whole batch, and how many samples it has.
    """
    return values, weight


def variables_scope(gan: Any) -> AbstractContextManager[Any]:
    """Surrounds code that makes variables for the model."""
    return nullcontext()


def as_input(dataset: Any, gan: Any) -> Any:
    """Returns what Keras reads an `ArrayDataset` from: itself."""
    return dataset


def check_devices(gan: Any, players: dict[str, Any], metrics: list[Any], jit_compile: Any) -> None:
    """Refuses nothing: what there is, every device can do."""


def check_same_start(gan: Any) -> None:
    """Refuses nothing: there is one worker."""
