"""Time one training step of this package beside hand-written loops, and print the ratios.

Every contestant trains the same networks with the same optimizers on the same data, in a process
of its own; repeats are interleaved. Compilation is not counted, the input path is.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from measuring import (
    Key,
    Record,
    Times,
    interleave,
    machine,
    markdown_table,
    ratios,
    record,
    summary,
    times_of,
    write_records,
)
from tasks import ALTERNATING, SIMULTANEOUS, UPDATES, WORKLOADS, Task

# How many times as fast as the competitor this package means to be.
TARGETS = {
    "dense": {
        ("kit-tensorflow", "script"): 9.0,
        ("kit-tensorflow", "tf-function"): 1.4,
        ("kit-tensorflow", "torch-eager"): 1.0,
        ("kit-jax", "jax-jit"): 0.9,
    },
    "wgan-gp": {("kit-tensorflow", "tf-function"): 1.0},
    "pages-200": {
        ("kit-tensorflow", "tf-function"): 1 / 1.05,
        ("kit-tensorflow", "torch-eager"): 1.4,
    },
    "pages-800": {("kit-tensorflow", "tf-function"): 1 / 1.05},
    "joint-200": {("kit-tensorflow", "tf-function"): 1 / 1.1},
}


def main() -> None:
    options = _options()
    # The load is read first: afterwards it would be the benchmark's own.
    host = machine()
    tasks = _tasks(options)
    if not tasks:
        sys.exit("Nothing to measure: `--only` and `--update` leave no contestant.")
    results = interleave(tasks, options.repeats)
    times = times_of(results)

    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print(f"\n## {options.workload}: milliseconds per step, median [min, max]\n")
    print(_times_table(times))
    print("## Peak memory of the process in MB, median [min, max]\n")
    print(_times_table(times_of(results, "peak_megabytes")))
    if any(name.startswith("kit-") for name, _ in times):
        print("## How many times as fast as each competitor, median [min, max] (target)\n")
        print(_ratios_table(times, options.workload))
    if len({update for _, update in times}) == len(UPDATES):
        print("## What the alternating order costs: milliseconds over the simultaneous one\n")
        print(_order_table(times))

    if options.json:
        write_records(options.json, _records(tasks, results), host)
    if any(None in values for values in times.values()):
        sys.exit("Some contestants failed: their errors are above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    names = sorted({name for workload in WORKLOADS.values() for name in workload.contestants})
    add("--workload", choices=sorted(WORKLOADS), default="dense")
    add("--only", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    add("--update", nargs="+", choices=UPDATES, default=UPDATES, help="default: both")
    add("--repeats", type=int, default=5, help="interleaved repeats, default 5")
    add("--steps", type=int, help="timed steps (rounded to whole executions; script: a fifth)")
    add("--warmup", type=int, help="untimed steps before them")
    add("--batch-size", type=int, help="default: the workload's, 32 or 10")
    add("--image-size", type=int, help="pixels; default: the workload's, as must be with --mnist")
    add("--epochs", type=int, default=1, help="of the timed `fit`; they share the steps")
    add("--mnist", metavar="FILE", help="MNIST as .npz; default: random images")
    add("--json", metavar="FILE", help="also write every measurement, as JSON lines")
    return parser.parse_args()


def _tasks(options: argparse.Namespace) -> dict[Key, Task]:
    workload = WORKLOADS[options.workload]
    per_execution = workload.steps_per_execution

    def whole(steps: float) -> int:
        # Part of an execution would be compiled again, and timed.
        return per_execution * max(1, round(steps / per_execution))

    tasks = {}
    for name, contestant in workload.contestants.items():
        if options.only and name not in options.only:
            continue
        for update in contestant.updates:
            if update not in options.update:
                continue
            warmup = (options.warmup or workload.warmup) * contestant.share_of_steps
            tasks[name, update] = Task(
                name=name,
                module=contestant.module,
                backend=contestant.backend,
                workload=options.workload,
                update=update,
                steps=whole((options.steps or workload.steps) * contestant.share_of_steps),
                warmup=whole(max(warmup, 0 if options.warmup else contestant.least_warmup)),
                steps_per_execution=per_execution,
                batch_size=options.batch_size or workload.batch_size,
                image_size=options.image_size or workload.image_size,
                jit_compile=contestant.jit_compile,
                callbacks=contestant.callbacks,
                most_repeats=contestant.most_repeats,
                epochs=options.epochs,
                mnist=options.mnist and str(Path(options.mnist).resolve()),
            )
    return tasks


def _records(tasks: Mapping[Key, Task], results: Mapping[Key, Any]) -> Iterable[Record]:
    measures = {
        "ms_per_step": ("time of a step", "ms"),
        "peak_megabytes": ("peak memory of the process", "MB"),
    }
    for value, (measure, unit) in measures.items():
        for key, values in times_of(results, value).items():
            task = tasks[key]
            yield record(
                f"{task.workload}, {task.update}",
                task.name,
                values,
                measure=measure,
                unit=unit,
                ours=task.name.startswith("kit-"),
                sizes={"batch": task.batch_size, "image_size": task.image_size},
                backend=task.backend,
                steps=task.steps,
            )


def _times_table(times: dict[Key, Times]) -> str:
    names = dict.fromkeys(name for name, _ in times)
    updates = [u for u in UPDATES if any(update == u for _, update in times)]
    rows = (
        [name, *(summary(times[name, u]) if (name, u) in times else "" for u in updates)]
        for name in names
    )
    return markdown_table(["contestant", *updates], rows)


def _ratios_table(times: dict[Key, Times], workload: str) -> str:
    competitors = list(dict.fromkeys(name for name, _ in times if not name.startswith("kit-")))

    def cell(kit: str, competitor: str, update: str) -> str:
        # The script has one order only: both of ours are compared with it.
        same = (competitor, update)
        theirs = times.get(same, times.get((competitor, ALTERNATING)))
        if theirs is None:
            return ""
        target = TARGETS.get(workload, {}).get((kit, competitor))
        ratio = summary(ratios(theirs, times[kit, update]))
        return ratio if target is None else f"{ratio} ({target:.2f})"

    rows = (
        [f"{name}, {update}", *(cell(name, competitor, update) for competitor in competitors)]
        for name, update in times
        if name.startswith("kit-")
    )
    return markdown_table(["", *(f"over {name}" for name in competitors)], rows)


def _order_table(times: dict[Key, Times]) -> str:
    # The hand-written loops say what the extra generator pass itself costs on each backend.
    rows = []
    for name, update in times:
        if update == ALTERNATING and (name, SIMULTANEOUS) in times:
            pairs = zip(times[name, ALTERNATING], times[name, SIMULTANEOUS], strict=True)
            extra = [None if a is None or b is None else a - b for a, b in pairs]
            rows.append([name, summary(extra)])
    return markdown_table(["contestant", "alternating - simultaneous"], rows)


if __name__ == "__main__":
    main()
