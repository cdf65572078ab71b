"""Make a cohort of real pages and real rows that never belonged together.

    python benchmarks/semi_synthetic_cohort.py ECG12 CAD.csv cohort
    python examples/joint_ecg.py --table cohort/patients.csv --images cohort/images

Each page of the layout 4x3+1 of the data set of Khan et al. 2021 (normal, or a myocardial
infarction now or before) gets a patient of Alizadehsani et al. 2013 on the same side of disease
(Cath: Normal or CAD), drawn with a seed. So the table follows the page in this one respect alone:
say "semi-synthetic" wherever results of it are shown.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

SIDES = {"normal": "Normal", "mi": "CAD", "history_mi": "CAD"}


def main() -> None:
    options = _options()
    pages = pd.read_csv(options.ecg / "metadata.csv")
    known = pages["class"].isin(SIDES) & (pages["layout"] == "4x3+1")
    pages = pages[known & pages["duplicate_of"].isna()].reset_index(drop=True)
    patients = pd.read_csv(options.cad)
    random = np.random.default_rng(options.seed)
    side = pages["class"].map(SIDES)
    rows = np.empty(len(pages), int)
    for cath in sorted(set(side)):
        here = (side == cath).to_numpy()
        rows[here] = random.choice(np.flatnonzero(patients["Cath"] == cath), here.sum())
    table = patients.iloc[rows].reset_index(drop=True)
    table.insert(0, "file", pages["file"].str.replace("/", "_"))
    images = options.output / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, flat in zip(pages["file"], table["file"], strict=True):
        shutil.copyfile(options.ecg / options.kind / name, images / flat)
    table.to_csv(options.output / "patients.csv", index=False)
    counts = ", ".join(f"{n} {cath}" for cath, n in table["Cath"].value_counts().items())
    print(f"{len(table)} pages with a row each ({counts}) in {options.output}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("ecg", type=Path, help="the folder of pages, with metadata.csv")
    add("cad", type=Path, help="the CSV of patients")
    add("output", type=Path, help="a folder, made if needed")
    add(
        "--kind",
        choices=("trace", "gray"),
        default="trace",
        help="pages without or with their grid",
    )
    add("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
