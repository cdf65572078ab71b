"""Time the metrics of features beside torch-fidelity, clean-fid and prdc.

Every measurement is a process of its own, which makes the same features, forgets what importing and
making them took, and then times one call. The processes take turns; ratios are taken within a
round. Memory is what the call adds to the peak of its process.

The other libraries may live in another environment: --python names its interpreter.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

Features = Any
CONTESTANTS = {
    "frechet": ("keras_gan_kit", "torch_fidelity", "clean_fid"),
    "kernel": ("keras_gan_kit", "torch_fidelity", "clean_fid"),
    "precision_recall": ("keras_gan_kit", "torch_fidelity", "prdc"),
    "density_coverage": ("keras_gan_kit", "prdc"),
}


def main() -> None:
    options = _options()
    if options.contestant:
        print(json.dumps(_measured(options)))
        return
    # The other libraries' interpreter runs this file too, and may be too old for these.
    from measuring import machine, write_records

    host = machine()
    results: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for number in range(options.repeats):
        for dtype in options.dtypes:
            for metric in options.metrics:
                for contestant in CONTESTANTS[metric]:
                    result = _in_a_process(contestant, metric, dtype, options)
                    results.setdefault((dtype, metric, contestant), []).append(result)
                    line = f"[{number + 1}/{options.repeats}] {dtype} {metric} {contestant}"
                    print(f"{line}: {result}", file=sys.stderr, flush=True)
    if options.json:
        write_records(options.json, _records(results, options), host)
    print(_table(results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--samples", type=int, default=10_000)
    add("--features", type=int, default=2_048)
    add("--repeats", type=int, default=3)
    add("--metrics", nargs="+", default=list(CONTESTANTS), choices=list(CONTESTANTS))
    add("--dtypes", nargs="+", default=["float32", "float64"])
    add("--python", default=sys.executable, help="the interpreter that has the other libraries")
    add("--json", type=Path, help="also write every measurement, as JSON lines")
    add(
        "--clock",
        default="wall",
        choices=("wall", "cpu"),
        help="cpu: for a machine that does other things; set OPENBLAS_NUM_THREADS=1 then, for "
        "waiting threads count",
    )
    add("--contestant", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(
    contestant: str, metric: str, dtype: str, options: argparse.Namespace
) -> dict[str, Any]:
    ours = contestant == "keras_gan_kit"
    size = ["--samples", str(options.samples), "--features", str(options.features)]
    size += ["--clock", options.clock]
    command = [sys.executable if ours else options.python, __file__, "--contestant", contestant]
    process = subprocess.run(
        [*command, "--metrics", metric, "--dtypes", dtype, *size],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        return {"error": process.stderr[-1000:]}
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    """Runs in the process of the contestant."""
    call = _call(options.contestant, options.metrics[0])
    real, synthetic = _features(options.samples, options.features, options.dtypes[0])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = _memory("VmRSS")
    clock = time.process_time if options.clock == "cpu" else time.perf_counter
    start = clock()
    value = call(real, synthetic)
    seconds = clock() - start
    peak = _memory("VmHWM")
    result = {"seconds": seconds, "added": peak - before, "peak": peak, "value": value}
    return result | {"version": _version(options.contestant)}


def _version(contestant: str) -> str:
    name = {"torch_fidelity": "torch-fidelity", "clean_fid": "clean-fid"}.get(contestant)
    try:
        return metadata.version(name or contestant)
    except metadata.PackageNotFoundError:
        return "not installed"


def _records(
    results: dict[tuple[str, str, str], list[dict[str, Any]]], options: argparse.Namespace
) -> Iterable[dict[str, Any]]:
    from measuring import record

    measures = {"seconds": (f"{options.clock} time", "s"), "added": ("memory added", "MB")}
    for key, (measure, unit) in measures.items():
        for (dtype, metric, contestant), found in results.items():
            versions = [result["version"] for result in found if "version" in result]
            yield record(
                f"{metric}, {dtype}",
                contestant,
                [result.get(key) for result in found],
                measure=measure,
                unit=unit,
                ours=contestant == "keras_gan_kit",
                sizes={"samples": options.samples, "features": options.features},
                competitor_version=versions[0] if versions else None,
            )


def _features(n: int, d: int, dtype: str) -> tuple[Features, Features]:
    """Positive, skewed and correlated, as what a network pools."""
    random = np.random.default_rng(0)
    mixing = random.standard_normal((64, d), dtype=np.float32) / 8
    sets = []
    for shift in (0.0, 0.1):
        features = random.standard_normal((n, 64), dtype=np.float32) @ mixing
        features += 0.3 * random.standard_normal((n, d), dtype=np.float32)
        features += np.float32(shift)
        np.abs(features, out=features)
        sets.append(features.astype(dtype, copy=False))
    return sets[0], sets[1]


def _memory(entry: str) -> float:
    """Reads a number of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{entry}:"))
    return int(line.split()[1]) / 1024


