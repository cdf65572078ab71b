"""The file that says what a data set is, and which shards are complete."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit._faults import FAULTS
from keras_gan_kit._files import written_atomically
from keras_gan_kit.generation._plan import SHA256, Plan

NAME = "manifest.json"
_VERSION = 1
_PACKAGES = ("keras_gan_kit", "keras", "numpy", "pandas", "pillow")


@dataclass(frozen=True)
class Record:
    """One complete shard.

    Args:
        shard: Its number.
        sha256: Of its file, or of the files in its folder.
        bytes: Its size.
        environment: What it was made with.
    """

    shard: int
    sha256: str
    bytes: int
    environment: dict[str, str]


@dataclass
class Manifest:
    """What a data set is, and which shards are complete.

    Args:
        plan: The settings.
        records: Of complete shards, by their number.
    """

    plan: Plan
    records: dict[int, Record] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """The shards that are not complete."""
        return [i for i in range(self.plan.num_shards) if i not in self.records]

    @property
    def samples(self) -> int:
        """How many samples complete shards have."""
        ranges = map(self.plan.shard_range, self.records)
        return sum(stop - start for start, stop in ranges)

    def save(self, directory: Path) -> None:
        """Writes the file."""
        environments: list[dict[str, str]] = []
        shards = []
        for number in sorted(self.records):
            record = self.records[number]
            if record.environment not in environments:
                environments.append(record.environment)
            start, stop = self.plan.shard_range(number)
            described = asdict(record) | {
                "file": self.plan.shard_name(number),
                "count": stop - start,
                "environment": environments.index(record.environment),
            }
            shards.append(described)
        content = {
            "version": _VERSION,
            "complete": not self.missing,
            **self.plan.to_json(),
            "environments": environments,
            "shards": shards,
        }
        with written_atomically(directory / NAME) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_manifest(directory: Path) -> Manifest | None:
    """Reads the manifest of a folder; None where there is none.

    Raises:
        ValueError: If it is damaged.
        OSError: If it cannot be read.
    """
    path = directory / NAME
    if not path.exists():
        return None
    with _readable(path):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("version") != _VERSION:
            raise ValueError(f"it is not of version {_VERSION}")
        plan = Plan.from_json(content)
        records = [_record(plan, shard, content["environments"]) for shard in content["shards"]]
        return Manifest(plan, {record.shard: record for record in records})


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        if isinstance(error, OSError):
            raise
        problem = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise invalid(
            "directory",
            received=f"{str(path)!r}, which is damaged: {problem}",
            expected="the manifest of a generated data set",
            fix="put the file back as it was, or generate into another folder",
        ) from error


def _record(plan: Plan, shard: dict[str, Any], environments: list[dict[str, str]]) -> Record:
    number, sha256, size = shard["shard"], shard["sha256"], shard["bytes"]
    if type(number) is not int or not 0 <= number < plan.num_shards:
        raise ValueError(f"the shard {number!r} of {plan.num_shards}")
    # Only this name is ever opened, wherever another one may lead.
    if shard["file"] != plan.shard_name(number):
        raise ValueError(f"the file {shard['file']!r} instead of {plan.shard_name(number)!r}")
    first, stop = plan.shard_range(number)
    if shard["count"] != stop - first:
        raise ValueError(f"the count {shard['count']!r} instead of {stop - first}")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise ValueError(f"the hash {sha256!r}")
    if type(size) is not int or size < 0:
        raise ValueError(f"the size {size!r}")
    index = shard["environment"]
    if type(index) is not int or index < 0 or not isinstance(environments[index], dict):
        raise ValueError(f"the environment {index!r}")
    return Record(number, sha256, size, environments[index])


def environment() -> dict[str, str]:
    """Describes what the bytes depend on besides the settings: versions and processor."""
    backend = keras.backend.backend()
    described = {
        "processor": _processor(),
        "python": platform.python_version(),
        "backend": backend,
    }
    for package in (*_PACKAGES, backend, "pyarrow"):
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "unknown"
    return described


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def warn_of_another_environment(manifest: Manifest) -> None:
    """Says so where shards were made with other versions or on another processor."""
    now = environment()
    for record in manifest.records.values():
        then = record.environment
        if then != now:
            keys = sorted(key for key in {**then, **now} if then.get(key) != now.get(key))
            changes = ", ".join(f"{key} {then.get(key)} -> {now.get(key)}" for key in keys)
            warn(
                f"Shards were made with something else than the rest will be: {changes}. The "
                "samples are the same to rounding; the bytes may not be."
            )
            return
