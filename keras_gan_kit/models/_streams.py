"""Streams of batches, as Keras reads them."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import keras
from keras import tree

from keras_gan_kit._errors import invalid
from keras_gan_kit._keras import StreamAdapter, keras_reads


class Restarted:
    """A stream made of a generator function, which is called once for every pass.

    Args:
        function: A function without arguments that returns an iterator over batches.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    def __iter__(self) -> Iterator[Any]:
        return iter(self._function())


def peek(argument: str, stream: Any) -> tuple[Any, Any]:
    """Reads the first batch of a stream.

    Returns:
        The batch, and the stream to train on, as Keras reads it on every backend. An iterator
        cannot be rewound, so its first batch is put in front again.

    Raises:
        ValueError: If there is no batch.
    """
    stream = Restarted(stream) if inspect.isroutine(stream) else stream
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
    if keras_reads(stream):
        return batch, stream
    batches: Any = Restarted(lambda: map(_as_tuple, stream))
    if iterator is stream:
        batches = map(_as_tuple, itertools.chain([batch], iterator))
    return batch, StreamAdapter(batches, _length(stream))


def _as_tuple(batch: Any) -> tuple[Any, ...]:
    # Keras takes only tuples from a generator; a bare batch may be an array, a dict or a list.
    batch = tree.map_structure(_to_numpy, batch)
    return batch if isinstance(batch, tuple) else (batch,)


def _to_numpy(leaf: Any) -> Any:
    return leaf.detach().cpu().numpy() if hasattr(leaf, "detach") else leaf  # of PyTorch


def _length(stream: Any) -> int | None:
    try:
        return len(stream)
    except TypeError:  # it has none, or like a DataLoader only seems to have one
        return None