def _call(contestant: str, metric: str) -> Callable[[Features, Features], Any]:
    """Imports a contestant; every one takes the real features first."""
    if contestant == "keras_gan_kit":
        from keras_gan_kit import evaluation

        name = {"frechet": "frechet_distance", "kernel": "kernel_distance"}.get(metric, metric)
        ours: Callable[[Features, Features], Any] = getattr(evaluation, name)
        return ours
    if contestant == "clean_fid":
        fid = importlib.import_module("cleanfid.fid")
        if metric == "kernel":
            return lambda real, synthetic: fid.kernel_distance(real, synthetic)
        return lambda real, synthetic: fid.fid_from_feats(real, synthetic)
    if contestant == "prdc":
        compute = importlib.import_module("prdc").compute_prdc
        k = 3 if metric == "precision_recall" else 5
        return lambda real, synthetic: list(compute(real, synthetic, nearest_k=k).values())
    return _torch_fidelity(metric)


def _torch_fidelity(metric: str) -> Callable[[Features, Features], Any]:
    torch = importlib.import_module("torch")
    name = {"frechet": "fid", "kernel": "kid", "precision_recall": "prc"}[metric]
    module = importlib.import_module(f"torch_fidelity.metric_{name}")

    def call(real: Features, synthetic: Features) -> Any:
        first, second = torch.from_numpy(synthetic), torch.from_numpy(real)
        if metric == "frechet":
            statistics = [module.fid_features_to_statistics(x) for x in (first, second)]
            return module.fid_statistics_to_metric(*statistics, verbose=False)
        if metric == "kernel":
            return module.kid_features_to_metric(first, second, verbose=False)
        return module.prc_features_to_metric(first, second, verbose=False)

    return call


def _table(results: dict[tuple[str, str, str], list[dict[str, Any]]]) -> str:
    header = ["features", "metric", "contestant", "seconds", "MB added"]
    header += ["times as fast as theirs", "their MB / ours"]
    lines = [header, ["---"] * len(header)]
    for (dtype, metric, contestant), found in results.items():
        ours = results[dtype, metric, "keras_gan_kit"]
        cells = [dtype, metric, contestant]
        if any("error" in result for result in [*found, *ours]):
            lines.append([*cells, "failed", "", "", ""])
            continue
        pairs = list(zip(found, ours, strict=True))
        cells.append(_summary(result["seconds"] for result in found))
        cells.append(f"{statistics.median(result['added'] for result in found):.0f}")
        if contestant != "keras_gan_kit":
            cells.append(_summary(a["seconds"] / b["seconds"] for a, b in pairs))
            cells.append(f"{statistics.median(a['added'] / b['added'] for a, b in pairs):.1f}")
        else:
            cells += ["", ""]
        lines.append(cells)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _summary(values: Iterable[float]) -> str:
    known = list(values)
    return f"{statistics.median(known):.2f} [{min(known):.2f}, {max(known):.2f}]"


if __name__ == "__main__":
    main()
