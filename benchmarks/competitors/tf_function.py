"""The loop of the TensorFlow tutorials: gradient tapes in a `tf.function`, fed by `tf.data`."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tasks import ALTERNATING, LATENT_DIM, Task, networks_of

TrainStep = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
bce = keras.losses.BinaryCrossentropy(from_logits=True)


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    make_step = _alternating_step if task.update == ALTERNATING else _simultaneous_step
    return runner(make_step, task, samples)


def runner(
    make_step: Callable[[keras.Model, keras.Model, int], TrainStep], task: Task, samples: Any
) -> Callable[[int], None]:
    train_step = make_step(*networks_of(task.workload, task.image_size), task.batch_size)
    return run_by_hand(train_step, samples, task.batch_size)


def run_by_hand(train_step: TrainStep, samples: Any, batch_size: int) -> Callable[[int], None]:
    batches = iter(_batched(samples, batch_size))

    def run(steps: int) -> None:
        for _ in range(steps):
            losses = train_step(next(batches))
        [loss.numpy() for loss in losses]  # Wait for the last step.

    return run


def _batched(samples: Any, batch_size: int) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices(samples)
    dataset = dataset.shuffle(len(dataset)).repeat()
    return dataset.batch(batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def adam(
    network: keras.Model, rate: float = 2e-4, beta_1: float = 0.5, beta_2: float = 0.999
) -> keras.optimizers.Adam:
    optimizer = keras.optimizers.Adam(rate, beta_1, beta_2)
    optimizer.build(network.trainable_variables)
    return optimizer


def discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    return bce(tf.ones_like(real_logits), real_logits) + bce(
        tf.zeros_like(fake_logits), fake_logits
    )


def generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    return bce(tf.ones_like(fake_logits), fake_logits)


def _simultaneous_step(
    generator: keras.Model, discriminator: keras.Model, batch_size: int
) -> TrainStep:
    generator_adam, discriminator_adam = adam(generator), adam(discriminator)

    @tf.function
    def train_step(real: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        noise = tf.random.normal((batch_size, LATENT_DIM))
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake = generator(noise, training=True)
            real_logits = discriminator(real, training=True)
            fake_logits = discriminator(fake, training=True)
            d_loss = discriminator_loss(real_logits, fake_logits)
            g_loss = generator_loss(fake_logits)
        d_gradients = discriminator_tape.gradient(d_loss, discriminator.trainable_variables)
        g_gradients = generator_tape.gradient(g_loss, generator.trainable_variables)
        discriminator_adam.apply(d_gradients)
        generator_adam.apply(g_gradients)
        return d_loss, g_loss

    return train_step


def _alternating_step(
    generator: keras.Model, discriminator: keras.Model, batch_size: int
) -> TrainStep:
    generator_adam, discriminator_adam = adam(generator), adam(discriminator)

    @tf.function
    def train_step(real: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # Outside the tape: the discriminator's step needs no gradient through the generator.
        fake = generator(tf.random.normal((batch_size, LATENT_DIM)), training=True)
        with tf.GradientTape() as tape:
            real_logits = discriminator(real, training=True)
            fake_logits = discriminator(fake, training=True)
            d_loss = discriminator_loss(real_logits, fake_logits)
        gradients = tape.gradient(d_loss, discriminator.trainable_variables)
        discriminator_adam.apply(gradients)

        noise = tf.random.normal((batch_size, LATENT_DIM))
        with tf.GradientTape() as tape:
            fake = generator(noise, training=True)
            g_loss = generator_loss(discriminator(fake, training=True))
        gradients = tape.gradient(g_loss, generator.trainable_variables)
        generator_adam.apply(gradients)
        return d_loss, g_loss

    return train_step
