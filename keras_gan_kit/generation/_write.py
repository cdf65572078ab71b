"""Writes shards: the generator draws while other threads encode and write."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue
from typing import Any

import numpy as np
from keras import tree
from numpy.typing import NDArray

from keras_gan_kit.data import to_uint8
from keras_gan_kit.generation._folder import hash_folder, write_folder
from keras_gan_kit.generation._image_files import encode_image
from keras_gan_kit.generation._manifest import Record, environment
from keras_gan_kit.generation._parquet import hash_file, write_file
from keras_gan_kit.generation._parts import Part
from keras_gan_kit.generation._plan import Plan
from keras_gan_kit.generation._request import Request
from keras_gan_kit.generation._table import check_finite, table_of

_POLL = 0.1  # seconds between two checks of the writing thread


def write_shards(
    request: Request,
    plan: Plan,
    directory: Path,
    shards: Sequence[int],
    *,
    written: Callable[[int], object],
    finished: Callable[[Record], None],
) -> None:
    """Writes shards one after the other.

    This thread runs the generator. Others encode its outputs; one more writes them, syncs them to
    disk and hashes them. Only a few batches wait in memory at any time.

    Args:
        request: The samples.
        plan: The settings.
        directory: The folder of the shards.
        shards: The numbers of the shards.
        written: Called with a number of samples once they are written, from the writing thread.
        finished: Called after each shard, from the writing thread.

    Raises:
        OSError: If a shard cannot be written. Its incomplete file is removed.
        ValueError: If the outputs of the model cannot be stored.
    """
    threads = min(os.cpu_count() or 1, 8)
    waiting: Queue[Future[dict[str, Any]]] = Queue(threads + 1)
    with ThreadPoolExecutor(threads) as encoders, ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_write_all, plan, directory, shards, waiting, written, finished)
        try:
            for shard in shards:
                for batch, indices in plan.pieces(shard):
                    drawn = request.draw(batch, plan.compute_batch)
                    rows = slice(indices.start - batch, indices.stop - batch)
                    _put(
                        waiting,
                        encoders.submit(encode, request, plan, rows, *drawn, indices.start),
                        writing,
                    )
            writing.result()
        except BaseException as error:
            end: Future[dict[str, Any]] = Future()
            end.set_exception(error)
            with suppress(BaseException):  # the first error is the one to report
                _put(waiting, end, writing)
            raise


def _put(queue: Queue[Any], item: Any, writing: Future[None]) -> None:
    """Puts an item on a queue. Raises the error of the writing thread if it has failed."""
    while not writing.done():
        with suppress(Full):
            queue.put(item, timeout=_POLL)
            return
    writing.result()


def encode(
    request: Request,
    plan: Plan,
    rows: slice,
    samples: Any,
    labels: NDArray[np.generic] | None,
    first: int = 0,
) -> dict[str, Any]:
    """Encodes samples for storage.

    Args:
        request: The request that drew them.
        plan: The settings.
        rows: The rows of the batch to encode.
        samples: A batch, as the network returned it.
        labels: The labels or encoded conditions of the batch.
        first: The index of the first sample to encode.

    Returns:
        For the name of each part: a list of image files, an array, or a DataFrame.

    Raises:
        ValueError: If a number is NaN, or infinite and not part of an image.
    """
    leaves = dict(tree.flatten_with_path(samples))

    def stored(part: Part) -> Any:
        if part.kind == "label":
            return np.asarray(labels)[rows].astype("int64")
        if part.is_condition:
            return request.condition_table(np.asarray(labels)[rows])[part.names]
        values = np.asarray(leaves[part.path])[rows].astype("float32", copy=False)
        if part.kind == "table":
            return table_of(part.columns, request.transformers.get(part.name), values, first)
        if part.kind == "array":
            check_finite(values)
            return values
        pixels = to_uint8(values, value_range=part.value_range)
        return [encode_image(image, plan.image_format, plan.quality) for image in pixels]

    return {part.name: stored(part) for part in plan.parts}


def _write_all(
    plan: Plan,
    directory: Path,
    shards: Sequence[int],
    waiting: Queue[Future[dict[str, Any]]],
    written: Callable[[int], object],
    finished: Callable[[Record], None],
) -> None:
    """Writes the items of the queue. Runs in the writing thread."""
    versions = environment()
    write = write_file if plan.format == "parquet" else write_folder
    for shard in shards:
        path = directory / plan.shard_name(shard)
        with write(path, plan) as add:
            for _, indices in plan.pieces(shard):
                add(indices, waiting.get().result())
                written(len(indices))
        finished(Record(shard, *hash_shard(path), versions))


def hash_shard(path: Path) -> tuple[str, int]:
    """Computes the SHA-256 of a shard, and its size in bytes.

    Raises:
        OSError: If it cannot be read.
    """
    return hash_folder(path) if path.is_dir() else hash_file(path)
