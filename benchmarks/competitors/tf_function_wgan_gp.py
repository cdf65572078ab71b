"""WGAN-GP as the tutorials write it: critic steps and penalty in one `tf.function`."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from tasks import CRITIC_STEPS, LATENT_DIM, PENALTY_WEIGHT, Task

from .tf_function import TrainStep, adam, runner


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    return runner(make_step, task, images)


def _penalty(critic: keras.Model, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    epsilon = tf.random.uniform((len(real), 1, 1, 1))
    between = epsilon * real + (1.0 - epsilon) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    gradients = tape.gradient(scores, between)
    norms = tf.sqrt(tf.reduce_sum(gradients**2, axis=(1, 2, 3)) + 1e-12)
    return PENALTY_WEIGHT * tf.reduce_mean((norms - 1.0) ** 2)


def make_step(generator: keras.Model, critic: keras.Model, batch_size: int) -> TrainStep:
    generator_adam, critic_adam = (adam(network, 1e-4, 0.0, 0.9) for network in (generator, critic))

    def noise() -> tf.Tensor:
        return tf.random.normal((batch_size, LATENT_DIM))

    @tf.function
    def train_step(real: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        for _ in range(CRITIC_STEPS):
            fake = generator(noise(), training=True)
            with tf.GradientTape() as tape:
                real_scores = critic(real, training=True)
                fake_scores = critic(fake, training=True)
                d_loss = tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)
                d_loss += _penalty(critic, real, fake)
            gradients = tape.gradient(d_loss, critic.trainable_variables)
            critic_adam.apply(gradients)

        latents = noise()
        with tf.GradientTape() as tape:
            fake = generator(latents, training=True)
            g_loss = -tf.reduce_mean(critic(fake, training=True))
        gradients = tape.gradient(g_loss, generator.trainable_variables)
        generator_adam.apply(gradients)
        return d_loss, g_loss

    return train_step
