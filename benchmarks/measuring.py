"""Run tasks in processes of their own, interleaved, and summarise what they measured."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tasks import Task

# Contestant and update, or whatever two words tell the rows of a table apart.
Key = tuple[str, str]
# Milliseconds per step of every repeat, in order; None where a repeat failed.
Times = list[float | None]
# A line of a file of results: see `record` and `write_records`.
Record = dict[str, Any]

PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "keras_gan_kit")


def measure(task: Task) -> dict[str, Any]:
    """The result of one task. A new process, because Keras has one backend per process."""
    environment = {
        **os.environ,
        "KERAS_BACKEND": task.backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    process = subprocess.run(
        [sys.executable, "-m", "competitors", json.dumps(asdict(task))],
        cwd=Path(__file__).parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        return {"name": task.name, "update": task.update, "error": process.stderr[-2000:]}
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result


def interleave(tasks: Mapping[Key, Task], repeats: int) -> dict[Key, Any]:
    """All tasks once, then all again: a slow minute of the machine then hits everyone alike."""
    results: dict[Key, Any] = {key: [] for key in tasks}
    for repeat in range(repeats):
        for key, task in tasks.items():
            if task.most_repeats is not None and repeat >= task.most_repeats:
                continue
            result = measure(task)
            results[key].append(result)
            outcome = result.get("error") or json.dumps(result)
            print(f"[{repeat + 1}/{repeats}] {task.name}: {outcome}", file=sys.stderr, flush=True)
    return results


def times_of(results: Mapping[Key, Any], value: str = "ms_per_step") -> dict[Key, Times]:
    return {key: [r.get(value) for r in runs] for key, runs in results.items()}


def ratios(slower: Times, faster: Times) -> Times:
    """Ratios within each repeat, where both ran within the same minutes."""
    pairs = zip(slower, faster, strict=False)  # what takes minutes has fewer repeats
    return [a / b if a is not None and b else None for a, b in pairs]


def summary(values: Times) -> str:
    """`median [min, max]`."""
    known = [v for v in values if v is not None]
    if not known:
        return "failed"
    middle, low, high = statistics.median(known), min(known), max(known)
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def record(
    workload: str,
    competitor: str,
    values: Times,
    *,
    measure: str,
    unit: str,
    ours: bool = False,
    higher_is_better: bool = False,
    sizes: Mapping[str, int] | None = None,
    **more: Any,
) -> Record:
    """One measurement: what was measured of whom, every repeat of it, and their median.

    Args:
        sizes: what growth can be fitted over, such as `{"batch": 32}`.
        more: whatever else the line should say, such as the backend.
    """
    known = [value for value in values if value is not None]
    return {
        "workload": workload,
        "sizes": dict(sizes or {}),
        "measure": measure,
        "unit": unit,
        "higher_is_better": higher_is_better,
        "competitor": competitor,
        "ours": ours,
        "median": statistics.median(known) if known else None,
        "spread": [min(known), max(known)] if known else None,
        "values": values,
        **more,
    }


def with_ratios(records: Iterable[Record]) -> list[Record]:
    """Adds to each competitor's record how many times better each of ours is at the same."""
    records = list(records)

    def same(one: Record, other: Record) -> bool:
        return all(one[key] == other[key] for key in ("workload", "sizes", "measure"))

    def against(theirs: Record, ours: Record) -> list[float] | None:
        pair = (theirs["values"], ours["values"])
        known = [r for r in ratios(*(pair[::-1] if theirs["higher_is_better"] else pair)) if r]
        return [statistics.median(known), min(known), max(known)] if known else None

    return [
        {
            **theirs,
            "ratio_to_ours": {
                ours["competitor"]: against(theirs, ours)
                for ours in records
                if ours["ours"] and not theirs["ours"] and same(theirs, ours)
            },
        }
        for theirs in records
    ]


def write_records(path: str | Path, records: Iterable[Record], host: Mapping[str, str]) -> None:
    """Writes JSON lines, each with its ratios and with what it was measured on and when."""
    about = {
        "machine": {name: host[name] for name in ("cpu", "cores", "memory", "load")},
        "versions": {name: host[name] for name in ("python", *PACKAGES)},
        "commit": host["commit"],
        "date": host["date"],
    }
    dump_records(path, ({**found, **about} for found in with_ratios(records)))


def dump_records(path: str | Path, records: Iterable[Record]) -> None:
    """One record a line; the file is there whole or not at all."""
    part = Path(f"{path}.part")
    part.write_text("".join(json.dumps(found) + "\n" for found in records))
    part.replace(path)


def read_records(path: str | Path) -> list[Record]:
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]


def machine() -> dict[str, str]:
    """What the figures were measured on; the load tells whether it was otherwise idle."""
    return {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "load": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    if not hasattr(os, "sysconf"):
        return "unknown"
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB"


def _commit() -> str:
    """The commit of this folder, with `-dirty` where a program differs from it."""
    root = Path(__file__).parents[1]
    programs = ["keras_gan_kit", ":(glob)benchmarks/**/*.py"]

    def git(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    try:
        commit = git("rev-parse", "--short=12", "HEAD").stdout.strip()
        changed = git("diff", "--quiet", "HEAD", "--", *programs).returncode
    except FileNotFoundError:
        return "unknown"
    return f"{commit}{'-dirty' if changed else ''}" if commit else "unknown"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
