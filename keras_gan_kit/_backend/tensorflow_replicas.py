"""The seam on TensorFlow, under `tf.distribute`: a step of which every replica takes a part.

What a step computes must not depend on how many replicas share it. So a replica knows where its
samples lie in the batch of the step: it weighs its losses by its share, so that the gradients,
which Keras' optimizers sum, are those of the whole batch; it draws random numbers for the whole
batch, the same on all replicas, and takes those of its samples; and what is logged is the mean over
the whole batch, the same on all replicas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from keras_gan_kit._errors import explain

_SUM = tf.distribute.ReduceOp.SUM
# Far more than the seeds of two layers of a model differ by.
_BETWEEN_REPLICAS = 1_000_003


class _Place(NamedTuple):
    """Where the samples of a replica lie in the batch of the step."""

    first: Any
    own: Any
    whole: Any

    @property
    def share(self) -> Any:
        return tf.cast(self.own, tf.float32) / tf.cast(tf.maximum(self.whole, 1), tf.float32)


# Every replica runs in a thread of its own. Without a strategy there is no place.
_PLACE: ContextVar[_Place | None] = ContextVar("place", default=None)


@contextmanager
def part_of_step(gan: Any, data: Any, *, training: bool) -> Iterator[None]:
    """Surrounds what a replica does in a step."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        yield
        return
    replica = context.replica_id_in_sync_group
    own = tf.shape(tf.nest.flatten(data)[0])[0]
    # By a sum, whose order nobody has to know; of floats, which every device can add up.
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
        fix="leave the last samples out, or take another batch size",
    )
    return tf.debugging.assert_positive(sizes, message=message)


@contextmanager
def _own_noise(gan: Any, replica: Any) -> Iterator[None]:
    """Gives the layers of each replica other random numbers, and puts the seeds right after.

    A `Dropout` draws for the samples it sees; with one seed for all, every replica would drop the
    same units. The model's own seed stays: what it draws is for the whole batch.
    """
    seeds = [state for state in gan.random_states if state is not gan.seed_generator.state]
    shifts = [tf.cast(tf.stack([replica * _BETWEEN_REPLICAS, 0]), s.value.dtype) for s in seeds]
    for seed, shift in zip(seeds, shifts, strict=True):
        seed.assign(seed.value + shift)
    yield
    for seed, shift in zip(seeds, shifts, strict=True):
        seed.assign(seed.value - shift)


def share_of(loss: Any) -> Any:
    """Weighs the mean over a replica's samples: the sum over replicas is that of the batch."""
    place = _PLACE.get()
    return loss if place is None else loss * tf.cast(place.share, loss.dtype)


def draw_for_batch(draw: Callable[[Any], Any], batch_size: Any) -> Any:
    """Draws for the whole batch of a step, and returns what belongs to this device's samples.

    Args:
        draw: Draws so many: maps a batch size to a structure of tensors, batch first, or None.
        batch_size: How many samples this device has.
    """
    place = _PLACE.get()
    if place is None:
        return draw(batch_size)
    rows = slice(place.first, place.first + place.own)
    return keras.tree.map_structure(
        lambda leaf: None if leaf is None else leaf[rows], draw(place.whole)
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
        weight: How many samples those are, as a float.

    Returns:
        The means over the whole batch, and how many samples it has.
    """
    place = _PLACE.get()
    if place is None:
        return values, weight
    # Where there is no sample, there is no mean either.
    part = tf.where(place.own > 0, values * place.share, tf.zeros_like(values))
    total: Any = tf.distribute.get_replica_context().all_reduce(_SUM, part)
    return total, tf.cast(place.whole, weight.dtype)


def on_replicas(
    gan: Any, step: Callable[[Any], Any], results: Callable[[], dict[str, Any]]
) -> Callable[[Any], dict[str, Any]]:
    """Makes the function that Keras calls for up to `steps_per_execution` steps.

    Keras' own reduces what steps return over the replicas, which fails for numbers where there are
    several workers, and its loop over steps fails on several replicas. Here nothing is returned:
    `results` are read from the model.
    """
    strategy, several = gan.distribute_strategy, gan.steps_per_execution

    def one(batch: Any) -> None:
        strategy.run(step, (batch,))

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

    compiled = one if gan.run_eagerly else tf.function(one, autograph=False, reduce_retracing=True)
    looped = tf.function(loop, autograph=False, reduce_retracing=True)

    def execute(iterator: Any) -> dict[str, Any]:
        stream = isinstance(iterator, tf.data.Iterator | tf.distribute.DistributedIterator)
        if several > 1 and stream and not gan.run_eagerly:
            taken = int(looped(iterator))
        else:
            taken = 0
            with suppress(StopIteration, tf.errors.OutOfRangeError):
                while taken < several:
                    compiled(next(iterator))
                    taken += 1
        if not taken:
            raise StopIteration
        return results()

    return execute
