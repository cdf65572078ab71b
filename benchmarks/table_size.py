"""Measure the memory and the time that a large table takes: read, learned, and compared.

    python benchmarks/table_size.py --rows 1000000 --columns 50

Every step runs in a process of its own. Its memory is the largest that the process held, less what
it held before the step; it is stated as a multiple of what the DataFrame itself takes. The table is
that of `table_report.py`: a third numbers, a third binary columns, a third text of five levels.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from measuring import machine, markdown_table
from table_report import _table

STEPS = ("read CSV", "read Parquet", "fit minmax", "transform minmax", "fit modes", "compare")


def main() -> None:
    options = _options()
    if options.step:
        print(json.dumps(_measured(options.step, Path(options.folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        size = 0
        for seed in (0, 1):
            table = _table(options.rows, options.columns, seed)
            table.to_parquet(Path(folder, f"{seed}.parquet"))
            size = int(table.memory_usage(deep=True).sum())
            if seed == 0:
                table.to_csv(Path(folder, "0.csv"), index=False)
            del table
        rows = []
        for step in STEPS:
            command = [sys.executable, __file__, "--step", step, "--folder", folder]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(run.stdout.splitlines()[-1])
            rows.append([step, f"{found['seconds']:.1f}", f"{found['bytes'] / size:.1f}"])
            print(rows[-1], file=sys.stderr, flush=True)
    print(", ".join(f"{name}: {value}" for name, value in machine().items()))
    print(f"\n{options.rows} x {options.columns}, {size / 2**20:.0f} MB as a DataFrame\n")
    print(markdown_table(["step", "seconds", "memory / table"], rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000)
    add("--columns", type=int, default=50)
    add("--step", choices=STEPS, help=argparse.SUPPRESS)
    add("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(step: str, folder: Path) -> dict[str, float]:
    """Returns the seconds and the bytes that a step takes."""
    from keras_gan_kit import data, evaluation

    path = folder / "0.parquet"
    steps: dict[str, Callable[..., Any]] = {
        "read CSV": lambda: data.read_table(folder / "0.csv"),
        "read Parquet": lambda: data.read_table(path),
    }
    if step.startswith(("fit", "transform")):
        transformer: Any = data.TableTransformer(scaling=step.split()[-1])
        table = pd.read_parquet(path)
        if step.startswith("transform"):
            transformer.fit(table.iloc[:10_000])
        steps["fit minmax"] = steps["fit modes"] = lambda: transformer.fit(table)
        steps["transform minmax"] = lambda: transformer.transform(table)
    if step == "compare":
        pair = [pd.read_parquet(folder / f"{seed}.parquet") for seed in (0, 1)]
        steps["compare"] = lambda: evaluation.compare_tables(*pair)
    before = _held()
    highest = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            highest[0] = max(highest[0], _held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    result = steps[step]()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    del result
    return {"seconds": seconds, "bytes": highest[0] - before}


def _held() -> int:
    """Returns the bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
