"""Compare a GAN of table rows with CTGAN, TVAE and a Gaussian copula, at equal processor time.

    python benchmarks/table_quality.py --python OTHER/bin/python --table patients.csv=Cath
    python benchmarks/table_quality.py --show

The tables are those that packages ship, and files of your own, each with a column to predict. The
other synthesizers are SDV's, which prepares the columns for them; they live in an environment of
their own, whose interpreter --python names (`table_peers.py` says what it needs). All learn from
the same rows, 7 of 10, in a process of one thread, and train until --seconds of the processor are
spent, preparing and compiling counted; the copula takes what it takes. The other rows are held
out. Scores, higher is better unless said otherwise:

- shapes, pairs: `compare_tables` against the rows held out.
- TSTR: `utility`, a predictor that learns from the synthetic rows and is tested on those held
  out: AUC, or R2 for a number.
- membership AUC (0.5 is best), exact copies (0 is best): `privacy`.

`real` are the rows seen in place of synthetic ones: what a perfect synthesizer reaches, apart from
the copies. `floor` are the rows held out against those seen, for the scores against rows seen. The
results are a line for each trial: a run that was interrupted continues.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import machine, markdown_table

HERE = Path(__file__).parent
SHARE = 0.7
SHIPPED = {"gbsg2": "cens", "flchain": "death", "fair": "affair", "diamonds": "price"}
PEERS = ("CTGAN", "TVAE", "Gaussian copula")
SCORES = ("shapes", "pairs", "tstr", "seen shapes", "seen pairs", "membership AUC", "exact copies")
HEADER = ("shapes", "pairs", "TSTR", "shapes, seen", "pairs, seen", "membership AUC", "copies")


def main() -> None:
    options = _options()
    if options.draw:
        made, taken, epochs = _kit(pd.read_csv(options.seen), options)
        made.to_csv(options.draw, index=False)
        print(json.dumps({"seconds": round(taken, 2), "epochs": epochs}))
        return
    if not options.show:
        _run(options)
    print(_tables([json.loads(line) for line in options.json.read_text().splitlines()]))


def _run(options: argparse.Namespace) -> None:
    given = dict(text.rsplit("=", 1) for text in options.table)
    tables = {Path(path).stem: (Path(path), target) for path, target in given.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.shipped:
            path = Path(folder, f"{name}.csv")
            subprocess.run([options.python, HERE / "table_peers.py", name, path], check=True)
            tables[name] = (path, SHIPPED[name])
        for seed in options.seeds:
            for name, (path, target) in tables.items():
                for method in ("real", "keras_gan_kit", *PEERS):
                    _trial(name, path, target, method, seed, Path(folder), options)


def _trial(
    name: str,
    path: Path,
    target: str,
    method: str,
    seed: int,
    folder: Path,
    options: argparse.Namespace,
) -> None:
    line: dict[str, Any] = {"table": name, "method": method, "seed": seed}
    line["budget"] = options.seconds
    if options.json.exists():
        done = [json.loads(text) for text in options.json.read_text().splitlines()]
        if any(all(other[key] == value for key, value in line.items()) for other in done):
            return
    table = pd.read_csv(path)
    order = np.random.default_rng(seed).permutation(len(table))
    seen, held_out = (
        table.iloc[part].reset_index(drop=True)
        for part in np.split(order, [round(SHARE * len(table))])
    )
    rows = min(max(len(seen), 2000), 20_000)
    line |= {"rows": len(seen), "columns": table.shape[1], "target": target}
    drawn, about = seen, {}
    if method != "real":
        seen.to_csv(folder / "seen.csv", index=False)
        drawn, about = _drawn(method, rows, seed, folder, options)
    if about is None:
        line["error"] = drawn
    else:
        line |= {**about, **_scores(seen, held_out, drawn, target)}
    line["machine"] = machine()
    with options.json.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(line, file=sys.stderr, flush=True)


def _drawn(
    method: str, rows: int, seed: int, folder: Path, options: argparse.Namespace
) -> tuple[Any, Any]:
    """The rows of a method and what it took; or the end of its error, and None."""
    ours = [sys.executable, __file__, "--draw", folder / "drawn.csv"]
    theirs = [options.python, HERE / "table_peers.py", method, folder / "drawn.csv"]
    command = ours if method == "keras_gan_kit" else theirs
    more = ["--seen", folder / "seen.csv", "--rows", rows, "--seconds", options.seconds]
    more += ["--seeds" if command is ours else "--seed", seed]
    run = subprocess.run(
        [*map(str, command), *map(str, more)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    if run.returncode:
        return run.stderr[-500:], None
    return pd.read_csv(folder / "drawn.csv"), json.loads(run.stdout.splitlines()[-1])


def _scores(seen: Any, held_out: Any, drawn: Any, target: str) -> dict[str, float]:
    from keras_gan_kit.evaluation import compare_tables, privacy, utility

    warnings.simplefilter("ignore")
    against_others = compare_tables(held_out, drawn).scores
    against_seen = compare_tables(seen, held_out if drawn is seen else drawn).scores
    used = utility(seen, drawn, target=target, real_test=held_out, num_resamples=2).scores
    metric = "auc" if "auc_synthetic_to_real" in used else "r2"
    leaks = privacy(seen, drawn, held_out, show=0, max_rows=5000).scores
    values = {
        "shapes": against_others["column_shapes"],
        "pairs": against_others["pair_trends"],
        "tstr": used[f"{metric}_synthetic_to_real"],
        "seen shapes": against_seen["column_shapes"],
        "seen pairs": against_seen["pair_trends"],
        "membership AUC": leaks["membership_auc"],
        "exact copies": leaks["exact_copies"],
        "copies floor": {"value": leaks["exact_copies"].get("floor")},
    }
    return {name: entry["value"] for name, entry in values.items()}


def _kit(seen: Any, options: argparse.Namespace) -> tuple[Any, float, float]:
    import keras

    from keras_gan_kit import RelativisticGAN, data, networks, penalties

    start, seed = time.process_time(), options.seeds[0]

    class Budget(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = time.process_time() - start >= options.seconds

    keras.utils.set_random_seed(seed)
    table = data.TableTransformer(scaling="modes")
    rows = table.fit_transform(seen)
    gan = RelativisticGAN(
        networks.table_generator(table, units=options.units),
        networks.table_discriminator(table, units=options.units),
        ema_momentum=options.ema,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(options.rate, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(options.rate, beta_1=0.0, beta_2=0.99),
        penalties=[penalties.R1(options.gamma), penalties.R2(options.gamma)],
        jit_compile=False,  # the compiler takes longer than all the training
    )
    size = options.batch_size or (64 if len(rows) < 2000 else 256)
    gan.fit(rows, batch_size=size, epochs=10**6, callbacks=[Budget()], verbose=0)
    taken = time.process_time() - start
    epochs = round(gan.steps_taken * size / len(rows), 1)
    return table.inverse_transform(gan.generate(options.rows, seed=seed)), taken, epochs


def _tables(lines: list[dict[str, Any]]) -> str:
    """Markdown: a table of each dataset, a row of each method, means and deviations over seeds."""
    found: Any = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if "error" not in line:
            found[line["table"]][line["method"]].append(line)
    text = ""
    for name, methods in found.items():
        one = next(iter(methods.values()))[0]
        text += f"\n{name}: {one['rows']} rows seen, {one['columns']} columns, "
        text += f"{one['budget']:.0f} s; TSTR predicts {one['target']}\n\n"
        rows = []
        for method, trials in methods.items():
            cells = [_cell([trial[score] for trial in trials]) for score in SCORES]
            rows.append([f"{method} ({len(trials)})", *cells])
        text += markdown_table(["(seeds)", *HEADER], rows)
    return text


def _cell(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    spread = f" ({statistics.stdev(known):.3f})" if len(known) > 1 else ""
    return f"{statistics.mean(known):.3f}{spread}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--table", nargs="*", default=[], help="CSV=COLUMN: files, and what to predict")
    add("--shipped", nargs="*", choices=[*SHIPPED], default=[*SHIPPED])
    add("--python", default=sys.executable, help="the interpreter that has `sdv`")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    add("--seconds", type=float, default=60.0, help="of the processor, a fit")
    add("--json", type=Path, default=HERE / "results" / "quality" / "tables.jsonl")
    add("--show", action="store_true", help="only show what the file has")
    add("--units", nargs="+", type=int, default=[256, 256])
    add("--ema", type=float, default=0.99)
    add("--rate", type=float, default=5e-4)
    add("--gamma", type=float, default=0.1)
    add("--batch-size", type=int, help="64, or 256 of 2,000 rows and more")
    add("--draw", type=Path, help=argparse.SUPPRESS)
    add("--seen", type=Path, help=argparse.SUPPRESS)
    add("--rows", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
