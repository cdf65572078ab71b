"""Compare a table GAN with and without constraints, from one training.

    python benchmarks/table_constraints.py --seconds 60

The cohort is simulated: residents of nursing homes with the days of admission and discharge, age,
two blood pressures and sex, each row of which satisfies the constraints. One GAN is trained on it;
its rows are decoded by two transformers that differ in their constraints alone. The table says how
many of the rows violate each constraint, and has the scores of `evaluation.compare_tables` against
rows held out. --stay sets the mean stay in days, of admissions in six years: the shorter it is, the
less of the order a GAN learns.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import machine, markdown_table

TEXTS = ["admitted <= discharged", "`diastolic BP` < `systolic BP`", "age >= 18"]
SCORES = ("column_shapes", "pair_trends", "overall", "constraint_adherence")


def main() -> None:
    options = _options()
    import keras

    from keras_gan_kit import models, networks
    from keras_gan_kit.data import TableTransformer
    from keras_gan_kit.evaluation import compare_tables

    host = machine()
    keras.utils.set_random_seed(options.seed)
    seen, held_out = (_cohort(4000, options.stay, options.seed + i) for i in (0, 1000))
    free = TableTransformer(scaling="modes").fit(seen)
    bound = TableTransformer(scaling="modes", constraints=TEXTS).fit(seen)
    matrix = free.transform(seen)
    gan = models.RelativisticGAN(
        networks.table_generator(free, latent_dim=32, seed=options.seed),
        networks.table_discriminator(free, seed=options.seed),
    )
    gan.compile()
    start, epochs = time.process_time(), 0
    while time.process_time() - start < options.seconds:
        gan.fit(matrix, batch_size=256, epochs=epochs + 5, initial_epoch=epochs, verbose=0)
        epochs += 5
    outputs = np.asarray(gan.generate(options.rows, seed=options.seed))
    rows, found = [], []
    for name, transformer in (("without", free), ("with constraints", bound)):
        made = transformer.inverse_transform(outputs)
        scores: Any = compare_tables(held_out, made, constraints=TEXTS).scores
        broken = [scores["constraints"][text]["synthetic"] / len(made) for text in TEXTS]
        rows.append([name, *(f"{share:.2%}" for share in broken)])
        rows[-1] += [f"{scores[score]['value']:.4f}" for score in SCORES]
        print(rows[-1], file=sys.stderr, flush=True)
        found.append(
            {
                "decoded": name,
                "rows": len(made),
                "stay": options.stay,
                "violated": dict(zip(TEXTS, broken, strict=True)),
                "scores": {score: scores[score]["value"] for score in SCORES},
            }
        )
    if options.json:
        with options.json.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({**line, "machine": host}) + "\n" for line in found)
    print(", ".join(f"{key}: {value}" for key, value in host.items()))
    print(f"\n{epochs} epochs, {options.rows} rows; shares of rows that violate a constraint\n")
    print(markdown_table(["", *TEXTS, *SCORES], rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=60.0, help="of the processor, for the training")
    add("--rows", type=int, default=100_000)
    add("--stay", type=float, default=500.0, help="mean, in days")
    add("--json", type=Path, help="file to append the results to")
    add("--seed", type=int, default=0)
    return parser.parse_args()


def _cohort(rows: int, mean_stay: float, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = np.clip(random.normal(60, 18, rows), 18, 95).round()
    systolic = (random.normal(110, 14, rows) + 0.4 * age).round()
    days = random.integers(0, 2191, rows)
    admitted = pd.Timestamp("2015-01-01") + pd.to_timedelta(days, unit="D")
    stay = random.gamma(2.0, mean_stay / 2.0 * (1.5 - age / 120), rows).astype(int)
    return pd.DataFrame(
        {
            "admitted": admitted,
            "discharged": admitted + pd.to_timedelta(stay, unit="D"),
            "age": age,
            "systolic BP": systolic,
            "diastolic BP": (systolic * random.uniform(0.55, 0.8, rows)).round(),
            "sex": random.choice(["f", "m"], rows),
        }
    )


if __name__ == "__main__":
    main()
