"""A `keras.Model` with a `train_step` of its own, as the usual tutorials write a GAN."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tasks import LATENT_DIM, Task, networks_of


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    gan = TutorialGAN(*networks_of(task.workload, task.image_size))
    gan.compile()
    return fitted(gan, task, samples)


def fitted(gan: keras.Model, task: Task, samples: Any) -> Callable[[int], None]:
    dataset = tf.data.Dataset.from_tensor_slices(samples)
    batches = dataset.shuffle(len(dataset)).repeat().batch(task.batch_size, drop_remainder=True)

    def run(steps: int) -> None:
        gan.fit(batches, steps_per_epoch=steps, verbose=0)

    return run


class TutorialGAN(keras.Model):
    """One pass of the discriminator over fake and real images, then new fakes for the generator."""

    def __init__(self, generator: keras.Model, discriminator: keras.Model) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator

    def compile(self) -> None:
        super().compile()
        self.d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)
        self.d_mean = keras.metrics.Mean(name="d_loss")
        self.g_mean = keras.metrics.Mean(name="g_loss")

    def train_step(self, real: Any) -> dict[str, tf.Tensor]:
        batch_size = tf.shape(tf.nest.flatten(real)[0])[0]
        fake = self.generator(tf.random.normal((batch_size, LATENT_DIM)), training=True)
        together = tf.nest.map_structure(lambda *both: tf.concat(both, axis=0), fake, real)
        targets = tf.concat([tf.zeros((batch_size, 1)), tf.ones((batch_size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.bce(targets, self.discriminator(together, training=True))
        self._apply(self.d_optimizer, tape, d_loss, self.discriminator)

        noise = tf.random.normal((batch_size, LATENT_DIM))
        with tf.GradientTape() as tape:
            scores = self.discriminator(self.generator(noise, training=True), training=True)
            g_loss = self.bce(tf.ones((batch_size, 1)), scores)
        self._apply(self.g_optimizer, tape, g_loss, self.generator)

        self.d_mean.update_state(d_loss)
        self.g_mean.update_state(g_loss)
        return {"d_loss": self.d_mean.result(), "g_loss": self.g_mean.result()}

    def _apply(
        self,
        optimizer: keras.optimizers.Optimizer,
        tape: tf.GradientTape,
        loss: tf.Tensor,
        network: keras.Model,
    ) -> None:
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
