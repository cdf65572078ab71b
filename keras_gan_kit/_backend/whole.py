"""Functions for backends that run one program on the whole batch: JAX and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from keras import ops, tree

from keras_gan_kit._backend._model import Model


def draw_for_batch(draw: Callable[[Any], Any], batch_size: Any) -> Any:
    """Draws for the whole batch of a step, and returns the rows of this device's samples.

    Args:
        draw: Maps a batch size to a structure of tensors, batch first, or None.
        batch_size: The number of samples on this device.
    """
    return draw(batch_size)


def rows_of_blocks(block: Callable[[Any], Any], first: Any, count: int, size: int) -> Any:
    """Draws some of the rows of an endless sequence, which is drawn in blocks.

    Args:
        block: Maps the number of a block to its rows, a structure of tensors.
        first: The first row, an integer tensor.
        count: The number of rows.
        size: The number of rows in a block.
    """
    start = first // size
    blocks = [block(start + k) for k in range((count - 1) // size + 2)]
    rows = first - start * size + ops.arange(count)
    return tree.map_structure(
        lambda *leaves: ops.take(ops.concatenate(leaves), rows, axis=0), *blocks
    )


def whole_batch(samples: Any) -> Any:
    """Collects the samples of all devices, in the order of the batch of the step."""
    return samples


def mean_of_batch(values: Any, weight: Any) -> tuple[Any, Any]:
    """Averages over the batch of a step.

    Args:
        values: A vector of means over this device's samples.
        weight: The number of those samples, as a float.

    Returns:
        The means over the whole batch, and its number of samples.
    """
    return values, weight


def variables_scope(gan: Model) -> AbstractContextManager[Any]:
    """Returns a context for code that makes variables of the model."""
    return nullcontext()


def as_input(dataset: Any, gan: Model) -> Any:
    """Returns the dataset, which Keras reads as it is."""
    return dataset


def check_devices(
    gan: Model, players: dict[str, Any], metrics: list[Any], jit_compile: Any
) -> None:
    """Does nothing, because every device supports all settings."""


def check_same_start(gan: Model) -> None:
    """Does nothing, because there is one worker."""
