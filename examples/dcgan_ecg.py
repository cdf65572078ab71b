"""A DCGAN that generates pages of electrocardiograms
==================================================

::

    python examples/dcgan_ecg.py           # simulated pages of 64x64: a first look in two minutes
    python examples/dcgan_ecg.py --images scans --size 128 216 --epochs 100
    python examples/dcgan_ecg.py --images scans --recipe published --size 800 --epochs 6000

One folder holds all results: a picture of one fixed latent after every epoch, a video of them,
checkpoints, the loss histories and their plots, and real pages above generated ones. Run the same
command again to resume after a stop.

`--recipe published` has the networks and settings of a study of 800x800 scans: both players learn
from one generator pass, with Adam(1e-4), in batches of 10. `--recipe small` has kernels of 4x4 and
an average of the generator. The default, `relativistic`, has a generator that starts from white
paper and a regularized relativistic loss: on simulated pages it draws lines and beats in two
minutes, where the published networks draw rows of dots.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_gan_kit import GAN, RelativisticGAN, callbacks, data, datasets, networks, penalties

LATENT_DIM = 100


# %%
# Data, model, `fit`. The model is an ordinary Keras model; pictures, the video, histories,
# checkpoints and the monitor are callbacks.


def main() -> None:
    args = parse_arguments()
    if args.images:
        images = data.images_from_directory(args.images, args.size)
    else:
        images, _ = datasets.simulated_ecg_cohort(
            args.patients, image_size=args.size, lead_names=True, seed=0
        )
    print(f"{len(images)} pages of {images.shape[1]}x{images.shape[2]}")

    gan = RECIPES[args.recipe](args)
    gan.summary()

    # A picture of one page, and a video of them, pixel by pixel.
    pictures = callbacks.SampleGrid(args.output / "samples", rows=1, columns=1, size=None)
    gan.fit(
        images,
        batch_size=args.batch_size or (10 if args.recipe == "published" else 16),
        epochs=args.epochs,
        callbacks=[
            pictures,
            callbacks.TrainingVideo(args.output / "samples", args.output / "training.gif", fps=10),
            callbacks.LossHistory(args.output, every=10),
            callbacks.LossPlot(args.output),
            callbacks.PeriodicCheckpoint(
                args.output / "checkpoints", every=max(1, args.epochs // 12)
            ),
            callbacks.StabilityMonitor(),
        ],
    )
    gan.sampling_network.save(args.output / "generator.keras")
    compare(images[:4], gan.generate(4, seed=1), args.output / "real_beside_generated.png")
    print(f"Done. Look into {args.output}/")


# %%
# Three recipes. The study's odd kernel sizes with strides of 2 leave a checkerboard pattern that
# takes many epochs to fade; kernels of 4x4 leave none. An average of the generator over many
# steps generates steadier pages than the generator itself. A generator that starts from white
# paper, and penalties on the discriminator's gradients, draw beats soonest.


def published_gan(args: argparse.Namespace) -> GAN:
    """The networks and settings of the study."""
    gan = GAN(*published_networks(*args.size, seed=args.seed), seed=args.seed)
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        loss="bce",
        update="simultaneous",
    )
    return gan


def small_gan(args: argparse.Namespace) -> GAN:
    """A DCGAN with four upsampling layers, and an average of its generator."""
    shape, filters, seed = (*args.size, 1), (32, 64, 128, 256), args.seed
    gan = GAN(
        networks.dcgan_generator(
            shape, LATENT_DIM, filters=filters[::-1], kernels=4, strides=2, seed=seed
        ),
        networks.dcgan_discriminator(shape, filters=filters, kernels=4, dropout=0.3, seed=seed),
        ema_momentum=0.998,
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="bce",
        update="simultaneous",
    )
    return gan


def relativistic_gan(args: argparse.Namespace) -> GAN:
    """A regularized relativistic loss (Huang et al. 2024); the generator starts from white."""
    shape, seed = (*args.size, 1), args.seed
    large = min(args.size) >= 128
    gan = RelativisticGAN(
        networks.fastgan_generator(
            shape,
            LATENT_DIM,
            filters=(256, 192, 128, 64, 48) if large else (128, 96, 64, 32),
            output_bias=3.0,
            seed=seed,
        ),
        networks.residual_discriminator(
            shape,
            filters=(32, 64, 128) if large else (32, 64, 64),
            patch=4 if large else 2,
            seed=seed,
        ),
        ema_momentum=0.995 if large else 0.99,
        seed=seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
        penalties=[penalties.R1(1.0), penalties.R2(1.0)],
        update="simultaneous",
    )
    return gan


RECIPES = {"relativistic": relativistic_gan, "published": published_gan, "small": small_gan}


# %%
# The networks of the study are the DCGAN builders with six layers each. The size must be a multiple
# of 32, the product of the generator's strides.


def published_networks(
    height: int, width: int | None = None, seed: int | None = None
) -> tuple[keras.Model, keras.Model]:
    """Returns the published networks: 17,350,992 and 869,761 parameters for 800x800."""
    shape = (height, width or height, 1)
    generator = networks.dcgan_generator(
        shape,
        LATENT_DIM,
        filters=(256, 256, 128, 64, 32, 16),
        kernels=(1, 3, 5, 7, 9, 11),
        strides=(1, 2, 2, 2, 2, 2),
        seed=seed,
    )
    discriminator = networks.dcgan_discriminator(
        shape,
        filters=(16, 32, 64, 128, 256, 256),
        kernels=(11, 9, 7, 5, 3, 1),
        strides=(2, 2, 2, 2, 2, 1),
        seed=seed,
    )
    return generator, discriminator


# %%
# Images are float32 in [-1, 1]; `data.to_uint8` converts them to pixels.


def compare(real: np.ndarray, generated: np.ndarray, path: Path) -> None:
    """Saves real pages above generated ones."""
    rows = [np.concatenate(list(data.to_uint8(part)[..., 0]), axis=1) for part in (real, generated)]
    Image.fromarray(np.concatenate(rows)).save(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", metavar="DIR", help="a folder of scans; default: simulated")
    parser.add_argument(
        "--size",
        type=int,
        nargs="+",
        default=[64],
        help="pixels: a side, or height and width; multiples of 32 but for the default recipe",
    )
    parser.add_argument("--recipe", choices=tuple(RECIPES), default="relativistic")
    parser.add_argument("--batch-size", type=int, help="default: 16, or 10 as published")
    parser.add_argument("--patients", type=int, default=200, help="of the simulated cohort")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument(
        "--output", type=Path, help="run again with it to resume; default: in runs/"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if len(args.size) > 2:
        parser.error(f"--size takes one or two numbers, not {len(args.size)}")
    args.size = (args.size[0], args.size[-1])
    if args.output is None:  # a folder for each kind of training
        recipe = "" if args.recipe == "relativistic" else f"_{args.recipe}"
        args.output = Path("runs", "dcgan_ecg" + "_scans" * bool(args.images) + recipe)
    return args


# %%
# The results: real pages above generated ones, and the loss histories.

if __name__ == "__main__":
    main()
