"""Plans a dataset: the settings that determine each of its bytes."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.generation import _folder, _parquet
from keras_gan_kit.generation._json import value_of
from keras_gan_kit.generation._parts import Part, values_per_sample
from keras_gan_kit.generation._request import Request
from keras_gan_kit.generation._table import constraints_of, fingerprint
from keras_gan_kit.models._networks import network_hash

FORMATS = ("parquet", "folder")
IMAGE_FORMATS = ("png", "jpeg")
SHA256 = re.compile(r"[0-9a-f]{64}")
# 1: `manifest.json`, no column `index`, objects as text. 2: `_manifest.json`.
VERSIONS = (1, 2)
_MAX_SHARDS = 99_999  # their number has five digits in file names
_SUFFIXES = {"parquet": ".parquet", "folder": ""}
# The number of values in one batch of outputs and in one shard. A generator of images needs about a
# hundred times the memory of its outputs.
_BATCH_VALUES, _SHARD_VALUES = 2**21, 2**26
_MAX_BATCH, _MAX_SHARD, _USUAL_SHARDS = 256, 10_000, 1_000


@dataclass(frozen=True)
class Plan:
    """The settings of a dataset. Equal settings give equal bytes.

    Args:
        count: The number of samples.
        seed: The seed of the latents.
        model_hash: The SHA-256 of the generator.
        format: One of `FORMATS`.
        shard_size: Samples in a shard; the last one may have fewer.
        compute_batch: Samples in one pass of the generator. Sample i is always in row
            `i % compute_batch`, because the rounding of a sum depends on the row.
        image_format: One of `IMAGE_FORMATS`.
        quality: The quality of JPEGs, 1 to 100; None without JPEGs.
        labels: "in turn", one class, or the SHA-256 of an array or of conditions; None without
            labels.
        table_hash: The fingerprint of the table's transformer; None without one.
        parts: The arrays of a sample.
        version: The version of the layout on disk.
        constraints: The constraints of the `TableTransformer`, which every row satisfies.
    """

    count: int
    seed: int
    model_hash: str
    format: str
    shard_size: int
    compute_batch: int
    image_format: str
    quality: int | None
    labels: int | str | None
    table_hash: str | None
    parts: tuple[Part, ...]
    version: int = VERSIONS[-1]
    constraints: tuple[str, ...] = ()

    @property
    def num_shards(self) -> int:
        """The number of shards."""
        return -(-self.count // self.shard_size)

    def shard_name(self, shard: int) -> str:
        """Returns the name of a shard, which is a file or a folder."""
        return f"train-{shard:05}-of-{self.num_shards:05}{_SUFFIXES[self.format]}"

    def shard_range(self, shard: int) -> tuple[int, int]:
        """Returns the index of a shard's first sample, and of the one after its last."""
        start = shard * self.shard_size
        return start, min(start + self.shard_size, self.count)

    def pieces(self, shard: int) -> Iterator[tuple[int, range]]:
        """Splits a shard at the batches of the generator.

        Yields:
            The index of a batch's first sample, and the indices of the batch's samples that belong
            to the shard.
        """
        start, stop = self.shard_range(shard)
        for batch in range(start - start % self.compute_batch, stop, self.compute_batch):
            yield batch, range(max(start, batch), min(stop, batch + self.compute_batch))

    def sample_name(self, index: int) -> str:
        """Returns the file name of a sample's image, without its suffix."""
        return f"{index:0{max(9, len(str(self.count - 1)))}}"

    @property
    def image_suffix(self) -> str:
        """The suffix of image files."""
        return ".jpg" if self.image_format == "jpeg" else ".png"

    @property
    def index_name(self) -> str | None:
        """The name of the column of sample numbers; None if the layout has none."""
        if self.version == 1:
            return None
        names = {name for part in self.parts for name in part.names}
        return "sample_index" if "index" in names else "index"

    def in_version(self, version: int) -> Plan:
        """Returns the plan with the layout of another version."""
        if version > 1:
            return replace(self, version=version)
        parts = tuple(
            replace(part, columns=tuple(column.in_version_1() for column in part.columns))
            for part in self.parts
        )
        return replace(self, version=version, parts=parts)

    def to_json(self) -> dict[str, Any]:
        """Returns a description that JSON can hold."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__} | {
            "parts": [part.to_json() for part in self.parts],
            "constraints": list(self.constraints),
        }

    @classmethod
    def from_json(cls, described: Any) -> Plan:
        """Restores the plan that `to_json` described.

        Raises:
            ValueError: If a value is missing or invalid.
        """
        none = type(None)
        kinds: dict[str, tuple[type, ...]] = {
            **dict.fromkeys(("count", "seed", "shard_size", "compute_batch", "version"), (int,)),
            **dict.fromkeys(("model_hash", "format", "image_format"), (str,)),
            "quality": (int, none),
            "labels": (int, str, none),
            "table_hash": (str, none),
            "parts": (list,),
        }
        values = {key: value_of(described, key, *types) for key, types in kinds.items()}
        constraints = value_of({"constraints": []} | described, "constraints", list)
        if not all(isinstance(text, str) for text in constraints):
            raise ValueError(f"the constraints {constraints!r}")
        values["constraints"] = tuple(constraints)
        for key in ("count", "shard_size", "compute_batch", "seed"):
            if values[key] < (key != "seed"):
                raise ValueError(f"{key} {values[key]!r}")
        if values["format"] not in FORMATS or values["image_format"] not in IMAGE_FORMATS:
            raise ValueError(f"the format {values['format']!r}, {values['image_format']!r}")
        if not SHA256.fullmatch(values["model_hash"]):
            raise ValueError(f"the model hash {values['model_hash']!r}")
        if not values["parts"]:
            raise ValueError("the parts []")
        files = values["format"] == "folder"
        values["parts"] = tuple(Part.from_json(part, files=files) for part in values["parts"])
        plan = cls(**values)
        if plan.num_shards > _MAX_SHARDS:
            raise ValueError(f"{plan.num_shards} shards")
        return plan

    def differences(self, other: Plan) -> list[str]:
        """Lists the settings in which another plan differs, with both values."""
        mine, theirs = self.to_json(), other.to_json()
        return [
            f"`{key}` {_short(mine[key])} instead of {_short(theirs[key])}"
            for key in mine
            if mine[key] != theirs[key]
        ]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:67]}..."


def make_plan(
    request: Request,
    *,
    format: Any,
    shard_size: Any,
    image_format: Any,
    quality: Any,
    batch_size: Any,
) -> Plan:
    """Plans the dataset of a request.

    Args:
        request: The samples.
        format: As in `generate_dataset`, like the arguments below.
        shard_size: Samples in a shard.
        image_format: The format of images.
        quality: The quality of JPEGs.
        batch_size: Samples in one pass of the generator.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, or a folder cannot hold the samples.
        ImportError: If pyarrow is required and missing.
    """
    one_of("image_format", image_format, IMAGE_FORMATS)
    integer("quality", quality, maximum=100)
    parts = list(request.parts)
    if one_of("format", format, FORMATS) == "parquet":
        _parquet.check_library()
    else:
        _folder.check_parts(parts)
    transformed = [part for part in parts if part.name in request.transformers]
    hashes = [fingerprint(p.columns, request.transformers[p.name]) for p in transformed]
    return Plan(
        count=request.count,
        seed=request.seed,
        model_hash=network_hash(request.network),
        format=format,
        **sizes(parts, request.count, shard_size, batch_size),
        image_format=image_format,
        quality=int(quality) if image_format == "jpeg" else None,
        labels=_label_rule(request),
        table_hash=hashes[0] if hashes else None,
        parts=request.parts,
        constraints=constraints_of(*request.transformers.values()),
    )


def sizes(parts: list[Part], count: int, shard_size: Any, batch_size: Any) -> dict[str, int]:
    """Chooses the samples of a batch and of a shard.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1, or there are too many shards.
    """
    values = values_per_sample(parts)
    if batch_size is None:
        fitting = max(1, _BATCH_VALUES // values)
        batch_size = min(_MAX_BATCH, 2 ** int(math.log2(fitting)))
    batch_size = integer("batch_size", batch_size)
    if shard_size is None:
        fitting = max(1, min(_MAX_SHARD, _SHARD_VALUES // values))
        shard_size = max(fitting, -(-count // _USUAL_SHARDS))
        # A batch on the border of two shards would be drawn for both.
        shard_size = -(-shard_size // batch_size) * batch_size
    shard_size = integer("shard_size", shard_size)
    if -(-count // shard_size) > _MAX_SHARDS:
        raise invalid(
            "shard_size",
            received=f"{shard_size}, which makes {-(-count // shard_size)} shards",
            expected=f"at most {_MAX_SHARDS} shards",
            fix="leave `shard_size` out, or increase it",
        )
    return {"compute_batch": batch_size, "shard_size": shard_size}


def _label_rule(request: Request) -> int | str | None:
    if request.conditions is not None:
        rule = request.conditions.lows, request.conditions.highs, request.examples
        return hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in rule)).hexdigest()
    if request.num_classes is None:
        return None
    if isinstance(request.labels, np.ndarray):
        return hashlib.sha256(request.labels.tobytes()).hexdigest()
    return "in turn" if request.labels is None else request.labels
