"""Makes shards: generator passes beside encoding and writing."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from keras import tree
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.generation._encode import Encoder
from keras_gan_kit.generation._folder import FolderShard, hash_folder
from keras_gan_kit.generation._manifest import Record, environment
from keras_gan_kit.generation._parquet import ParquetShard, hash_file
from keras_gan_kit.generation._plan import Plan
from keras_gan_kit.generation._source import Source

# More than this is another sample, and not another rounding.
_FEW, _ROUNDING = 2, 1e-2


@dataclass(frozen=True)
class Job:
    """What it takes to make any shard.

    Args:
        plan: The settings.
        encoder: Makes rows of batches.
        directory: Where shards go.
        labels: The classes of all samples, where they were given as an array.
        num_classes: How many classes there are; None where there are none.
    """

    plan: Plan
    encoder: Encoder
    directory: Path
    labels: NDArray[np.int32] | None
    num_classes: int | None

    def labels_of(self, batch: int) -> NDArray[np.int32] | None:
        """Returns the classes of the batch that begins at a sample."""
        if self.num_classes is None:
            return None
        indices = np.arange(batch, batch + self.plan.compute_batch)
        if self.labels is not None:
            # Behind the last sample, what fills the batch up is thrown away.
            return self.labels[np.minimum(indices, len(self.labels) - 1)]
        if isinstance(self.plan.labels, int):
            return np.full(len(indices), self.plan.labels, np.int32)
        return (indices % self.num_classes).astype(np.int32)

    def draw(
        self, source: Source, batch: int, *, eager: bool = False
    ) -> tuple[Any, NDArray[np.int32] | None]:
        """Draws the batch that begins at a sample; returns it with its classes."""
        labels = self.labels_of(batch)
        plan = self.plan
        return source.draw(batch, plan.compute_batch, plan.seed, labels, eager=eager), labels


def check_repeatable(job: Job, source: Source) -> None:
    """Draws the first samples twice.

    Raises:
        ValueError: If the generator draws random numbers of its own: then no two runs would agree.
    """
    few = replace(job, plan=replace(job.plan, compute_batch=_FEW))
    # Without a graph, which would take longer to make for this size than the samples themselves.
    first, second = (few.draw(source, 0, eager=True)[0] for _ in range(2))
    for a, b in zip(tree.flatten(first), tree.flatten(second), strict=True):
        if np.abs(a - b).max() > _ROUNDING * np.abs(a).max(initial=1.0):
            raise invalid(
                "model_or_path",
                received="a generator that draws other samples from the same latents",
                expected="samples that follow from their latents",
                fix="make its noise layers act in training alone",
            )


def make_shards(
    job: Job,
    source: Source,
    shards: Iterable[int],
    *,
    written: Callable[[int], None],
    finished: Callable[[Record], None],
) -> None:
    """Makes shards one after the other.

    This thread runs the generator. Others encode what it draws, and one more writes it, forces it
    to disk and hashes it; what waits for them is a few batches, however many samples there are.

    Args:
        job: What to make.
        source: Draws batches.
        shards: The numbers of the shards.
        written: Called after each piece with its size, from the writing thread.
        finished: Called after each shard, from the writing thread.

    Raises:
        OSError: If a shard cannot be written. What there was of it has been removed.
        ValueError: If the model draws what cannot be stored.
    """
    threads = min(os.cpu_count() or 1, 8)
    writer = _Writer(job, written, finished)
    with ThreadPoolExecutor(threads) as encoders, writer.running() as submit:
        for shard in shards:
            for piece in job.plan.pieces(shard):
                samples, labels = job.draw(source, piece.batch)
                rows = encoders.submit(job.encoder, piece, samples, labels)
                submit(writer.write, shard, rows, at_most=threads + 1)
            submit(writer.finish, at_most=threads + 1)


class _Writer:
    """Writes the rows of shards as they come, in a thread of its own."""

    def __init__(
        self, job: Job, written: Callable[[int], None], finished: Callable[[Record], None]
    ) -> None:
        self._job = job
        self._written = written
        self._finished = finished
        self._environment = environment()
        self._shard = -1
        self._open: ParquetShard | FolderShard | None = None
        self._failed = False

    @contextmanager
    def running(self) -> Iterator[Callable[..., None]]:
        """Gives a function that hands work over, and waits where too much of it is waiting."""
        pending: deque[Future[None]] = deque()
        thread = ThreadPoolExecutor(1)

        def submit(work: Callable[..., None], *arguments: Any, at_most: int) -> None:
            pending.append(thread.submit(self._unless_failed, work, *arguments))
            while len(pending) > at_most or (pending and pending[0].done()):
                pending.popleft().result()

        try:
            yield submit
            for future in pending:
                future.result()
        except BaseException as error:
            thread.shutdown(cancel_futures=True)  # and what is running ends
            if self._open is not None:
                self._open.abandon(error)
            raise
        finally:
            thread.shutdown()

    def _unless_failed(self, work: Callable[..., None], *arguments: Any) -> None:
        """Does the work; what waited behind work that failed is left, for its shard has a hole."""
        if self._failed:
            return
        try:
            work(*arguments)
        except BaseException:
            self._failed = True
            raise

    def write(self, shard: int, rows: Future[Any]) -> None:
        """Writes one piece."""
        if self._open is None:
            self._shard = shard
            kind = ParquetShard if self._job.plan.format == "parquet" else FolderShard
            self._open = kind(self._path, self._job.plan)
        encoded = rows.result()
        self._open.write(encoded)
        self._written(encoded.count)

    def finish(self) -> None:
        """Completes the shard."""
        if self._open is not None:
            self._open.finish()
            self._open = None
        self._finished(Record(self._shard, *hash_shard(self._path), self._environment))

    @property
    def _path(self) -> Path:
        return self._job.directory / self._job.plan.shard_name(self._shard)


def hash_shard(path: Path) -> tuple[str, int]:
    """Computes the SHA-256 of a shard, and its bytes.

    Raises:
        OSError: If it cannot be read.
    """
    return hash_folder(path) if path.is_dir() else hash_file(path)
