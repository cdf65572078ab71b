"""A dense GAN that generates digits, trained with Adam
====================================================

::

    python examples/dense_gan_adam.py                     # scikit-learn's digits, about a minute
    python examples/dense_gan_adam.py --mnist mnist.npz   # MNIST, 30,001 steps

One folder holds all results: the first training images with their labels, grids of samples, the
loss histories as text files, their plots, checkpoints, the saved generator, and 30 images that a
new process generates with it. Run the same command again to resume after a stop.

The networks and settings are those of a widely copied script. That script logs the mean of the
discriminator's real and fake terms; `d_loss` here is their sum, which is twice as large. On
scikit-learn's digits, the images come from a moving average of the generator, which looks better
after few steps and does not affect the training.
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
# Data, model, `fit`. The training runs for a number of steps rather than epochs, as in the script.
# Callbacks write the histories and resume after a stop.


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

    # With a seed, two runs are equal, and a resumed run equals one without a stop.
    gan = GAN(
        networks.dense_generator(IMAGE_SHAPE, LATENT_DIM, seed=args.seed),
        networks.dense_discriminator(IMAGE_SHAPE, seed=args.seed),
        ema_momentum=None if args.mnist else 0.995,
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="bce",
    )
    gan.summary()

    # One epoch of exactly this many batches; it repeats the data as often as needed.
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

    # An ordinary Keras model: the average of the generator, or the generator if there is none.
    gan.sampling_network.save(args.output / "generator.keras")
    command = [sys.executable, sys.argv[0], "--draw", "--output", str(args.output)]
    subprocess.run(command, check=True)
    print(f"Done. Look into {args.output}/")


# %%
# The saved generator needs Keras only, not the models of this package.


def draw(output: Path) -> None:
    """Loads the saved generator and generates 30 images in 3 rows."""
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
        "--output", type=Path, help="run again with it to resume; default: in runs/"
    )
    parser.add_argument("--steps", type=int, help="default: 30001 on MNIST, 3001 on digits")
    parser.add_argument("--every", type=int, help="steps between two grids; default: a tenth")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--draw", action="store_true", help="only generate images")
    args = parser.parse_args()
    args.output = args.output or Path("runs", "dense_gan_adam" + "_mnist" * bool(args.mnist))
    args.steps = args.steps or (30_001 if args.mnist else 3_001)
    args.every = args.every or max(1, args.steps // 10)
    return args


# %%
# The results: digits that a new process generated with the saved generator, the last grid of
# samples, and the histories of both losses and of the discriminator's accuracy.

if __name__ == "__main__":
    main()
