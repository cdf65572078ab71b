"""A GAN that draws patients: an electrocardiogram and its row of a table
======================================================================

::

    python examples/joint_ecg.py                                   # simulated patients, two minutes
    python examples/joint_ecg.py --table patients.csv --images scans --key file
    python examples/joint_ecg.py --published                       # 200x200, 5,000 epochs: a GPU

Everything lands in one folder: a grid of 16 samples after every epoch, checkpoints, the loss
histories and their plots, the saved generator and table, and in the end `patients.png` and
`patients.csv`: 16 synthetic patients, each an image and a row. Stop it at any time: the same
command goes on where it was.

By default residual networks learn by the relativistic recipe, and categories are drawn as such.
`--published` takes the networks and settings of a study that drew 1.5 million patients from 35
columns, all of them scaled to [0, 1]: binary cross-entropy, Adam(1e-4), batches of 10.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from keras_gan_kit import GAN, RelativisticGAN, callbacks, data, datasets, networks, penalties

# %%
# A sample is a dict: `{"image": ..., "table": ...}`. The table goes through a
# `data.TableTransformer`, which makes a matrix of mixed columns, and of generated numbers a table
# again.


def main() -> None:
    args = parse_arguments()
    images, rows = load(args)
    table = data.TableTransformer(scaling="minmax" if args.published else "modes", drop=args.drop)
    samples = {"image": images, "table": table.fit_transform(rows)}
    print(table.summary().to_string())
    print(f"{len(images)} patients, images of {images.shape[1]}x{images.shape[2]}")

    keras.utils.set_random_seed(args.seed)
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
            callbacks.PeriodicCheckpoint(
                args.output / "checkpoints", every=max(1, args.epochs // 10)
            ),
            callbacks.StabilityMonitor(),
        ],
    )

    # An ordinary Keras model, and what makes a table of its numbers.
    gan.sampling_network.save(args.output / "generator.keras")
    table.save(args.output / "table.json")
    drawn = gan.generate(16, seed=1)
    patients = table.inverse_transform(drawn["table"])
    patients.to_csv(args.output / "patients.csv", index_label="patient")
    show(drawn["image"], args.output / "patients.png")
    print(patients.describe().T.to_string())
    print(f"Done. Look into {args.output}/")


# %%
# Patients are simulated, or a folder of images and a table joined by name.


def load(args: argparse.Namespace) -> tuple[np.ndarray, pd.DataFrame]:
    """Returns images in [-1, 1], and as many rows."""
    if args.table:
        cohort = data.joint_cohort(args.images, args.table, key=args.key, image_size=args.size)
        return cohort["image"], cohort["table"]
    return datasets.simulated_ecg_cohort(
        args.patients, image_size=args.size, leads=["V5"], grid=False, seed=0
    )


# %%
# The networks and settings of the study, and those that this package suggests instead.


def published(
    shape: tuple[int, ...], table: data.TableTransformer, args: argparse.Namespace
) -> GAN:
    """Returns the published GAN: 83,425,819 and 6,794,939 parameters for 200x200, 35 columns."""
    gan = GAN(
        networks.joint_generator(shape, table),
        networks.joint_discriminator(shape, table),
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
    """Returns a relativistic GAN of small residual networks: pass larger `filters` on a GPU."""
    gan = RelativisticGAN(
        networks.joint_residual_generator(images.shape[1:], table, filters=(32, 16, 8)),
        networks.joint_residual_discriminator(images.shape[1:], table, filters=(8, 16, 32)),
        ema_momentum=0.99,
        seed=args.seed,
    )
    # Gradients are summed over pixels. `Mismatch` shows images beside rows of other patients.
    gamma = 2e-5 * images.shape[1] * images.shape[2]
    gan.compile(
        penalties=[penalties.R1(gamma), penalties.R2(gamma), penalties.Mismatch(3.0)],
    )
    return gan


def show(images: np.ndarray, path: Path) -> None:
    """Saves a 4x4 grid; a picture's title is its row in the CSV."""
    figure = Figure(figsize=(10, 8), layout="constrained")
    for i, (axes, image) in enumerate(zip(figure.subplots(4, 4).flat, images, strict=True)):
        axes.imshow(image.squeeze(-1), cmap="gray", vmin=-1, vmax=1)
        axes.set_title(f"patient {i}")
        axes.axis("off")
    figure.savefig(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--table", metavar="FILE", help="CSV or Parquet; default: simulated")
    parser.add_argument("--images", metavar="DIR", help="the images of its rows")
    parser.add_argument("--key", default="file", help="the column that names a row's image")
    parser.add_argument("--drop", nargs="*", default=[], help="columns not to learn")
    parser.add_argument("--patients", type=int, default=1000, help="of the simulated cohort")
    parser.add_argument("--size", type=int, nargs=2, help="height and width in pixels")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--published", action="store_true", help="networks and settings of a study")
    parser.add_argument(
        "--output", type=Path, help="the same folder and options go on; default: in runs/"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.output is None:  # a folder of its own for what is another training
        source = "joint_ecg" + "_table" * bool(args.table)
        args.output = Path("runs", source + "_published" * args.published)
    if (args.table is None) != (args.images is None):
        parser.error("--table and --images belong together")
    args.size = args.size or ((200, 200) if args.published else (32, 64))
    args.epochs = args.epochs or (5000 if args.published else 10)
    # The name of the image says nothing about the patient.
    args.drop = [*args.drop, args.key] if args.table else args.drop
    return args


# %%
# What it leaves behind: the summary of the columns, synthetic patients as pictures, and the same
# patients as rows of a table.

if __name__ == "__main__":
    main()
