"""The TensorFlow backend: how arrays reach a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.tensorflow_devices import strategy_of


def as_input(dataset: Any, gan: Model) -> Any:
    """Makes the `tf.data` pipeline that Keras reads for an `ArrayDataset`.

    Keras would use `Dataset.from_generator`. Its first use makes the allocator of the process
    return free memory to the system, so that each step maps its memory again, and a dense network
    takes 1.7 times as long.

    Args:
        dataset: An `ArrayDataset`. Each pass over the pipeline is the epoch that it is set to.
        gan: The model. Under a strategy each replica reads its part of a batch.

    Returns:
        A `tf.data.Dataset` of its batches, with the cardinality of a whole epoch.
    """
    strategy = strategy_of(gan)
    if strategy is not None:
        return _distributed(strategy, dataset)
    pipeline = _pipeline(dataset)
    whole = tf.constant(dataset.batches_per_epoch, tf.int64)
    pipeline.cardinality = lambda: whole  # for the progress bar
    return pipeline


def _pipeline(dataset: Any, parts: range = range(1), of: int = 0) -> Any:
    """Makes a pipeline of batches, or of certain parts of every batch."""
    empty = dataset.take(dataset.batch_indices(0, 0)[:0])
    leaves = present(empty)

    def left() -> np.ndarray[Any, Any]:
        if not of:  # distributed iterators read ahead, and Keras creates them in advance
            dataset.on_epoch_begin()
        return np.array([dataset.epoch, dataset.start_step, dataset.batches_per_epoch], "int64")

    def read(*position: Any) -> list[np.ndarray[Any, Any]]:
        epoch, step, part = map(int, position)
        if of:
            indices = np.array_split(dataset.batch_indices(epoch, step), of)
            found = dataset.take(indices[part])
        else:
            found = dataset.batch(epoch, step)
        return present(found)

    def positions(_: Any) -> Any:
        found = tf.ensure_shape(tf.numpy_function(left, [], tf.int64), (3,))
        epoch, first, end = tf.unstack(found)
        # A range, because an epoch may have any number of steps.
        places = tf.data.Dataset.range(first * len(parts), end * len(parts))
        return places.map(
            lambda place: (epoch, place // len(parts), parts.start + place % len(parts))
        )

    def batch(*position: Any) -> Any:
        tensors = tf.numpy_function(read, position, [leaf.dtype for leaf in leaves])
        for tensor, leaf in zip(tensors, leaves, strict=True):
            tensor.set_shape((None, *leaf.shape[1:]))
        found = iter(tensors)
        return map_present(lambda _: next(found), empty)

    pipeline = tf.data.Dataset.from_tensors(0).flat_map(positions).map(batch)
    return _untuned(pipeline.prefetch(2 * len(parts)))


def present(batch: Any) -> list[Any]:
    """Lists the arrays of a batch; labels may be missing before sample weights."""
    return [leaf for leaf in tf.nest.flatten(batch) if leaf is not None]


def map_present(function: Callable[[Any], Any], batch: Any) -> Any:
    """Applies a function to the arrays of a batch, and keeps None for missing parts."""
    return tf.nest.map_structure(lambda leaf: None if leaf is None else function(leaf), batch)


def _untuned(pipeline: Any) -> Any:
    # No autotuning: there is nothing to tune, and the end of a pass would wait for the tuner, up to
    # twice the time of the pass.
    options = tf.data.Options()
    options.autotune.enabled = False
    return pipeline.with_options(options)


def _distributed(strategy: Any, dataset: Any) -> Any:
    """Makes a pipeline for each worker; its replicas read parts of a batch in turn."""
    parts = strategy.num_replicas_in_sync

    def of_worker(context: Any) -> Any:
        here = parts // context.num_input_pipelines
        first = context.input_pipeline_id * here
        return _pipeline(dataset, range(first, first + here), parts)

    distributed = strategy.distribute_datasets_from_function(of_worker)
    # Private: the public attribute cannot be set, and a resumed epoch has fewer batches.
    distributed._cardinality = np.int64(dataset.batches_per_epoch)
    return distributed
