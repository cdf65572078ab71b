"""Reads datasets on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.generation._folder import read_folder
from keras_gan_kit.generation._image_files import decode_images
from keras_gan_kit.generation._manifest import Manifest, Record
from keras_gan_kit.generation._parquet import read_file
from keras_gan_kit.generation._parts import Part, structure
from keras_gan_kit.generation._progress import progress
from keras_gan_kit.generation._write import hash_shard

if TYPE_CHECKING:
    import pandas as pd


class GeneratedDataset:
    """A dataset that `generate_dataset` wrote. Samples are read from disk on demand.

    `dataset[a:b]` reads samples a to b - 1 in the generator's structure: images as float32 in the
    generator's range, tables as DataFrames, labels as int32. With labels it returns the pair
    `(samples, labels)` that `ConditionalGAN.fit` takes. Iterating yields one shard at a time. The
    SHA-256 of a shard is checked before its first use.

    Args:
        directory: The folder.
        manifest: Its manifest.

    Attributes:
        num_shards: The number of shards.

    Example:
        >>> import tempfile
        >>> from keras_gan_kit import generation, networks
        >>> generator = networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,))
        >>> folder = tempfile.mkdtemp()
        >>> options = {"format": "folder", "shard_size": 2, "verbose": 0}
        >>> dataset = generation.generate_dataset(generator, 5, folder, **options)
        >>> [len(images) for images in dataset]
        [2, 2, 1]
        >>> dataset[3:].shape
        (2, 8, 8, 1)
    """

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self.num_shards = manifest.plan.num_shards
        self._checked: set[int] = set()

    def __len__(self) -> int:
        return self.manifest.plan.count

    def __repr__(self) -> str:
        return f"GeneratedDataset({str(self.directory)!r}, {len(self)} samples)"

    def __iter__(self) -> Iterator[Any]:
        for shard in range(self.num_shards):
            yield self[slice(*self.manifest.plan.shard_range(shard))]

    def __getitem__(self, samples: slice) -> Any:
        if not isinstance(samples, slice):
            raise wrong_type(
                "samples",
                received=repr(samples),
                expected="a slice, for example dataset[:100]",
                fix="for one sample, write dataset[i : i + 1]",
            )
        start, stop, step = samples.indices(len(self))
        if step != 1:
            raise invalid(
                "samples",
                received=f"a slice in steps of {step}",
                expected="a slice of consecutive samples",
                fix="slice the result instead: dataset[a:b][::2]",
            )
        parts = list(self.manifest.plan.parts)
        return structure(parts, self._read(parts, start, max(start, stop)))

    def load(self, num_samples: int | None = None) -> Any:
        """Reads the first samples into memory.

        Args:
            num_samples: The number of samples; None for all.

        Returns:
            Arrays and DataFrames in the generator's structure.
        """
        return self[: None if num_samples is None else integer("num_samples", num_samples)]

    def batches(self, batch_size: int) -> Iterator[Any]:
        """Reads all samples, one batch at a time.

        Args:
            batch_size: Samples in a batch; the last one may have fewer.

        Returns:
            An iterator of arrays and DataFrames in the generator's structure.
        """
        size = integer("batch_size", batch_size)
        return (self[start : start + size] for start in range(0, len(self), size))

    def table(self, num_samples: int | None = None) -> pd.DataFrame:
        """Reads the first rows of all tables, and the labels, without the images.

        Args:
            num_samples: The number of samples; None for all.

        Returns:
            A DataFrame with the columns of all tables, followed by `label` if there are labels.

        Raises:
            ValueError: If the samples have neither a table nor labels.
        """
        import pandas as pd

        parts = [part for part in self.manifest.plan.parts if part.kind in ("table", "label")]
        if not parts:
            raise invalid(
                "table",
                received="a dataset that only has images",
                expected="samples with a table or labels",
                fix="read the images with dataset[:n]",
            )
        stop = len(self) if num_samples is None else integer("num_samples", num_samples)
        read = self._read(parts, 0, min(stop, len(self)))
        tables = [read[part.name] for part in parts if part.kind == "table"]
        labels = [pd.Series(read[p.name], name=p.name) for p in parts if p.kind == "label"]
        return pd.concat([*tables, *labels], axis=1)

    def verify(self, *, verbose: int = 0) -> None:
        """Compares the SHA-256 of each shard with the manifest.

        Args:
            verbose: 1 shows a progress bar.

        Raises:
            ValueError: If shards are missing or damaged. The message names all of them.
        """
        damaged = damaged_shards(self.manifest, self.directory, visible=bool(verbose))
        if damaged:
            raise self._damaged(damaged)

    def _read(self, parts: list[Part], start: int, stop: int) -> dict[str, Any]:
        """Reads parts of samples from one or more shards."""
        plan = self.manifest.plan
        shards = range(start // plan.shard_size, -(-stop // plan.shard_size))
        pieces: list[dict[str, Any]] = []
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
            for shard in shards if stop > start else ():
                first, end = plan.shard_range(shard)
                self._check(shard)
                rows = range(max(start - first, 0), min(stop, end) - first)
                try:
                    pieces.append(self._piece(shard, parts, rows, pool))
                except (ValueError, OSError, MemoryError) as error:
                    raise invalid(
                        "directory",
                        received=f"{str(self.directory)!r}, where the manifest does not describe "
                        f"{plan.shard_name(shard)} ({error})",
                        expected="the manifest that was written with the shards",
                        fix="restore it",
                    ) from error
        return {part.name: _joined(part, [piece[part.name] for piece in pieces]) for part in parts}

    def _piece(self, shard: int, parts: list[Part], rows: range, pool: Executor) -> dict[str, Any]:
        """Reads parts of rows of one shard."""
        plan = self.manifest.plan
        path = self.directory / plan.shard_name(shard)
        if plan.format == "parquet":
            piece = read_file(path, parts, rows.start, rows.stop)
        else:
            first, _ = plan.shard_range(shard)
            piece = read_folder(path, plan, parts, rows.start, rows.stop, first)
        return {part.name: _restored(part, piece[part.name], pool) for part in parts}

    def _check(self, shard: int) -> None:
        if shard in self._checked:
            return
        if not _is_intact(self.manifest, self.manifest.records[shard], self.directory):
            raise self._damaged([shard])
        self._checked.add(shard)

    def _damaged(self, shards: list[int]) -> ValueError:
        names = ", ".join(map(self.manifest.plan.shard_name, shards))
        return invalid(
            "directory",
            received=f"{str(self.directory)!r}, where shards are missing or damaged: {names}",
            expected="shards whose SHA-256 matches the manifest",
            fix="repeat the same call of generate_dataset to write them again",
        )


def damaged_shards(manifest: Manifest, directory: Path, *, visible: bool) -> list[int]:
    """Finds shards whose checksum no longer matches the manifest.

    Args:
        manifest: The manifest.
        directory: The folder of the shards.
        visible: Whether to show a progress bar.

    Returns:
        Their numbers.
    """
    damaged = []
    visible = visible and manifest.samples > 0
    with progress("checked", manifest.samples, 0, visible=visible) as add:
        for shard, record in sorted(manifest.records.items()):
            if not _is_intact(manifest, record, directory):
                damaged.append(shard)
            start, stop = manifest.plan.shard_range(shard)
            add(stop - start)
    return damaged


def _is_intact(manifest: Manifest, record: Record, directory: Path) -> bool:
    path = directory / manifest.plan.shard_name(record.shard)
    try:
        return hash_shard(path) == (record.sha256, record.bytes)
    except OSError:
        return False


def _restored(part: Part, values: Any, pool: Executor) -> Any:
    """Converts the content of a shard to the output of the generator."""
    if part.kind == "image":
        return decode_images(part, values, pool)
    if part.kind != "table":
        return values
    import pandas as pd

    return pd.DataFrame({c.name: c.restored(values[c.name]) for c in part.columns})


def _joined(part: Part, pieces: list[Any]) -> Any:
    if part.kind == "table":
        import pandas as pd

        empty = {c.name: pd.Series(dtype=c.full_dtype) for c in part.columns}
        return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(empty)
    kind = np.int32 if part.kind == "label" else np.float32
    return np.concatenate([np.empty((0, *part.shape), kind), *pieces])
