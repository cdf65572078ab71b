"""Run one task, given as JSON, and print its result as one line of JSON."""

import importlib
import json
import resource
import sys
import time
from typing import Any

from tasks import Task, load_data


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    contestant = importlib.import_module(f"competitors.{task.module}")
    samples = load_data(task.workload, task.mnist, task.image_size)
    run = contestant.prepare(task, in_whole_batches(samples, task.batch_size))

    # Compilation, memory pools and input pipelines settle before the clock starts.
    start = time.perf_counter()
    run(task.warmup)
    warm = time.perf_counter()
    run(task.steps)
    end = time.perf_counter()

    result = {
        "name": task.name,
        "update": task.update,
        "ms_per_step": 1000.0 * (end - warm) / task.steps,
        "warmup_seconds": warm - start,
        "steps": task.steps,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(result))


def in_whole_batches(samples: Any, batch_size: int) -> Any:
    """Drops what would be a shorter last batch: another shape is compiled anew, and timed."""
    if isinstance(samples, dict):
        return {name: in_whole_batches(part, batch_size) for name, part in samples.items()}
    return samples[: len(samples) // batch_size * batch_size]


if __name__ == "__main__":
    main()
