"""Checks or changes every batch of a stream, before a step sees it."""

from __future__ import annotations

import copy
import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

Change = Callable[[Any], Any]
_FOUND = re.compile(r"labels from (-?\d+) to (-?\d+)|the label (-?\d+)")


def with_checked_labels(stream: Any, check: Callable[[Any], None], num_classes: int) -> Any:
    """Returns a stream of the same batches that raises an error at a bad label.

    The check runs in the input pipeline, so that no step waits for it.

    Args:
        stream: Yields (x, y) or (x, y, sample_weight).
        check: Raises an error if the labels of a batch are wrong.
        num_classes: Labels are 0 to `num_classes` - 1.
    """
    tf = sys.modules.get("tensorflow")
    if tf is not None and isinstance(stream, tf.data.Dataset):
        return _checked_pipeline(tf, stream, num_classes)
    return _changed(stream, functools.partial(_check_batch, check))


def _check_batch(check: Callable[[Any], None], batch: Any) -> Any:
    check(keras.utils.unpack_x_y_sample_weight(batch)[1])
    return batch


def with_labels_of_nothing(stream: Any) -> Any:
    """Replaces the None in (x, None, sample_weight) where Keras' pipelines do not accept it.

    On TensorFlow, Keras turns a generator, a `PyDataset` or a `DataLoader` into a pipeline with a
    tensor for each part of a batch. Labels of shape (batch, 0) stand for no labels.
    """
    return _changed(stream, _with_labels) if keras.backend.backend() == "tensorflow" else stream


def _with_labels(batch: Any) -> Any:
    x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
    return x, np.zeros((len(weight), 0), "float32") if y is None else y, weight


def _changed(stream: Any, change: Change) -> Any:
    """Returns a stream with every batch changed, of the same kind as `stream`."""
    if isinstance(stream, keras.utils.PyDataset):
        return _ChangedDataset(stream, change)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(stream, torch.utils.data.DataLoader):
        stream = copy.copy(stream)
        stream.collate_fn = _ChangedCollation(stream.collate_fn, change)
        return stream
    if hasattr(stream, "changed"):  # it begins again in every epoch
        return stream.changed(change)
    return (change(batch) for batch in stream) if iter(stream) is stream else stream


class _ChangedCollation:
    """Makes batches for a `DataLoader`; its workers may be other processes."""

    def __init__(self, collate: Callable[[Any], Any], change: Change) -> None:
        self.collate, self.change = collate, change

    def __call__(self, samples: Any) -> Any:
        return self.change(self.collate(samples))


class _ChangedDataset(keras.utils.PyDataset):
    """Reads the batches of another dataset."""

    def __init__(self, dataset: keras.utils.PyDataset, change: Change) -> None:
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self.dataset, self.change = dataset, change

    @property
    def num_batches(self) -> int | None:
        """The number of batches."""
        number: int | None = self.dataset.num_batches
        return number

    def __getitem__(self, index: int) -> Any:
        return self.change(self.dataset[index])

    def on_epoch_begin(self) -> None:
        """Begins an epoch."""
        self.dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """Ends an epoch."""
        self.dataset.on_epoch_end()


def _checked_pipeline(tf: Any, pipeline: Any, num_classes: int) -> Any:
    def check(*parts: Any) -> Any:
        low, high = tf.reduce_min(parts[1]), tf.reduce_max(parts[1])
        right = tf.logical_and(low >= 0, high < num_classes)
        message = tf.strings.format("labels from {} to {}", (low, high))
        with tf.control_dependencies([tf.debugging.Assert(right, [message])]):
            return (parts[0], tf.identity(parts[1]), *parts[2:])

    return pipeline.map(check)


@contextmanager
def explained(raise_error: Callable[[int, int], None]) -> Iterator[None]:
    """Turns the error of a checked `tf.data` pipeline into one of this package.

    Args:
        raise_error: Raises it, given the smallest and the largest label of the batch.
    """
    tf = sys.modules.get("tensorflow")
    of_pipelines = () if tf is None else tf.errors.InvalidArgumentError
    try:
        yield
    except of_pipelines as error:
        found = _FOUND.search(str(error))
        if found is not None:
            low, high, only = found.groups()
            raise_error(int(low or only), int(high or only))
        raise
