"""A `keras.Model` whose `train_step` is the loop of a `tf.function`: penalties, and V-GAN."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tasks import Task, networks_of

from . import tf_function_r1_r2, tf_function_vgan, tf_function_wgan_gp
from .tutorial_train_step import fitted

LOOPS = {
    "wgan-gp": tf_function_wgan_gp.make_step,
    "r1-r2": tf_function_r1_r2.make_step,
    "vgan": tf_function_vgan.make_step,
}


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    step = LOOPS[task.workload](*networks_of(task.workload, task.image_size), task.batch_size)
    gan = TutorialGAN(step)
    gan.compile()
    return fitted(gan, task, samples)


class TutorialGAN(keras.Model):
    """What `fit` adds to a step that is written already."""

    def __init__(self, step: Any) -> None:
        super().__init__()
        self.step = step
        self.means = [keras.metrics.Mean(name=name) for name in ("d_loss", "g_loss")]

    def train_step(self, samples: Any) -> dict[str, tf.Tensor]:
        for mean, loss in zip(self.means, self.step(samples), strict=True):
            mean.update_state(loss)
        return {mean.name: mean.result() for mean in self.means}
