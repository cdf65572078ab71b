"""A GAN that generates patients: an electrocardiogram and a table row each
========================================================================

::

    python examples/joint_ecg.py                                   # simulated patients, two minutes
    python examples/joint_ecg.py --table patients.csv --images scans --key file
    python examples/joint_ecg.py --generate 10000 --report         # many patients, and how good?
    python examples/joint_ecg.py --published                       # 200x200, 5,000 epochs: a GPU

One folder holds all results: a grid of 16 samples after every epoch, checkpoints, the loss
histories and their plots, the saved generator and table, `patients.png` and `patients.csv` (16
synthetic patients, each an image and a row). `--generate N` also writes N patients to
`synthetic/`, and `--report` compares patients with the real ones and trains predictors on them
(`report/report.html` and `utility/report.html`). Run the same command again to resume after a stop.

By default, residual networks train with the relativistic recipe, and categories are generated as
one-hot vectors. `--published` uses the networks and settings of a study that generated 1.5 million
patients with 35 columns, all scaled to [0, 1]: binary cross-entropy, Adam(1e-4), batches of 10, and
all checkpoints kept. The study replaced its four stenosis columns by 0 and 1; `--published` does so
for simulated patients, `--threshold COLUMN=50` for others.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keras_gan_kit import (
    GAN,
    RelativisticGAN,
    callbacks,
    data,
    datasets,
    evaluation,
    generation,
    networks,
    penalties,
)

# %%
# A sample is a dict: `{"image": ..., "table": ...}`. A `data.TableTransformer` turns the mixed
# columns of the table into a matrix, and generated matrices into tables.


def main() -> None:
    args = parse_arguments()
    images, rows = load(args)
    thresholds = dict(args.threshold)
    if args.published and not args.table:
        thresholds = {name: 50 for name in rows if name.startswith("stenosis_")} | thresholds
    table = data.TableTransformer(
        thresholds=thresholds or None,
        drop=args.drop,
        scaling="minmax" if args.published else "modes",
    )
    samples = {"image": images, "table": table.fit_transform(rows)}
    print(table.summary().to_string())
    print(f"{len(images)} patients, images of {images.shape[1]}x{images.shape[2]}")

    gan = (
        published(images.shape[1:], table, args) if args.published else modern(images, table, args)
    )
    gan.summary()
    gan.fit(
        samples,
        batch_size=10 if args.published else 32,
        epochs=args.epochs,
        callbacks=[
            callbacks.SampleGrid(args.output / "samples", rows=4, columns=4),
            callbacks.LossHistory(args.output, every=10),
            callbacks.LossPlot(args.output),
            # The study keeps all checkpoints.
            callbacks.PeriodicCheckpoint(
                args.output / "checkpoints",
                every=max(1, args.epochs // 10),
                keep=args.epochs if args.published else 3,
            ),
            callbacks.StabilityMonitor(),
        ],
    )

    # An ordinary Keras model, and the transformer from its numbers to a table.
    gan.sampling_network.save(args.output / "generator.keras")
    table.save(args.output / "table.json")
    drawn = gan.generate(16, seed=1)
    patients = table.inverse_transform(drawn["table"])
    patients.to_csv(args.output / "patients.csv", index_label="patient")
    show(drawn["image"], args.output / "patients.png")
    print(patients.describe().T.to_string())
    second_half(gan, images, rows, table, args)
    print(f"Done. Look into {args.output}/")


# %%
# Patients are simulated, or come from a folder of images and a table, joined by name.


def load(args: argparse.Namespace) -> tuple[np.ndarray, pd.DataFrame]:
    """Returns images in [-1, 1] and a table with as many rows."""
    if args.table:
        options = {"encoding": args.encoding} if args.encoding else {}
        rows = data.read_table(args.table, **options)
        cohort = data.joint_cohort(args.images, rows, key=args.key, image_size=args.size)
        return cohort["image"], cohort["table"]
    return datasets.simulated_ecg_cohort(
        args.patients, image_size=args.size, leads=["V5"], grid=False, seed=0
    )


# %%
# The networks and settings of the study, and those that this package recommends.


def published(
    shape: tuple[int, ...], table: data.TableTransformer, args: argparse.Namespace
) -> GAN:
    """Returns the published GAN: 83,425,819 and 6,794,939 parameters for 200x200, 35 columns."""
    gan = GAN(
        networks.joint_generator(shape, table, seed=args.seed),
        networks.joint_discriminator(shape, table, seed=args.seed),
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        loss="bce",
        update="simultaneous",
    )
    return gan


def modern(images: np.ndarray, table: data.TableTransformer, args: argparse.Namespace) -> GAN:
    """Returns a relativistic GAN of small residual networks. Use larger `filters` on a GPU."""
    shape, seed = images.shape[1:], args.seed
    gan = RelativisticGAN(
        networks.joint_residual_generator(shape, table, filters=(32, 16, 8), seed=seed),
        networks.joint_residual_discriminator(shape, table, filters=(8, 16, 32), seed=seed),
        ema_momentum=0.99,
        seed=args.seed,
    )
    # Gradients are summed over pixels. `Mismatch` pairs images with rows of other patients.
    gamma = 2e-5 * images.shape[1] * images.shape[2]
    gan.compile(
        penalties=[penalties.R1(gamma), penalties.R2(gamma), penalties.Mismatch(3.0)],
    )
    return gan


# %%
# The second half: any number of patients, and a comparison with the real ones.


def second_half(
    gan: GAN,
    images: np.ndarray,
    rows: pd.DataFrame,
    table: data.TableTransformer,
    args: argparse.Namespace,
) -> None:
    """Writes `--generate` patients, and compares patients with the real ones for `--report`."""
    if args.generate:
        generation.generate_dataset(
            gan, args.generate, args.output / "synthetic", seed=2, format="folder", table=table
        )
    if not args.report:
        return
    # As many as there are real patients, because most scores depend on the number.
    drawn = gan.generate(len(images), seed=3)
    # The columns as the generator has them: thresholds make 0 and 1 of numbers.
    real = table.inverse_transform(table.transform(rows))
    synthetic = table.inverse_transform(drawn["table"])
    found = evaluation.compare_cohorts(
        {"image": images, "table": real}, {"image": drawn["image"], "table": synthetic}
    )
    found.save(args.output / "report")
    print(found)
    if args.target:
        # Does a predictor trained on synthetic patients work on real ones?
        useful = evaluation.utility(real, synthetic, target=args.target)
        useful.save(args.output / "utility")
        print(useful)


def show(images: np.ndarray, path: Path) -> None:
    """Saves a 4x4 grid; the title of a picture is its row in the CSV."""
    figure = Figure(figsize=(10, 8), layout="constrained")
    for i, (axes, image) in enumerate(zip(figure.subplots(4, 4).flat, images, strict=True)):
        axes.imshow(image.squeeze(-1), cmap="gray", vmin=-1, vmax=1)
        axes.set_title(f"patient {i}")
        axes.axis("off")
    figure.savefig(path)


def threshold(text: str) -> tuple[str, float]:
    """Parses COLUMN=VALUE."""
    column, _, value = text.rpartition("=")
    if not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=VALUE, for example LAD=50")
    return column, float(value)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--table", metavar="FILE", help="CSV or Parquet; default: simulated")
    parser.add_argument("--images", metavar="DIR", help="the images of its rows")
    parser.add_argument("--key", default="file", help="the column that names a row's image")
    parser.add_argument("--encoding", help="of a CSV file; default: found from its content")
    parser.add_argument("--drop", nargs="*", default=[], help="columns to leave out")
    parser.add_argument(
        "--threshold",
        metavar="COLUMN=VALUE",
        type=threshold,
        action="append",
        default=[],
        help="make a column 1 from this value on, else 0; may be repeated",
    )
    parser.add_argument("--patients", type=int, default=1000, help="of the simulated cohort")
    parser.add_argument("--size", type=int, nargs=2, help="height and width in pixels")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--published", action="store_true", help="networks and settings of a study")
    parser.add_argument("--generate", metavar="N", type=int, help="write N synthetic patients")
    parser.add_argument("--report", action="store_true", help="compare them with the real ones")
    parser.add_argument("--target", help="a column to predict from the others, for --report")
    parser.add_argument(
        "--output", type=Path, help="run again with it to resume; default: in runs/"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.output is None:  # a folder for each kind of training
        source = "joint_ecg" + "_table" * bool(args.table)
        args.output = Path("runs", source + "_published" * args.published)
    if (args.table is None) != (args.images is None):
        parser.error("--table and --images belong together")
    args.target = args.target or (None if args.table else "coronary_disease")
    args.size = args.size or ((200, 200) if args.published else (32, 64))
    args.epochs = args.epochs or (5000 if args.published else 10)
    # The name of the image is not a property of the patient.
    args.drop = [*args.drop, args.key] if args.table else args.drop
    return args


# %%
# The results: the summary of the columns, synthetic patients as pictures, and the same patients as
# rows of a table.

if __name__ == "__main__":
    main()
