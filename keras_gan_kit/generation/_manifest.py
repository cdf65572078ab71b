"""Reads and writes the manifest: the settings of a dataset and its complete shards."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit._files import written_atomically
from keras_gan_kit.generation._json import value_of
from keras_gan_kit.generation._plan import SHA256, VERSIONS, Plan

# Arrow and pandas skip files whose name starts with an underscore.
NAMES = {1: "manifest.json", 2: "_manifest.json"}
MANIFESTS = tuple(NAMES.values())
_PACKAGES = ("keras_gan_kit", "keras", "numpy", "pandas", "pillow")


@dataclass(frozen=True)
class Record:
    """A complete shard.

    Args:
        shard: Its number.
        sha256: The SHA-256 of its file, or of the files in its folder.
        bytes: Its size.
        environment: The versions and the processor that it was written with.
    """

    shard: int
    sha256: str
    bytes: int
    environment: dict[str, str]


@dataclass
class Manifest:
    """The settings of a dataset, and its complete shards.

    Args:
        plan: The settings.
        records: The complete shards, by their number.
    """

    plan: Plan
    records: dict[int, Record] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """The shards that are not complete."""
        return [i for i in range(self.plan.num_shards) if i not in self.records]

    @property
    def samples(self) -> int:
        """The number of samples in complete shards."""
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
            "version": self.plan.version,
            "complete": not self.missing,
            **self.plan.to_json(),
            "environments": environments,
            "shards": shards,
        }
        with written_atomically(directory / NAMES[self.plan.version]) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def manifest_path(directory: Path) -> Path | None:
    """Returns the path of a folder's manifest, None if it has none."""
    paths = (directory / NAMES[version] for version in reversed(VERSIONS))
    return next((path for path in paths if path.exists()), None)


def load_manifest(directory: Path) -> Manifest | None:
    """Reads the manifest of a folder. Returns None if it has none.

    Raises:
        ValueError: If the manifest is damaged.
        OSError: If it cannot be read.
    """
    path = manifest_path(directory)
    if path is None:
        return None
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # the latter from the JSON parser
        raise invalid(
            "directory",
            received=f"{str(path)!r}, which is damaged: {error}",
            expected="the manifest of a generated dataset",
            fix="restore the file, or generate into another folder",
        ) from error


def _parsed(text: str) -> Manifest:
    content = json.loads(text)
    if value_of(content, "version", int) not in VERSIONS:
        raise ValueError(f"its version is not one of {', '.join(map(str, VERSIONS))}")
    plan = Plan.from_json(content)
    environments = value_of(content, "environments", list)
    shards = value_of(content, "shards", list)
    records = [_record(plan, shard, environments) for shard in shards]
    return Manifest(plan, {record.shard: record for record in records})


def _record(plan: Plan, shard: Any, environments: list[Any]) -> Record:
    number, sha256 = value_of(shard, "shard", int), value_of(shard, "sha256", str)
    size, index = value_of(shard, "bytes", int), value_of(shard, "environment", int)
    if not 0 <= number < plan.num_shards:
        raise ValueError(f"the shard {number!r} of {plan.num_shards}")
    # No other path is ever opened.
    if shard.get("file") != plan.shard_name(number):
        raise ValueError(f"the file {shard.get('file')!r} instead of {plan.shard_name(number)!r}")
    first, stop = plan.shard_range(number)
    if value_of(shard, "count", int) != stop - first:
        raise ValueError(f"the count {shard['count']!r} instead of {stop - first}")
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"the hash {sha256!r}")
    if size < 0:
        raise ValueError(f"the size {size!r}")
    if not 0 <= index < len(environments) or not isinstance(environments[index], dict):
        raise ValueError(f"the environment {index!r}")
    return Record(number, sha256, size, environments[index])


def environment() -> dict[str, str]:
    """Returns the versions and the processor, on which the bytes depend besides the settings."""
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
    """Warns if shards were written with other versions or on another processor."""
    now = environment()
    for record in manifest.records.values():
        then = record.environment
        if then != now:
            keys = sorted(key for key in {**then, **now} if then.get(key) != now.get(key))
            changes = ", ".join(f"{key} {then.get(key)} -> {now.get(key)}" for key in keys)
            warn(
                f"Some shards were written in another environment: {changes}. New shards contain "
                "the same samples up to rounding, but their bytes may differ. For equal bytes, "
                "write the whole dataset in one environment."
            )
            return
