"""Loads a trained generator of handwritten digits."""

from __future__ import annotations

from pathlib import Path

import keras

from keras_gan_kit.models import ConditionalGAN


def digits() -> ConditionalGAN:
    """Loads a conditional GAN that draws handwritten digits of 16x16 pixels.

    It was trained on 1,437 of scikit-learn's 1,797 digits (`datasets.digits(image_size=16)`) by
    `benchmarks/pretrained_digits.py`. Use it to try sampling, conditions, export and the explorer
    without training first. Nothing is downloaded.

    Returns:
        A `ConditionalGAN` with the classes 0 to 9. Samples are float32 `(n, 16, 16, 1)` in [-1, 1].
        It is not compiled: `generate` works, and `compile` makes it ready for `fit`.

    Example:
        >>> gan = digits()
        >>> gan.generate(3, labels=[7, 7, 2], seed=0).shape
        (3, 16, 16, 1)
    """
    gan: ConditionalGAN = keras.saving.load_model(Path(__file__).with_name("digits.keras"))
    return gan
