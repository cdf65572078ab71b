"""Trains the model that `pretrained.digits()` loads, and scores it.

    python benchmarks/pretrained_digits.py      # writes keras_gan_kit/pretrained/digits.keras

The recipe is that of `ConditionalGAN.relativistic`, with narrower networks: the file must stay
below 1 MB. The held-out digits are those of `tutorials/digits.py`. The generator in the file is
the average that samples are drawn with.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from sklearn.svm import SVC

from keras_gan_kit import ConditionalGAN, datasets, evaluation, networks, penalties

SIZE = 16
LATENT_DIM = 64
EMBEDDING_DIM = 16
HELD_OUT = 360
TARGET = Path(__file__).parents[1] / "keras_gan_kit" / "pretrained" / "digits.keras"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--output", type=Path, default=TARGET)
    args = parser.parse_args()

    images, labels = datasets.digits(image_size=SIZE)
    order = np.random.default_rng(0).permutation(len(images))
    training, held_out = order[HELD_OUT:], order[:HELD_OUT]
    gan = narrow_gan()
    gan.fit(
        images[training], labels[training], batch_size=64, steps_per_epoch=args.steps, verbose=2
    )

    judge = SVC().fit(images[training].reshape(len(training), -1), labels[training])
    asked_for = labels[held_out]
    drawn = gan.generate(len(asked_for), labels=asked_for, seed=1)
    real = images[held_out].reshape(HELD_OUT, -1)
    reference = images[training].reshape(len(training), -1)
    for name, candidates in {"held-out": real, "generated": drawn.reshape(HELD_OUT, -1)}.items():
        print(f"the classifier on {name} digits: {judge.score(candidates, asked_for):.3f}")
        precision, recall = evaluation.precision_recall(reference, candidates)
        _, coverage = evaluation.density_coverage(reference, candidates)
        print(f"{name}: precision {precision:.2f}, recall {recall:.2f}, coverage {coverage:.2f}")
    shipped = ConditionalGAN(gan.ema_generator, gan.discriminator, 10, name="digits")
    shipped.save(args.output)
    print(f"{args.output}: {args.output.stat().st_size:,} bytes")


def narrow_gan() -> ConditionalGAN:
    """Builds the model: about a sixth of the weights of the recipe's own."""
    shape = (SIZE, SIZE, 1)
    generator = networks.residual_generator(
        shape, LATENT_DIM + EMBEDDING_DIM, filters=(32, 24), units=96, seed=0
    )
    discriminator = networks.residual_discriminator(shape, filters=(24, 48), units=96, seed=0)
    gan = ConditionalGAN(
        networks.conditional_generator(generator, 10, embedding_dim=EMBEDDING_DIM, seed=0),
        networks.conditional_discriminator(discriminator, 10, seed=0),
        10,
        ema_momentum=0.998,
        seed=0,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
        loss="relativistic",
        penalties=[penalties.R1(0.3), penalties.R2(0.3)],
        update="simultaneous",
    )
    return gan


if __name__ == "__main__":
    main()
