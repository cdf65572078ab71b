"""V-GAN: a U-Net segments the vessels of the retina against a discriminator
=========================================================================

::

    python examples/vgan_retina.py                           # simulated retinas: two minutes
    python examples/vgan_retina.py --drive DRIVE --loss wgan-gp --epochs 300 --crop 128
    python examples/vgan_retina.py --drive DRIVE --loss wgan-gp --epochs 600 --crop 128   # resumes
    python examples/vgan_retina.py --chase CHASE_DB1 --crop 128

One folder holds all results: predictions for the test images at regular intervals, checkpoints,
loss histories, the generator, a report with ROC and PR curves on the test images, and the
prediction for an image of noise. Run it again with more epochs to continue.

Son et al. 2017 (arXiv 1706.09318) train with binary cross-entropy and four kinds of
discriminators; a published script trains with WGAN-GP instead. Its critic has BatchNormalization,
which mixes the samples of a batch although the penalty is per sample; here it has none. In both,
the generator also minimizes the binary cross-entropy against the label.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_gan_kit import ImageToImageGAN, callbacks, data, datasets, evaluation, networks
from keras_gan_kit.penalties import GradientPenalty

# The U-Net and the discriminator take sizes that are multiples of this.
MULTIPLE = 64


# %%
# Pairs of image and mask, cropped and augmented alike, train an `ImageToImageGAN`.


def main() -> None:
    args = parse_arguments()
    training, test = read(args)
    print(f"{len(training)} images to learn from, {len(test)} to test on, {training.size} pixels")

    gan = build(args)
    shown = SavePredictions(args.output / "predictions", test, every=args.every)
    gan.fit(
        data.PairedDataset(
            training,
            batch_size=args.batch_size,
            crop_size=args.crop,
            augmentation=data.pair_augmentation(args.augmentation),
            seed=args.seed,
            steps_per_epoch=args.steps,
        ),
        epochs=args.epochs,
        callbacks=[
            shown,
            callbacks.LossHistory(args.output, every=10),
            callbacks.LossPlot(args.output),
            callbacks.PeriodicCheckpoint(args.output / "checkpoints", every=args.every),
        ],
    )
    gan.generator.save(args.output / "generator.keras")
    report(gan, training, test, args.output)
    noise = np.random.default_rng(0).normal(size=(1, *test.images.shape[1:]))
    save_masks(gan.predict(noise.astype("float32")), ["noise"], args.output)
    print(f"Done. Look into {args.output}/, first at report/report.html")


def read(args: argparse.Namespace) -> tuple[data.ImagePairs, data.ImagePairs]:
    """Reads the training and the test images."""
    folder = args.drive or args.chase
    if folder:
        return tuple(
            data.paired_images(folder, split=split, multiple_of=MULTIPLE)
            for split in ("training", "test")
        )
    pairs = datasets.simulated_fundus(32, image_size=args.size, standardize=True)
    return pairs[:24], pairs[24:]


# %%
# The loss, the kind of discriminator and its normalization are options.


def build(args: argparse.Namespace) -> ImageToImageGAN:
    """Builds and compiles the model."""
    wasserstein = args.loss == "wgan-gp"
    shape = (None, None, 3)
    gan = ImageToImageGAN(
        networks.unet_generator(shape, filters=args.filters, depth=args.depth, seed=args.seed),
        networks.vgan_discriminator(
            shape,
            filters=args.filters,
            kind=args.kind,
            normalization=None if wasserstein else "batch",
            seed=args.seed,
        ),
        seed=args.seed,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(args.learning_rate, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(args.learning_rate, beta_1=0.5),
        loss="wasserstein" if wasserstein else "bce",
        penalties=[GradientPenalty(10.0)] if wasserstein else (),
    )
    return gan


# %%
# A custom callback: a `callbacks.PeriodicCallback` with an `on_event`.


class SavePredictions(callbacks.PeriodicCallback):
    """Saves the predicted masks of all test images, without their padding."""

    def __init__(self, directory: Path, pairs: data.ImagePairs, *, every: int) -> None:
        super().__init__(every=every, unit="epoch")
        self.directory = directory
        self.pairs = pairs

    def on_event(self, name: str) -> None:
        predicted = self.pairs.unpad(self.model.predict(self.pairs.images, verbose=0))
        save_masks(predicted, self.pairs.names, self.directory / name)


def save_masks(masks: np.ndarray, names: list[str], directory: Path) -> None:
    """Saves masks in [0, 1] as 8-bit PNG files."""
    directory.mkdir(parents=True, exist_ok=True)
    for mask, name in zip(masks, names, strict=True):
        Image.fromarray(np.uint8(255 * mask[..., 0] + 0.5)).save(directory / f"{name}.png")


# %%
# The threshold comes from the training images. Test images are only scored.


def report(
    gan: ImageToImageGAN, training: data.ImagePairs, test: data.ImagePairs, output: Path
) -> None:
    """Scores the test images at the threshold that is best on the training images."""
    parts = []
    for pairs in (training, test):
        predicted = gan.predict(pairs.images)
        parts.append([pairs.unpad(part) for part in (pairs.labels, predicted, pairs.masks)])
    (labels, predictions, masks), validation = parts[1], parts[0]
    found = evaluation.segmentation_report(
        labels,
        predictions,
        masks=masks,
        validation=validation,
        images=test.unpad(test.pixels()),
        names=test.names,
    )
    print(found)
    found.save(output / "report")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    folder = parser.add_mutually_exclusive_group()
    folder.add_argument("--drive", metavar="DIR", help="the download of DRIVE, with its layout")
    folder.add_argument("--chase", metavar="DIR", help="the download of CHASE_DB1")
    add("--size", type=int, default=128, help="of simulated images, a multiple of 64")
    add("--loss", choices=("bce", "wgan-gp"), default="bce")
    add("--kind", choices=("pixel", "patch1", "patch2", "image"), default="patch1")
    add("--filters", type=int, default=8, help="of the first level; 32 in the paper")
    add("--depth", type=int, default=4, help="levels of the U-Net; 5 in the paper")
    add("--learning-rate", type=float, default=1e-3)
    add("--batch-size", type=int, default=4)
    add("--crop", type=int, help="height and width of training crops; default: whole images")
    add("--augmentation", choices=("keras", "keras_cv"), default="keras")
    add("--epochs", type=int, default=50)
    add("--steps", type=int, help="batches in an epoch; default: one crop of each image")
    add("--every", type=int, default=50, help="epochs between predictions, and checkpoints")
    add("--output", type=Path, help="run again with it to resume; default: in runs/")
    add("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.output is None:  # a folder for each kind of training
        source = "_drive" if args.drive else "_chase" if args.chase else ""
        args.output = Path("runs", f"vgan_retina{source}{'_wgan-gp' * (args.loss == 'wgan-gp')}")
    return args


# %%
# The results: predicted masks of the test images, and the figures of the report.

if __name__ == "__main__":
    main()
