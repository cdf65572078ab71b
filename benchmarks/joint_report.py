"""The report of a joint GAN: are its patients faithful, useful, private?

    python examples/joint_ecg.py --patients 2000 --epochs 120     # trains it
    python benchmarks/joint_report.py                             # runs/joint_report/report.html

It draws as many patients as the generator has learned from, and writes one page: tables, images,
and whether rows still belong to their images; what a predictor of coronary disease, heart rate and
an earlier infarction learns from them; and whom they give away. A holdout that the generator has
not seen is the measure of the last two.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from keras_gan_kit import data, datasets, evaluation

TARGETS = ["coronary_disease", "heart_rate", "prior_infarction"]


def main() -> None:
    args = parse_arguments()
    generator = keras.saving.load_model(args.trained / "generator.keras")
    table = data.TableTransformer.load(args.trained / "table.json")

    # The cohort of the example's training, and another one of the same population.
    size = generator.output["image"].shape[1:3]
    options = {"image_size": size, "leads": ["V5"], "grid": False}
    images, rows = datasets.simulated_ecg_cohort(args.patients, seed=0, **options)
    real = {"image": images, "table": rows}
    images, rows = datasets.simulated_ecg_cohort(args.patients, seed=1, **options)
    holdout = {"image": images, "table": rows}

    latents = np.random.default_rng(args.seed).normal(
        size=(args.patients, *generator.input_shape[1:])
    )
    drawn = generator.predict(latents.astype("float32"), batch_size=100, verbose=0)
    synthetic = {"image": drawn["image"], "table": table.inverse_transform(drawn["table"])}

    reports = {
        "comparison": evaluation.compare_cohorts(real, synthetic),
        "utility": evaluation.utility(real, synthetic, target=TARGETS, real_test=holdout),
        "privacy": evaluation.privacy(real, synthetic, holdout),
    }
    summary = "\n\n".join(report.summary for report in reports.values())
    report = evaluation.Report.combined(
        "Patients of a joint GAN, and the simulated ones that it learned from",
        summary=summary,
        parts=reports,
    )
    print(report)
    print(f"Done. Look at {report.save(args.output)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trained", type=Path, default=Path("runs/joint_ecg"))
    parser.add_argument("--patients", type=int, default=2000, help="as in the training")
    parser.add_argument("--output", type=Path, default=Path("runs/joint_report"))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
