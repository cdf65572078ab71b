"""Fit a synthesizer of SDV, or write a table that a package ships, for `table_quality.py`.

Needs an environment with `sdv`, `lifelines`, `scikit-survival`, `statsmodels` and `plotnine`, and
neither Keras nor this package.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MOST_ROWS = 50_000
# Names and what to predict: a column, and the value that counts as positive if there are several.
TABLES = ("gbsg2", "flchain", "fair", "diamonds")


def shipped(name: str) -> pd.DataFrame:
    """A table that a package ships."""
    if name == "gbsg2":
        from lifelines.datasets import load_gbsg2

        table = load_gbsg2()
    elif name == "flchain":
        from sksurv.datasets import load_flchain

        table, outcome = load_flchain()
        table = table.assign(death=outcome["death"].astype(int), futime=outcome["futime"])
    elif name == "fair":
        import statsmodels.api as sm

        table = sm.datasets.fair.load_pandas().data
        table = table.assign(affair=(table.pop("affairs") > 0).astype(int))
    else:
        from plotnine.data import diamonds as table
    table = pd.DataFrame(table)
    return table.sample(min(len(table), MOST_ROWS), random_state=0).reset_index(drop=True)


class Budget:
    """Ends the loop over epochs of a synthesizer when the processor time is spent."""

    def __init__(self, start: float, seconds: float) -> None:
        self.end = start + seconds
        self.epochs = 0

    def __call__(self, _epochs: Any, **_options: Any) -> Any:
        while time.process_time() < self.end:
            yield self.epochs
            self.epochs += 1


def fit(name: str, seen: pd.DataFrame, rows: int, seed: int, seconds: float) -> Any:
    """Rows of a synthesizer, the seconds that it was fitted for, and its epochs."""
    import ctgan.synthesizers.ctgan
    import ctgan.synthesizers.tvae
    import torch
    from sdv.metadata import Metadata
    from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer, TVAESynthesizer

    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    metadata = Metadata.load_from_dict(
        {"tables": {"table": {"columns": {n: {"sdtype": kind(seen[n])} for n in seen}}}}
    )
    start = time.process_time()
    budget = Budget(start, seconds)
    if name == "Gaussian copula":
        model = GaussianCopulaSynthesizer(metadata)
    else:
        # Their loops show a bar: its iterator is where a training can end by the clock.
        ctgan.synthesizers.ctgan.tqdm = ctgan.synthesizers.tvae.tqdm = budget
        model = {"CTGAN": CTGANSynthesizer, "TVAE": TVAESynthesizer}[name](metadata)
    model.fit({"table": seen})
    taken = time.process_time() - start
    made = model.sample(rows)
    return made["table"] if isinstance(made, dict) else made, taken, budget.epochs


def kind(column: Any) -> str:
    """Numbers of few values are categories, as CTGAN's readme advises."""
    is_number = column.dtype.kind in "if" and column.nunique() >= 10
    return "numerical" if is_number else "categorical"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("what", choices=[*TABLES, "CTGAN", "TVAE", "Gaussian copula"])
    add("target", type=Path, help="the CSV to write")
    add("--seen", type=Path, help="the CSV to learn from")
    add("--rows", type=int)
    add("--seed", type=int, default=0)
    add("--seconds", type=float)
    options = parser.parse_args()
    if options.what in TABLES:
        shipped(options.what).to_csv(options.target, index=False)
        return
    seen = pd.read_csv(options.seen)
    made, taken, epochs = fit(options.what, seen, options.rows, options.seed, options.seconds)
    made.to_csv(options.target, index=False)
    print(json.dumps({"seconds": round(taken, 2), "epochs": epochs}))


if __name__ == "__main__":
    main()
