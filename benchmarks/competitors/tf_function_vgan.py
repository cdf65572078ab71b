"""V-GAN as the TensorFlow tutorials would write it: gradient tapes in a `tf.function`."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tasks import MASK_WEIGHT, Task

from .tf_function import adam, discriminator_loss, generator_loss, runner

Pair = dict[str, tf.Tensor]
mask_loss = keras.losses.BinaryCrossentropy()


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    return runner(make_step, task, samples)


def make_step(
    unet: keras.Model, discriminator: keras.Model, batch_size: int
) -> Callable[[Pair], tuple[tf.Tensor, tf.Tensor]]:
    unet_adam, discriminator_adam = adam(unet), adam(discriminator)

    @tf.function
    def train_step(pair: Pair) -> tuple[tf.Tensor, tf.Tensor]:
        image, mask = pair["image"], pair["mask"]
        fake = unet(image, training=True)  # outside the tape: the discriminator's turn
        with tf.GradientTape() as tape:
            real_logits = discriminator([image, mask], training=True)
            fake_logits = discriminator([image, fake], training=True)
            d_loss = discriminator_loss(real_logits, fake_logits)
        gradients = tape.gradient(d_loss, discriminator.trainable_variables)
        discriminator_adam.apply(gradients)

        with tf.GradientTape() as tape:
            fake = unet(image, training=True)
            g_loss = generator_loss(discriminator([image, fake], training=True))
            g_loss += MASK_WEIGHT * mask_loss(mask, fake)
        gradients = tape.gradient(g_loss, unet.trainable_variables)
        unet_adam.apply(gradients)
        return d_loss, g_loss

    return train_step
