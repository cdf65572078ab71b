"""The seam on TensorFlow: several steps in one compiled program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

# glibc maps requests beyond 32 MB anew each time: batches of 160 MB took four times as long to copy
# as the same in parts.
_MOST_BYTES = 16 * 2**20


def can_loop(gan: Any) -> bool:
    """Whether `several_steps` can be the model's train function."""
    several = gan.steps_per_execution > 1 and not gan.run_eagerly
    return several and gan.jit_compile


def several_steps(gan: Any, one_by_one: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Makes a function that trains on `steps_per_execution` batches, many in one program.

    Args:
        gan: The model.
        one_by_one: Keras' own function, for what is no stream: the batch of `train_on_batch`.

    Returns:
        A train function as Keras calls it, which raises `StopIteration` where no batch is left.
    """
    longest = gan.steps_per_execution

    @tf.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def run(batches: Any, count: Any) -> None:
        def body(i: Any) -> Any:
            gan.train_step(tf.nest.map_structure(lambda leaf: leaf[i], batches))
            return (i + 1,)

        tf.while_loop(lambda i: i < count, body, (tf.constant(0),))

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        logs: dict[str, Any]
        if not isinstance(iterator, tf.data.Iterator):
            logs = one_by_one(iterator)
            return logs
        if gan.progress.dataset is None:
            groups = _stack(itertools.islice(iterator, longest), longest)
        else:
            groups = _gather(gan.progress.dataset, gan.progress, longest)
        count = 0
        for batches, count in groups:
            run(batches, tf.constant(count))
        if not count:
            raise StopIteration
        logs = gan.get_metrics_result()
        return logs

    return train_function


def _stack(batches: Iterable[Any], longest: int) -> Iterator[tuple[Any, int]]:
    """Stacks batches of one shape, which only the last of a pass may differ from."""

    def size(batch: Any) -> int:
        return int(sum(leaf.numpy().nbytes for leaf in tf.nest.flatten(batch)))

    for alike, count in _groups(batches, _shapes, size, longest):
        yield tf.nest.map_structure(lambda *x: tf.stack(x), *alike), count


def _gather(dataset: Any, progress: Any, longest: int) -> Iterator[tuple[Any, int]]:
    """Reads the next batches from arrays at once, past the stream that Keras makes of them.

    One copy instead of one for each batch in a Python thread, which would compete with the
    training for the processor.
    """

    def size(indices: Any) -> int:
        sample = dataset.take(indices[:1])
        return len(indices) * int(sum(leaf.nbytes for leaf in tf.nest.flatten(sample)))

    end = min(progress.step + longest, dataset.batches_per_epoch)
    steps = [dataset.batch_indices(progress.epoch, i) for i in range(progress.step, end)]
    for alike, count in _groups(steps, len, size, longest):
        yield tf.nest.map_structure(tf.convert_to_tensor, dataset.take(np.stack(alike))), count


def _groups(
    batches: Iterable[Any],
    shape_of: Callable[[Any], Any],
    size_of: Callable[[Any], int],
    longest: int,
) -> Iterator[tuple[list[Any], int]]:
    """Groups batches of one shape, so that no group holds too much at once.

    Args:
        batches: Up to `longest` batches.
        shape_of: What batches of one group have in common.
        size_of: How many bytes a batch has.
        longest: How many batches there can be.

    Yields:
        Batches, and how many of them count: a group is filled up, because each length would be
        compiled of its own.
    """
    for _, alike in itertools.groupby(batches, key=shape_of):
        yield from _equal_parts(alike, size_of, longest)


def _equal_parts(
    batches: Iterator[Any], size_of: Callable[[Any], int], longest: int
) -> Iterator[tuple[list[Any], int]]:
    first = next(batches)
    parts = -(-longest * size_of(first) // _MOST_BYTES)
    length = -(-longest // max(1, min(parts, longest)))
    batches = itertools.chain([first], batches)
    while part := list(itertools.islice(batches, length)):
        yield part + part[:1] * (length - len(part)), len(part)


def _shapes(batch: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(leaf.shape) for leaf in tf.nest.flatten(batch))
