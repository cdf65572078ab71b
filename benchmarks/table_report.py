"""Time `evaluation.compare_tables` beside the quality report of SDMetrics.

Both compare the same two tables of mixed columns in one process, in turn. `compare_tables` also
tests for significance and trains a classifier, which the quality report does not do; saving its
page with all figures is timed apart. SDMetrics computes on all rows unless told otherwise; here
`max_rows=None` says the same to this package.

SDMetrics is no dependency: install it, and this package, in an environment of their own.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
from measuring import Times, machine, markdown_table, ratios, record, summary, write_records

from keras_gan_kit.evaluation import compare_tables


def main() -> None:
    options = _options()
    host = machine()
    real, synthetic = (_table(options.rows, options.columns, seed) for seed in (0, 1))
    kinds = {
        name: {"sdtype": "numerical" if name.startswith("number") else "categorical"}
        for name in real.columns
    }
    times: dict[str, Times] = {"kit": [], "sdmetrics": [], "page": []}
    for repeat in range(options.repeats):
        seconds, report = _timed(lambda: compare_tables(real, synthetic, max_rows=None))
        times["kit"].append(seconds)
        seconds, quality = _timed(lambda: _quality(real, synthetic, kinds))
        times["sdmetrics"].append(seconds)
        with tempfile.TemporaryDirectory() as folder:
            times["page"].append(_timed(lambda: report.save(folder))[0])  # noqa: B023
        latest = {name: values[-1] for name, values in times.items()}
        print(f"[{repeat + 1}/{options.repeats}] {latest}", file=sys.stderr, flush=True)
    if options.json:
        _write(times, host, options)
    host["sdmetrics"] = metadata.version("sdmetrics")
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print(f"\n{options.rows} x {options.columns}, seconds, median [min, max].\n")
    header = ["compare_tables", "SDMetrics", "SDMetrics / compare_tables", "page with figures"]
    cells = [summary(times["kit"]), summary(times["sdmetrics"])]
    cells += [summary(ratios(times["sdmetrics"], times["kit"])), summary(times["page"])]
    print(markdown_table(header, [cells]))
    shapes, trends = (report.scores[name]["value"] for name in ("column_shapes", "pair_trends"))
    print(f"Column shapes: {shapes:.4f}, pair trends: {trends:.4f}; SDMetrics: {quality}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rows", type=int, default=100_000)
    add("--columns", type=int, default=35)
    add("--repeats", type=int, default=3, help="both in turn, default 3")
    add("--json", metavar="FILE", help="also write every measurement, as JSON lines")
    return parser.parse_args()


def _write(times: dict[str, Times], host: dict[str, str], options: argparse.Namespace) -> None:
    sizes = {"rows": options.rows, "columns": options.columns}
    report, page = "time of a report", "time of a page with figures"
    records = [
        record("table", "keras_gan_kit", times["kit"], measure=report, unit="s", ours=True),
        record("table", "SDMetrics", times["sdmetrics"], measure=report, unit="s"),
        record("table", "keras_gan_kit", times["page"], measure=page, unit="s", ours=True),
    ]
    write_records(options.json, [found | {"sizes": sizes} for found in records], host)


def _table(rows: int, columns: int, seed: int) -> pd.DataFrame:
    """A third numbers, the rest two values or five; all of them depend on one another."""
    random = np.random.default_rng(seed)
    common = random.normal(size=rows)
    table = {}
    for i in range(columns):
        values = common + random.normal(size=rows)
        if i % 3 == 0:
            table[f"number {i}"] = values
        elif i % 3 == 1:
            table[f"binary {i}"] = (values > 1).astype(int)
        else:
            table[f"level {i}"] = np.array(list("abcde"))[np.digitize(values, [-2, -1, 0, 2])]
    return pd.DataFrame(table)


def _quality(
    real: pd.DataFrame, synthetic: pd.DataFrame, kinds: dict[str, Any]
) -> dict[str, float]:
    from sdmetrics.reports.single_table import QualityReport

    report = QualityReport()
    report.generate(real, synthetic, {"columns": kinds}, verbose=False)
    properties = report.get_properties()
    return dict(zip(properties["Property"], properties["Score"].round(4), strict=True))


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
