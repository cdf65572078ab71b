"""The relativistic loss with R1 and R2 in a `tf.function`: one pass for both players."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from tasks import GAMMA, LATENT_DIM, Task

from .tf_function import TrainStep, adam, runner


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    return runner(make_step, task, images)


def _squared_norms(slopes: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.reduce_sum(slopes**2, axis=(1, 2, 3)))


def make_step(generator: keras.Model, discriminator: keras.Model, batch_size: int) -> TrainStep:
    generator_adam, discriminator_adam = (
        adam(network, 5e-4, 0.0, 0.99) for network in (generator, discriminator)
    )

    @tf.function
    def train_step(real: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        noise = tf.random.normal((batch_size, LATENT_DIM))
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake = generator(noise, training=True)
            with tf.GradientTape() as slope_tape:
                slope_tape.watch([real, fake])
                scores = [discriminator(sample, training=True) for sample in (real, fake)]
            slopes = slope_tape.gradient(scores, [real, fake])
            penalty = 0.5 * GAMMA * (_squared_norms(slopes[0]) + _squared_norms(slopes[1]))
            d_loss = tf.reduce_mean(tf.nn.softplus(scores[1] - scores[0]))
            g_loss = tf.reduce_mean(tf.nn.softplus(scores[0] - scores[1]))
            d_objective = d_loss + penalty
        d_gradients = discriminator_tape.gradient(d_objective, discriminator.trainable_variables)
        g_gradients = generator_tape.gradient(g_loss, generator.trainable_variables)
        discriminator_adam.apply(d_gradients)
        generator_adam.apply(g_gradients)
        return d_loss, g_loss

    return train_step
