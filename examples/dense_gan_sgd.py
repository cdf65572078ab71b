"""A dense GAN trained with SGD, and the effect of the latent dimension
====================================================================

::

    python examples/dense_gan_sgd.py                     # scikit-learn's digits
    python examples/dense_gan_sgd.py --mnist mnist.npz   # MNIST, 10,000 steps for each size

The discriminator is smaller than in `dense_gan_adam.py` and ends in a sigmoid. Each latent
dimension has a folder with its grids, histories and plots; `latent_sizes.png` shows their samples
side by side. The published script trains with binary cross-entropy and tries "mse" and "poisson"
for the generator: pass `--generator-loss mse`. It logs the mean of the discriminator's real and
fake terms; `d_loss` here is their sum.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from keras_gan_kit import GAN, callbacks, datasets, networks

IMAGE_SHAPE = (28, 28, 1)


# %%
# One training for each latent dimension, on the same data and with the same seed.


def main() -> None:
    args = parse_arguments()
    images, _ = (
        datasets.mnist(args.mnist) if args.mnist else datasets.digits(image_size=IMAGE_SHAPE[0])
    )
    drawn = {dim: train(images, dim, args) for dim in args.latent_dims}
    compare(drawn, args.output / "latent_sizes.png")
    print(f"Done. Look into {args.output}/")


# %%
# The optimizers are plain SGD, and each player may have its own loss.


def train(images: np.ndarray, latent_dim: int, args: argparse.Namespace) -> np.ndarray:
    """Trains one GAN; returns 16 of its images."""
    output = args.output / f"latent_{latent_dim}"
    gan = GAN(
        networks.dense_generator(IMAGE_SHAPE, latent_dim, seed=args.seed),
        networks.dense_discriminator(
            IMAGE_SHAPE, units=(512, 256), activation="sigmoid", seed=args.seed
        ),
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(args.learning_rate),
        discriminator_optimizer=keras.optimizers.SGD(args.learning_rate),
        # Each player may have its own loss. Keras losses compare with the targets 1 and 0.
        loss={"discriminator": "bce", "generator": args.generator_loss},
    )
    print(f"latent_dim={latent_dim}")
    gan.fit(
        images,
        batch_size=32,
        steps_per_epoch=args.steps,
        callbacks=[
            callbacks.SampleGrid(output / "samples", every=200, unit="step"),
            callbacks.LossHistory(output),
            callbacks.LossPlot(output),
            callbacks.PeriodicCheckpoint(output / "checkpoints", every=1000, unit="step"),
        ],
    )
    gan.generator.save(output / "generator.keras")
    return gan.generate(16, seed=0)


def compare(drawn: dict[int, np.ndarray], path: Path) -> None:
    """Shows 16 images of each latent size."""
    figure = Figure(figsize=(3.2 * len(drawn), 3.5), layout="constrained")
    columns = np.atleast_1d(figure.subplots(1, len(drawn)))
    for axes, (latent_dim, images) in zip(columns, drawn.items(), strict=True):
        height, width = IMAGE_SHAPE[:2]
        rows = images.reshape(4, 4, height, width).swapaxes(1, 2)
        axes.imshow(rows.reshape(4 * height, 4 * width), cmap="gray", vmin=-1, vmax=1)
        axes.set_title(f"latent_dim={latent_dim}")
        axes.axis("off")
    figure.savefig(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", metavar="FILE", help="mnist.npz; default: scikit-learn's digits")
    parser.add_argument(
        "--output", type=Path, help="run again with it to resume; default: in runs/"
    )
    parser.add_argument("--steps", type=int, help="default: 10000 on MNIST, 2000 on digits")
    parser.add_argument("--latent-dims", type=int, nargs="+", default=[2, 10, 100])
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--generator-loss", default="bce", help="bce, mse, poisson, ...")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.output is None:  # a folder for each kind of training
        loss = "" if args.generator_loss == "bce" else f"_{args.generator_loss}"
        args.output = Path("runs", "dense_gan_sgd" + "_mnist" * bool(args.mnist) + loss)
    args.steps = args.steps or (10_000 if args.mnist else 2_000)
    return args


# %%
# The results: samples of each latent dimension side by side, and the histories of the largest.

if __name__ == "__main__":
    main()
