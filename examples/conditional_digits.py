"""Digits of a chosen class from a conditional GAN
===============================================

::

    python examples/conditional_digits.py                # scikit-learn's digits, 45 s on 2 cores
    python examples/conditional_digits.py --size 28 --steps 3000

`ConditionalGAN.relativistic` builds and compiles the model in one call: residual networks, the
relativistic loss with R1 and R2 penalties, and an average of the generator. The rows of
`digits.png` show the classes 0 to 9. At the end, a classifier that was trained on real digits
checks the classes of generated ones. Run the same command again to resume after a stop.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.svm import SVC

from keras_gan_kit import ConditionalGAN, callbacks, data, datasets

# %%
# `fit` takes images and their labels, `generate` takes the labels of the images to draw.


def main() -> None:
    args = parse_arguments()
    images, labels = datasets.digits(image_size=args.size)

    gan = ConditionalGAN.relativistic(images.shape[1:], num_classes=10, seed=args.seed)
    gan.fit(
        images,
        labels,
        batch_size=64,
        steps_per_epoch=args.steps,
        callbacks=[
            callbacks.SampleGrid(
                args.output / "samples",
                every=200,
                unit="step",
                rows=10,
                columns=10,
                labels=range(10),
            ),
            callbacks.LossHistory(args.output, every=10),
            callbacks.LossPlot(args.output),
            callbacks.PeriodicCheckpoint(args.output / "checkpoints", every=500, unit="step"),
            callbacks.StabilityMonitor(),
        ],
    )
    gan.save(args.output / "conditional_gan.keras")

    asked_for = np.repeat(np.arange(10), 20)
    drawn = gan.generate(len(asked_for), labels=asked_for, seed=1)
    save_rows(drawn.reshape(10, 20, *drawn.shape[1:]), args.output / "digits.png")
    print(f"{agreement(images, labels, args.seed, gan):.1%} of the classes are right")
    print(f"Done. Look into {args.output}/")


# %%
# The class of a generated digit, as a classifier of real digits sees it.


def agreement(images: np.ndarray, labels: np.ndarray, seed: int, gan: ConditionalGAN) -> float:
    """Returns the share of generated digits that are classified as the requested class."""
    classifier = SVC().fit(images.reshape(len(images), -1), labels)
    asked_for = np.repeat(np.arange(10), 100)
    drawn = gan.generate(len(asked_for), labels=asked_for, seed=seed + 2)
    return float(classifier.score(drawn.reshape(len(drawn), -1), asked_for))


def save_rows(rows: np.ndarray, path: Path) -> None:
    """Saves images `(rows, columns, height, width, 1)` with a margin, enlarged twice."""
    pixels = np.pad(data.to_uint8(rows)[..., 0], ((0, 0), (0, 0), (2, 2), (2, 2)))
    height = len(pixels) * pixels.shape[2]
    page = Image.fromarray(pixels.swapaxes(1, 2).reshape(height, -1))
    page.resize((2 * page.width, 2 * page.height), Image.Resampling.NEAREST).save(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=16, help="pixels, a multiple of 4")
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--output", type=Path, default=Path("runs", "conditional_digits"))
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


# %%
# The results: each row is a class.

if __name__ == "__main__":
    main()
