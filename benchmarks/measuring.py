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
            result = measure(task)
            results[key].append(result)
            outcome = result.get("error") or json.dumps(result)
            print(f"[{repeat + 1}/{repeats}] {task.name}: {outcome}", file=sys.stderr, flush=True)
    return results


def times_of(results: Mapping[Key, Any], value: str = "ms_per_step") -> dict[Key, Times]:
    return {key: [r.get(value) for r in runs] for key, runs in results.items()}


def ratios(slower: Times, faster: Times) -> Times:
    """Ratios within each repeat, where both ran within the same minutes."""
    pairs = zip(slower, faster, strict=True)
    return [a / b if a is not None and b is not None else None for a, b in pairs]


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


def machine() -> dict[str, str]:
    """What the figures were measured on; the load tells whether it was otherwise idle."""
    packages = ("keras", "tensorflow", "jax", "torch", "numpy", "keras_gan_kit")
    return {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
