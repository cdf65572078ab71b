"""What a call of `generate_dataset` asks for, checked before any file changes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit.generation import _folder, _parquet, _ray
from keras_gan_kit.generation._encode import Encoder
from keras_gan_kit.generation._parts import Part, check_names, parts_of, values_per_sample
from keras_gan_kit.generation._plan import FORMATS, IMAGE_FORMATS, MOST_SHARDS, Plan
from keras_gan_kit.generation._shards import Job
from keras_gan_kit.generation._source import Source
from keras_gan_kit.generation._table import Decoder, decoder
from keras_gan_kit.models._check_data import check_labels
from keras_gan_kit.models._network_hash import network_hash

_ENGINES = ("local", "ray")
# Numbers in the outputs of one pass, and in those of a shard. A generator of images needs some
# hundred times the memory of what it draws.
_BATCH_VALUES, _SHARD_VALUES = 2**21, 2**26
_LARGEST_BATCH, _LARGEST_SHARD, _USUAL_SHARDS = 256, 10_000, 1_000


def check_engine(engine: Any, options: Any) -> None:
    """Refuses an engine that there is not.

    Raises:
        TypeError: If the options are no dict.
        ValueError: If the engine is unknown, or has options that it does not take.
        ImportError: If its library is missing.
    """
    one_of("engine", engine, _ENGINES)
    if options is not None and (engine != "ray" or not isinstance(options, dict)):
        error = ValueError if isinstance(options, dict) else TypeError
        raise error(
            explain(
                "ray_options",
                received=f"{options!r} with engine={engine!r}",
                expected="a dict of options for Ray's tasks, with engine='ray'",
                fix="pass for example engine='ray', ray_options={'num_gpus': 1}",
            )
        )
    if engine == "ray":
        _ray.check_library()


def make_job(
    source: Source,
    directory: Path,
    *,
    num_samples: Any,
    seed: Any,
    format: Any,
    shard_size: Any,
    table: Any,
    labels: Any,
    image_format: Any,
    quality: Any,
    batch_size: Any,
) -> Job:
    """Makes the job that the arguments of `generate_dataset` describe.

    Raises:
        TypeError: If one has the wrong type.
        ValueError: If one is out of range, or does not go with the model.
        ImportError: If pyarrow is missing where it is needed.
    """
    count = integer("num_samples", num_samples)
    one_of("image_format", image_format, IMAGE_FORMATS)
    integer("quality", quality, maximum=100)
    if one_of("format", format, FORMATS) == "parquet":
        _parquet.check_library()
    parts, decoders = _with_columns(source, table)
    if format == "folder":
        _folder.check_parts(parts)
    check_names(parts)
    given = _given_labels(source, labels, count)
    plan = Plan(
        count=count,
        seed=integer("seed", seed, minimum=0),
        model_hash=network_hash(source.network),
        format=format,
        **_sizes(parts, count, shard_size, batch_size),
        image_format=image_format,
        quality=int(quality) if image_format == "jpeg" else None,
        labels=_label_rule(source, labels, given),
        table_hash=next(filter(None, (d.fingerprint for d in decoders.values())), None),
        parts=tuple(parts),
    )
    return Job(plan, Encoder(plan, decoders), directory, given, source.num_classes)


def _with_columns(source: Source, table: Any) -> tuple[list[Part], dict[str, Decoder]]:
    """Finds the parts of a sample, and what the numbers of tables mean."""
    parts = parts_of(source.network, labelled=source.num_classes is not None)
    tables = [part for part in parts if part.kind == "table"]
    main = tables if len(tables) == 1 else [part for part in tables if part.name == "table"]
    if table is not None and not main:
        raise invalid(
            "table",
            received=f"{table!r} for a model that draws {[part.name for part in parts]}",
            expected="None, or a model with one table, or with one of the name 'table'",
            fix="leave `table` out",
        )
    decoders = {
        part.name: decoder(table if part in main else None, part.shape[0], part.name)
        for part in tables
    }
    filled = [
        replace(part, columns=decoders[part.name].columns) if part in tables else part
        for part in parts
    ]
    return filled, decoders


def _sizes(parts: list[Part], count: int, shard_size: Any, batch_size: Any) -> dict[str, int]:
    """Chooses how many samples go through the generator at once, and into one shard."""
    values = values_per_sample(parts)
    if batch_size is None:
        fitting = max(1, _BATCH_VALUES // values)
        batch_size = min(_LARGEST_BATCH, 2 ** int(math.log2(fitting)))
    batch_size = integer("batch_size", batch_size)
    if shard_size is None:
        fitting = max(1, min(_LARGEST_SHARD, _SHARD_VALUES // values))
        shard_size = max(fitting, -(-count // _USUAL_SHARDS))
        # A batch on the border between two shards would be drawn for both.
        shard_size = -(-shard_size // batch_size) * batch_size
    shard_size = integer("shard_size", shard_size)
    if count > shard_size * MOST_SHARDS:
        raise invalid(
            "shard_size",
            received=f"{shard_size}, which makes {-(-count // shard_size)} shards",
            expected=f"{MOST_SHARDS} shards at most",
            fix="leave `shard_size` out, or make it larger",
        )
    return {"compute_batch": batch_size, "shard_size": shard_size}


def _given_labels(source: Source, labels: Any, count: int) -> NDArray[np.int32] | None:
    """Checks labels; returns them where they are an array."""
    if labels is None:
        return None
    if source.num_classes is None:
        raise invalid(
            "labels",
            received=f"{labels!r} for a model whose samples belong to no classes",
            expected="None",
            fix="leave `labels` out, or pass a ConditionalGAN",
        )
    if isinstance(labels, Integral):
        integer("labels", labels, minimum=0, maximum=source.num_classes - 1)
        return None
    return check_labels("labels", labels, source.num_classes, count)


def _label_rule(source: Source, labels: Any, given: NDArray[np.int32] | None) -> int | str | None:
    """Says where labels come from, in a word."""
    if source.num_classes is None:
        return None
    if given is not None:
        return hashlib.sha256(given.tobytes()).hexdigest()
    return "in turn" if labels is None else int(labels)
