"""The loop of the published Keras scripts: `train_on_batch`, `predict` and a combined model."""

from collections.abc import Callable

import keras
import numpy as np
from tasks import LATENT_DIM, Task

from keras_gan_kit import networks


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    shape = (28, 28, 1)
    generator = networks.dense_generator(shape, LATENT_DIM)
    discriminator = networks.dense_discriminator(shape, activation="sigmoid")
    real_targets = np.ones((task.batch_size, 1))
    fake_targets = np.zeros((task.batch_size, 1))

    discriminator.compile(_adam(), "binary_crossentropy", metrics=["accuracy"])
    # Keras 3 reads `trainable` when it traces the first batch, not in `compile`: the discriminator
    # takes a batch before it is frozen for the combined model, or it would never learn.
    discriminator.train_on_batch(images[: task.batch_size], real_targets)
    discriminator.trainable = False
    latent_inputs = keras.Input((LATENT_DIM,))
    combined = keras.Model(latent_inputs, discriminator(generator(latent_inputs)))
    combined.compile(_adam(), "binary_crossentropy")

    def step() -> None:
        real = images[np.random.randint(0, len(images), task.batch_size)]
        fake = generator.predict(_noise(task.batch_size), verbose=0)
        discriminator.train_on_batch(real, real_targets)
        discriminator.train_on_batch(fake, fake_targets)
        combined.train_on_batch(_noise(task.batch_size), real_targets)

    def run(steps: int) -> None:
        for _ in range(steps):
            step()

    return run


def _adam() -> keras.optimizers.Adam:
    return keras.optimizers.Adam(2e-4, beta_1=0.5)


def _noise(batch_size: int) -> np.ndarray:
    return np.random.normal(0.0, 1.0, (batch_size, LATENT_DIM))
