"""The TensorFlow backend: several steps in one compiled program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan_kit._backend._model import Model, Training
from keras_gan_kit._backend.tensorflow_input import map_present, present

# glibc maps memory for every request above 32 MB: copying 160 MB at once took four times as long as
# in parts.
_MOST_BYTES = 16 * 2**20


def can_loop(gan: Model) -> bool:
    """Returns whether the model can train with `several_steps`."""
    several = gan.steps_per_execution > 1 and not gan.run_eagerly
    return several and gan.jit_compile


def several_steps(gan: Model, one_by_one: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Makes a function that trains on `steps_per_execution` batches, many in one program.

    Args:
        gan: The model.
        one_by_one: The function that Keras made, for the single batch of `train_on_batch`.

    Returns:
        A training function as Keras calls it. It raises `StopIteration` if no batch is left.
    """
    longest = gan.steps_per_execution
    overridden = gan.overrides("train_step")

    @tf.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def run(batches: Any, count: Any) -> Any:
        def step(i: Any) -> Any:
            return gan.train_step(map_present(lambda leaf: leaf[i], batches))

        def body(i: Any, _: Any) -> Any:
            logs = step(i)
            return i + 1, logs if overridden else ()

        # The structure of a subclass's logs must be known before the loop. A GAN keeps its own logs
        # in `step_log`.
        first = (tf.constant(1), step(0)) if overridden else (tf.constant(0), ())
        return tf.while_loop(lambda i, _: i < count, body, first)[1]

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        if not isinstance(iterator, tf.data.Iterator):
            logs = one_by_one(iterator)
            return logs
        if gan.progress.dataset is None:
            groups = _stack(itertools.islice(iterator, longest), longest)
        else:
            groups = _gather(gan.progress.dataset, gan.progress, longest)
        count = 0
        for batches, count in groups:
            logs = run(batches, tf.constant(count))
        if not count:
            raise StopIteration
        return logs if overridden else gan.get_metrics_result()

    return train_function


def _stack(batches: Iterable[Any], longest: int) -> Iterator[tuple[Any, int]]:
    """Stacks batches of one shape; the last batch of a pass may have another."""

    def size(batch: Any) -> int:
        return int(sum(leaf.numpy().nbytes for leaf in present(batch)))

    for alike, count in _groups(batches, _shapes, size, longest):
        yield _stacked(alike), count


def _stacked(batches: list[Any]) -> Any:
    columns = iter(zip(*map(present, batches), strict=True))
    return map_present(lambda _: tf.stack(next(columns)), batches[0])


def _gather(dataset: Any, progress: Training, longest: int) -> Iterator[tuple[Any, int]]:
    """Reads the next batches from arrays at once, instead of from the stream that Keras makes.

    This takes one copy. The stream copies each batch in a Python thread that competes with the
    training for the CPU.
    """

    def size(indices: Any) -> int:
        sample = dataset.take(indices[:1])
        return len(indices) * int(sum(leaf.nbytes for leaf in present(sample)))

    end = min(progress.step + longest, dataset.batches_per_epoch)
    steps = [dataset.batch_indices(progress.round, i) for i in range(progress.step, end)]
    for alike, count in _groups(steps, len, size, longest):
        yield map_present(tf.convert_to_tensor, dataset.take(np.stack(alike))), count


def _groups(
    batches: Iterable[Any],
    shape_of: Callable[[Any], Any],
    size_of: Callable[[Any], int],
    longest: int,
) -> Iterator[tuple[list[Any], int]]:
    """Groups batches of one shape, so that no group needs too much memory.

    Args:
        batches: Up to `longest` batches.
        shape_of: Returns the key that batches of one group share.
        size_of: Returns the number of bytes of a batch.
        longest: The largest number of batches.

    Yields:
        Batches, and the number of them that are not padding. Groups are padded to one length,
        because each length would be compiled separately.
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
    return tuple(tuple(leaf.shape) for leaf in present(batch))
