"""The TensorFlow backend under `tf.distribute`: a step that replicas share.

The result of a step must not depend on the number of replicas. Each replica knows the position of
its samples in the batch of the step. It weights its losses by its share, so that the sum of the
gradients, which Keras' optimizers compute, is the gradient of the whole batch. It draws random
numbers for the whole batch and takes those of its samples. Logs are means over the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from keras_gan_kit._backend import whole
from keras_gan_kit._backend._model import Model
from keras_gan_kit._errors import explain

_SUM = tf.distribute.ReduceOp.SUM
# Larger than the difference between the seeds of two layers of a model.
_BETWEEN_REPLICAS = 1_000_003


class _Place(NamedTuple):
    """The position of a replica's samples in the batch of the step."""

    first: Any
    own: Any
    whole: Any

    @property
    def share(self) -> Any:
        return tf.cast(self.own, tf.float32) / tf.cast(tf.maximum(self.whole, 1), tf.float32)


# Each replica runs in its own thread. Without a strategy, there is no place.
_PLACE: ContextVar[_Place | None] = ContextVar("place", default=None)


@contextmanager
def part_of_step(gan: Model, data: Any, *, training: bool) -> Iterator[None]:
    """Returns a context for a replica's part of a step."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        yield
        return
    replica = context.replica_id_in_sync_group
    own = tf.shape(tf.nest.flatten(data)[0])[0]
    # A sum needs no order of the replicas, and every device can add floats.
    mine = tf.one_hot(replica, context.num_replicas_in_sync) * tf.cast(own, tf.float32)
    sizes = tf.cast(context.all_reduce(_SUM, mine), tf.int32)
    first = tf.cumsum(sizes, exclusive=True)[replica]
    token = _PLACE.set(_Place(first, own, tf.reduce_sum(sizes)))
    try:
        if training:
            with tf.control_dependencies([_no_empty_part(sizes)]), _own_noise(gan, replica):
                yield
        else:
            yield
    finally:
        _PLACE.reset(token)


def _no_empty_part(sizes: Any) -> Any:
    message = explain(
        "x",
        received="a batch of fewer samples than there are devices",
        expected="at least one sample for each device",
        fix="leave the last samples out, or use another batch size",
    )
    return tf.debugging.assert_positive(sizes, message=message)


@contextmanager
def _own_noise(gan: Model, replica: Any) -> Iterator[None]:
    """Shifts the seeds of layers on each replica, and restores them afterwards.

    A `Dropout` draws for its own samples. With the same seed, every replica would drop the same
    units. The model's own seed does not change, because it draws for the whole batch.
    """
    seeds = [state for state in gan.random_states if state is not gan.seed_generator.state]
    shifts = [tf.cast(tf.stack([replica * _BETWEEN_REPLICAS, 0]), s.value.dtype) for s in seeds]
    for seed, shift in zip(seeds, shifts, strict=True):
        seed.assign(seed.value + shift)
    yield
    for seed, shift in zip(seeds, shifts, strict=True):
        seed.assign(seed.value - shift)


def share_of(loss: Any) -> Any:
    """Weights a replica's mean so that the sum over replicas is the mean over the batch."""
    place = _PLACE.get()
    return loss if place is None else loss * tf.cast(place.share, loss.dtype)


def draw_for_batch(draw: Callable[[Any], Any], batch_size: Any) -> Any:
    """Draws for the whole batch of a step, and returns the rows of this device's samples.

    Args:
        draw: Maps a batch size to a structure of tensors, batch first, or None.
        batch_size: The number of samples on this device.
    """
    place = _PLACE.get()
    if place is None:
        return draw(batch_size)
    rows = slice(place.first, place.first + place.own)
    return keras.tree.map_structure(
        lambda leaf: None if leaf is None else leaf[rows], draw(place.whole)
    )


