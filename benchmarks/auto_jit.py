"""Time this package on TensorFlow as a plain graph and with XLA: why `jit_compile="auto"` decides.

XLA wins on dense networks and loses on convolutions on CPU; "auto" should match the better one.
"""

import argparse
import sys

from measuring import (
    interleave,
    machine,
    markdown_table,
    ratios,
    record,
    summary,
    times_of,
    write_records,
)
from tasks import SIMULTANEOUS, UPDATES, WORKLOADS, Task

SETTINGS: dict[str, bool | str] = {"graph": False, "XLA": True, "auto": "auto"}


def main() -> None:
    options = _options()
    host = machine()
    tasks = {
        (workload, setting): _task(workload, setting, options)
        for workload in options.workloads
        for setting in SETTINGS
    }
    times = times_of(interleave(tasks, options.repeats))
    if options.json:
        records = (
            record(
                workload,
                setting,
                times[workload, setting],
                measure="time of a step",
                unit="ms",
                ours=setting == "auto",
                backend=task.backend,
            )
            for (workload, setting), task in tasks.items()
        )
        write_records(options.json, records, host)

    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nMilliseconds per step, median [min, max]; the ratio is graph / XLA.\n")
    rows = (
        [
            workload,
            *(summary(times[workload, setting]) for setting in SETTINGS),
            summary(ratios(times[workload, "graph"], times[workload, "XLA"])),
        ]
        for workload in options.workloads
    )
    print(markdown_table(["networks", *SETTINGS, "graph / XLA"], rows))
    if any(None in values for values in times.values()):
        sys.exit("Some runs failed: their errors are above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--workloads", nargs="+", choices=tuple(WORKLOADS), default=("dense", "dcgan"))
    add("--update", choices=UPDATES, default=SIMULTANEOUS, help="not used by wgan-gp")
    add("--repeats", type=int, default=3)
    add("--json", metavar="FILE", help="also write every measurement, as JSON lines")
    return parser.parse_args()


def _task(workload: str, setting: str, options: argparse.Namespace) -> Task:
    numbers = WORKLOADS[workload]
    contestant = numbers.contestants["kit-tensorflow"]
    return Task(
        name=f"{workload}, {setting}",
        module=contestant.module,
        backend=contestant.backend,
        workload=workload,
        update=options.update if options.update in contestant.updates else contestant.updates[0],
        steps=numbers.steps,
        warmup=numbers.warmup,
        steps_per_execution=numbers.steps_per_execution,
        batch_size=numbers.batch_size,
        image_size=numbers.image_size,
        jit_compile=SETTINGS[setting],
    )


if __name__ == "__main__":
    main()
