"""All that decides what a data set holds, to the last byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keras_gan_kit.generation._parts import Part

FORMATS = ("parquet", "folder")
IMAGE_FORMATS = ("png", "jpeg")
_ENDINGS = {"parquet": ".parquet", "folder": ""}
# Their number has five digits in the names.
MOST_SHARDS = 99_999
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Piece:
    """A part of a shard that comes from one pass of the generator.

    Args:
        batch: The index of the first sample of the pass.
        start: Where in the batch the piece begins.
        stop: Where it ends.
    """

    batch: int
    start: int
    stop: int


@dataclass(frozen=True)
class Plan:
    """The settings of a data set: with the same ones it has the same bytes.

    Args:
        count: How many samples there are.
        seed: Which sequence of latents they come from.
        model_hash: The SHA-256 of the generator.
        format: One of `FORMATS`.
        shard_size: How many samples a shard has; the last one may have fewer.
        compute_batch: How many samples go through the generator at once. Sample i is always in
            row i modulo `compute_batch`, because a sum is rounded otherwise in another row.
        image_format: One of `IMAGE_FORMATS`.
        quality: Of JPEGs, 1 to 100; None where there are none.
        labels: Where labels come from: "in turn", a class, or the SHA-256 of an array; None where
            samples have none.
        table_hash: The fingerprint of the table's transformer; None where there is none.
        parts: What a sample is made of.
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

    @property
    def num_shards(self) -> int:
        """How many shards there are."""
        return -(-self.count // self.shard_size)

    def shard_name(self, shard: int) -> str:
        """Returns the name of a shard, a file or a folder."""
        return f"train-{shard:05}-of-{self.num_shards:05}{_ENDINGS[self.format]}"

    def shard_range(self, shard: int) -> tuple[int, int]:
        """Returns the index of a shard's first sample, and of the one after its last."""
        start = shard * self.shard_size
        return start, min(start + self.shard_size, self.count)

    def pieces(self, shard: int) -> Iterator[Piece]:
        """Cuts a shard along the batches of the generator."""
        start, stop = self.shard_range(shard)
        for batch in range(start - start % self.compute_batch, stop, self.compute_batch):
            last = min(stop - batch, self.compute_batch)
            yield Piece(batch, max(start - batch, 0), last)

    def sample_name(self, index: int) -> str:
        """Returns what the picture of a sample is called, without its ending."""
        return f"{index:0{max(9, len(str(self.count - 1)))}}"

    @property
    def image_ending(self) -> str:
        """The ending of picture files."""
        return ".jpg" if self.image_format == "jpeg" else ".png"

    def to_json(self) -> dict[str, Any]:
        """Describes the plan with what JSON knows."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__} | {
            "parts": [part.to_json() for part in self.parts]
        }

    @classmethod
    def from_json(cls, described: dict[str, Any]) -> Plan:
        """Makes the plan that `to_json` described.

        Raises:
            ValueError: If something is of the wrong kind.
            TypeError: The same.
            KeyError: The same.
        """
        values = {key: described[key] for key in cls.__dataclass_fields__}
        for key in ("count", "shard_size", "compute_batch", "seed"):
            if type(values[key]) is not int or values[key] < (key != "seed"):
                raise ValueError(f"{key} {values[key]!r}")
        if values["format"] not in FORMATS or values["image_format"] not in IMAGE_FORMATS:
            raise ValueError(f"the format {values['format']!r}, {values['image_format']!r}")
        if not isinstance(values["model_hash"], str) or not SHA256.fullmatch(values["model_hash"]):
            raise ValueError(f"the model hash {values['model_hash']!r}")
        if not isinstance(values["parts"], list) or not values["parts"]:
            raise ValueError(f"the parts {values['parts']!r}")
        values["parts"] = tuple(
            Part.from_json(part, files=values["format"] == "folder") for part in values["parts"]
        )
        plan = cls(**values)
        if plan.num_shards > MOST_SHARDS:
            raise ValueError(f"{plan.num_shards} shards")
        return plan

    def differences(self, other: Plan) -> list[str]:
        """Names the settings in which another plan differs, with both values."""
        mine, theirs = self.to_json(), other.to_json()
        return [
            f"`{key}` {_short(mine[key])} instead of {_short(theirs[key])}"
            for key in mine
            if mine[key] != theirs[key]
        ]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:67]}..."
