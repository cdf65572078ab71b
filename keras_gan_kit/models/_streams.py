"""Streams of batches, as Keras reads them."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid
from keras_gan_kit._keras import StreamAdapter, is_torch_dataloader, keras_knows


class Batches:
    """A stream that begins again in every pass.

    Args:
        begin: Returns an iterator over the batches.
        length: The number of batches; None if unknown.
    """

    def __init__(self, begin: Callable[[], Iterable[Any]], length: int | None = None) -> None:
        self._begin = begin
        self.length = length

    def __iter__(self) -> Iterator[Any]:
        return iter(self._begin())

    def changed(self, change: Callable[[Any], Any]) -> Batches:
        """Returns the stream with every batch changed."""
        return Batches(lambda: map(change, self), self.length)


def peek(argument: str, stream: Any) -> tuple[Any, Any]:
    """Reads the first batch of a stream.

    Returns:
        The batch, and the stream to use from now on. An iterator cannot be rewound, so its first
        batch is put in front again. Generator functions and other iterables become `Batches`.

    Raises:
        ValueError: If there is no batch.
    """
    if inspect.isroutine(stream):
        stream = Batches(stream)
    try:
        if isinstance(stream, keras.utils.PyDataset) and stream.num_batches != 0:
            return stream[0], stream
        iterator = iter(stream)
        batch = next(iterator)
    except StopIteration:
        raise invalid(
            argument,
            received="a stream without a batch",
            expected="at least one batch",
            fix="check the path or the filter that the data comes from",
        ) from None
    if iterator is stream:
        return batch, itertools.chain([batch], iterator)
    if keras_knows(stream) or isinstance(stream, Batches):
        return batch, stream
    return batch, Batches(lambda: stream, _length(stream))


def as_keras_reads(stream: Any) -> Any:
    """Wraps a stream from `peek` so that Keras reads its batches unchanged.

    Except on PyTorch, Keras iterates over each batch of a DataLoader: over the keys of a dict, or
    the rows of a tensor.
    """
    loader = is_torch_dataloader(stream)
    if keras_knows(stream) and not (loader and keras.backend.backend() != "torch"):
        return stream
    if iter(stream) is stream:
        return StreamAdapter(map(_as_tuple, stream))
    length = stream.length if isinstance(stream, Batches) else _length(stream)
    return StreamAdapter(Batches(lambda: map(_as_tuple, stream)), length)


def _as_tuple(batch: Any) -> tuple[Any, ...]:
    # Keras takes only tuples from a generator; a bare batch may be an array or a dict. It takes
    # lists from a DataLoader, as PyTorch makes them, for tuples.
    batch = tree.map_structure(_to_numpy, batch)
    return tuple(batch) if isinstance(batch, tuple | list) else (batch,)


def _to_numpy(leaf: Any) -> Any:
    return leaf.detach().cpu().numpy() if hasattr(leaf, "detach") else leaf  # of PyTorch


def _length(stream: Any) -> int | None:
    try:
        return len(stream)
    except TypeError:  # no `__len__`, or one that raises, as of some DataLoaders
        return None
