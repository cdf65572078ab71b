"""A dense GAN that learns to draw digits, trained with Adam
=========================================================

::

    python examples/dense_gan_adam.py                     # scikit-learn's digits, about a minute
    python examples/dense_gan_adam.py --mnist mnist.npz   # MNIST, 30,001 steps

Everything lands in one folder: the first training images with their labels, a grid of samples
every so many steps, the loss histories as text files, their plots, checkpoints, the saved generator
and 30 images that a fresh process drew with it. Stop it at any time: the same command goes on where
it was.

The networks and settings are those of a widely copied script. That script logs the mean of the
discriminator's real and fake term; `d_loss` here is what is minimised, their sum: twice that. On
scikit-learn's digits, where few steps have to do, a moving average of the generator draws; the
training does not feel it.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import keras
from matplotlib.figure import Figure

from keras_gan_kit import GAN, callbacks, datasets, networks

IMAGE_SHAPE = (28, 28, 1)
LATENT_DIM = 100


# %%
# Data, model, `fit`. The training runs for a number of steps rather than epochs, as that of the
# script does; a callback writes its histories, and another one makes it go on after a stop.


def main() -> None:
    args = parse_arguments()
    if args.draw:
        draw(args.output)
        return
    args.output.mkdir(parents=True, exist_ok=True)

    # Images are float32 in [-1, 1], channels last.
    images, labels = (
        datasets.mnist(args.mnist) if args.mnist else datasets.digits(image_size=IMAGE_SHAPE[0])
    )
    show_training_images(images[:9], labels[:9], args.output / "training_images.png")

    # The seed makes the run repeatable, and lets it be resumed exactly.
    keras.utils.set_random_seed(args.seed)
    gan = GAN(
        networks.dense_generator(IMAGE_SHAPE, LATENT_DIM),
        networks.dense_discriminator(IMAGE_SHAPE),
        ema_momentum=None if args.mnist else 0.995,
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="bce",
    )
    gan.summary()

    # One epoch of exactly this many batches; the data is passed over as often as it takes.
    gan.fit(
        images,
        batch_size=32,
        steps_per_epoch=args.steps,
        callbacks=[
            callbacks.SampleGrid(args.output / "samples", every=args.every, unit="step"),
            callbacks.LossHistory(args.output, every=100),
            callbacks.LossPlot(args.output),
            callbacks.PeriodicCheckpoint(args.output / "checkpoints", every=1000, unit="step"),
            callbacks.StabilityMonitor(),
        ],
    )

    # An ordinary Keras model, the average if there is one: who draws with it needs nothing else.
    gan.sampling_network.save(args.output / "generator.keras")
    command = [sys.executable, sys.argv[0], "--draw", "--output", str(args.output)]
    subprocess.run(command, check=True)
    print(f"Done. Look into {args.output}/")


# %%
# Whoever draws with the saved generator needs Keras, and not this package's models.


def draw(output: Path) -> None:
    """Loads the saved generator and draws 30 images in 3 rows."""
    generator = keras.saving.load_model(output / "generator.keras")
    images = generator.predict(keras.random.normal((30, LATENT_DIM), seed=1), verbose=0)
    figure = Figure(figsize=(10, 3))
    for axes, image in zip(figure.subplots(3, 10).flat, images, strict=True):
        axes.imshow(image.squeeze(-1), cmap="gray", vmin=-1, vmax=1)
        axes.axis("off")
    figure.savefig(output / "generated.png")


def show_training_images(images, labels, path: Path) -> None:
    figure = Figure(figsize=(5, 5), layout="constrained")
    for axes, image, label in zip(figure.subplots(3, 3).flat, images, labels, strict=True):
        axes.imshow(image.squeeze(-1), cmap="gray", vmin=-1, vmax=1)
        axes.set_title(f"label {label}")
        axes.axis("off")
    figure.savefig(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", metavar="FILE", help="mnist.npz; default: scikit-learn's digits")
    parser.add_argument(
        "--output", type=Path, help="the same folder and options go on; default: in runs/"
    )
    parser.add_argument("--steps", type=int, help="default: 30001 on MNIST, 3001 on digits")
    parser.add_argument("--every", type=int, help="steps between two grids; default: a tenth")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--draw", action="store_true", help="only draw with the saved generator")
    args = parser.parse_args()
    args.output = args.output or Path("runs", "dense_gan_adam" + "_mnist" * bool(args.mnist))
    args.steps = args.steps or (30_001 if args.mnist else 3_001)
    args.every = args.every or max(1, args.steps // 10)
    return args


# %%
# What it leaves behind: digits that a fresh process drew with the saved generator, the last grid of
# samples, and the histories of both losses and of the discriminator's accuracy.

if __name__ == "__main__":
    main()
