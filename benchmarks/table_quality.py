"""Compare a GAN of table rows with CTGAN, on a table of your own, after equal training time.

    python benchmarks/table_quality.py patients.csv --python OTHER/bin/python

Both see the same rows, 7 of 10. CTGAN trains with its defaults, on one thread: with more it would
be charged for threads that wait for each other. This package trains for as many seconds of the
processor, compiling counted. Each draws ten times as many rows as it saw. Scores are those of
`evaluation.compare_tables`, higher is better: column shapes and pair trends against the rows seen
and against those held out; and how many rows drawn are exact copies. `floor` are the rows held out
against those seen.

CTGAN lives in an environment of its own, whose interpreter --python names.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SHARE, TIMES = 0.7, 10
SCORES = ("column_shapes", "pair_trends", "held_out_shapes", "held_out_trends", "copies")


def main() -> None:
    options = _options()
    if options.draw:
        print(json.dumps(_ctgan(options)))
        return
    import pandas as pd
    from measuring import machine, markdown_table

    host = machine()
    table = pd.read_csv(options.table)
    found: dict[str, list[dict[str, float]]] = {"floor": [], "CTGAN": [], "keras_gan_kit": []}
    seconds = []
    for seed in options.seeds:
        order = np.random.default_rng(seed).permutation(len(table))
        seen, held_out = (
            table.iloc[part].reset_index(drop=True)
            for part in np.split(order, [round(SHARE * len(table))])
        )
        theirs, taken = _other(seen, seed, options)
        seconds.append(taken)
        ours = _kit(seen, seed, options.seconds or taken, options)
        found["floor"].append(_scores(seen, held_out, held_out))
        found["CTGAN"].append(_scores(seen, held_out, theirs))
        found["keras_gan_kit"].append(_scores(seen, held_out, ours))
        for name, lines in found.items():
            rounded = {key: round(value, 4) for key, value in lines[-1].items()}
            print(f"seed {seed}, {name}: {rounded}", file=sys.stderr, flush=True)
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print(f"\n{statistics.mean(seconds):.0f} s of the processor each; means, standard deviations\n")
    rows = [
        [name, *(_cell([line[score] for line in lines]) for score in SCORES)]
        for name, lines in found.items()
    ]
    print(markdown_table(["", *SCORES], rows))


def _cell(values: list[float]) -> str:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.3f} ({spread:.3f})"


def _scores(seen: Any, held_out: Any, drawn: Any) -> dict[str, float]:
    from keras_gan_kit.evaluation import compare_tables

    against_seen = compare_tables(seen, drawn).scores
    against_others = compare_tables(held_out, drawn).scores
    known = set(seen.astype(str).agg("|".join, axis=1))
    return {
        "column_shapes": against_seen["column_shapes"]["value"],
        "pair_trends": against_seen["pair_trends"]["value"],
        "held_out_shapes": against_others["column_shapes"]["value"],
        "held_out_trends": against_others["pair_trends"]["value"],
        "copies": float(drawn.astype(str).agg("|".join, axis=1).isin(known).mean()),
    }


def _kit(seen: Any, seed: int, seconds: float, options: argparse.Namespace) -> Any:
    import keras

    from keras_gan_kit import RelativisticGAN, data, networks, penalties

    start = time.process_time()

    class Budget(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = time.process_time() - start >= seconds

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
    gan.fit(rows, batch_size=options.batch_size, epochs=10**6, callbacks=[Budget()], verbose=0)
    print(f"{gan.steps_taken} steps", file=sys.stderr)
    return table.inverse_transform(gan.generate(TIMES * len(seen), seed=seed))


def _other(seen: Any, seed: int, options: argparse.Namespace) -> tuple[Any, float]:
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        seen.to_csv(path / "seen.csv", index=False)
        command = [
            options.python,
            __file__,
            str(path / "seen.csv"),
            "--draw",
            str(path / "drawn.csv"),
        ]
        run = subprocess.run(
            [*command, "--seeds", str(seed)],
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        if run.returncode:
            sys.exit(run.stderr)
        taken = float(json.loads(run.stdout.splitlines()[-1]))
        drawn = pd.read_csv(path / "drawn.csv", dtype=seen.dtypes.to_dict())
    return drawn, taken


def _ctgan(options: argparse.Namespace) -> float:
    """Runs in the other environment: trains, draws, and returns the seconds of training."""
    import ctgan
    import pandas as pd
    import torch

    seed = options.seeds[0]
    torch.manual_seed(seed)
    np.random.seed(seed)
    seen = pd.read_csv(options.table)
    # Whole numbers of few values are categories for it, as they are for this package.
    discrete = [
        name
        for name in seen
        if seen[name].dtype.kind not in "f"
        and (seen[name].dtype.kind != "i" or seen[name].nunique() < 10)
    ]
    model = ctgan.CTGAN()
    start = time.process_time()
    model.fit(seen, discrete)
    taken = time.process_time() - start
    model.sample(TIMES * len(seen)).to_csv(options.draw, index=False)
    return taken


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("table", type=Path, help="a CSV")
    add("--python", default=sys.executable, help="the interpreter that has `ctgan`")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    add("--seconds", type=float, help="of ours; default: what CTGAN took")
    add("--units", nargs="+", type=int, default=[256, 256])
    add("--ema", type=float, default=0.99)
    add("--rate", type=float, default=5e-4)
    add("--gamma", type=float, default=0.1)
    add("--batch-size", type=int, default=64)
    add("--draw", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