def rows_of_blocks(block: Callable[[Any], Any], first: Any, count: Any, size: int) -> Any:
    """Draws some of the rows of an endless sequence, which is drawn in blocks.

    Args:
        block: Maps the number of a block to its rows, a structure of tensors.
        first: The first row, an integer tensor.
        count: The number of rows; a tensor if it varies.
        size: The number of rows in a block.
    """
    if isinstance(count, int):
        return whole.rows_of_blocks(block, first, count, size)
    start = first // size
    specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, block(start))
    blocks = tf.map_fn(block, start + tf.range((count - 1) // size + 2), fn_output_signature=specs)
    rows = first - start * size + tf.range(count)
    return tf.nest.map_structure(
        lambda leaf: tf.gather(tf.reshape(leaf, (-1, *leaf.shape[2:])), rows), blocks
    )


def whole_batch(samples: Any) -> Any:
    """Collects the samples of all devices, in the order of the batch of the step."""
    if _PLACE.get() is None:
        return samples
    context = tf.distribute.get_replica_context()
    return keras.tree.map_structure(lambda leaf: context.all_gather(leaf, axis=0), samples)


def mean_of_batch(values: Any, weight: Any) -> tuple[Any, Any]:
    """Averages over the batch of a step.

    Args:
        values: A vector of means over this device's samples.
        weight: The number of those samples, as a float.

    Returns:
        The means over the whole batch, and its number of samples.
    """
    place = _PLACE.get()
    if place is None:
        return values, weight
    # Without samples, there is no mean.
    part = tf.where(place.own > 0, values * place.share, tf.zeros_like(values))
    total: Any = tf.distribute.get_replica_context().all_reduce(_SUM, part)
    return total, tf.cast(place.whole, weight.dtype)


def on_replicas(
    gan: Model, step: str, results: Callable[[], dict[str, Any]]
) -> Callable[[Any], dict[str, Any]]:
    """Makes the function that Keras calls for up to `steps_per_execution` steps.

    Keras' own function reduces what steps return over the replicas, which fails for numbers with
    several workers, and its loop over steps fails on several replicas. Here the logs are read from
    the model, unless a subclass overrides the step: then they are the means over this worker's
    replicas.

    Args:
        gan: The model.
        step: "train_step" or "test_step".
        results: Returns the logs.
    """
    strategy, several = gan.distribute_strategy, gan.steps_per_execution
    overridden, on_batch = gan.overrides(step), getattr(gan, step)

    def one(batch: Any) -> Any:
        logs = strategy.run(on_batch, (batch,))
        return {key: _local_mean(strategy, logs[key]) for key in logs} if overridden else {}

    compiled = one if gan.run_eagerly else tf.function(one, autograph=False, reduce_retracing=True)
    looped = _looped(one, several)

    def execute(iterator: Any) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        stream = isinstance(iterator, tf.data.Iterator | tf.distribute.DistributedIterator)
        if several > 1 and stream and not gan.run_eagerly and not overridden:
            taken = int(looped(iterator))
        else:
            taken = 0
            with suppress(StopIteration, tf.errors.OutOfRangeError):
                while taken < several:
                    logs = compiled(next(iterator))
                    taken += 1
        if not taken:
            raise StopIteration
        return logs if overridden else results()

    return execute


def _looped(one: Callable[[Any], Any], several: int) -> Any:
    """Makes a compiled function that runs up to `several` steps, and returns their number."""

    def loop(iterator: Any) -> Any:
        def body(taken: Any, _: Any) -> tuple[Any, Any]:
            batch = iterator.get_next_as_optional()
            found = batch.has_value()

            def train() -> Any:
                one(batch.get_value())
                return taken + 1

            return tf.cond(found, train, lambda: taken), found

        start = tf.constant(0), tf.constant(True)
        return tf.while_loop(lambda i, found: tf.logical_and(found, i < several), body, start)[0]

    return tf.function(loop, autograph=False, reduce_retracing=True)


def _local_mean(strategy: Any, value: Any) -> Any:
    """Averages a value over the replicas of this worker."""
    values = strategy.experimental_local_results(value)
    return tf.add_n([tf.convert_to_tensor(one) for one in values]) / len(values)
