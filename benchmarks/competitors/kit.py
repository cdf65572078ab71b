"""This package: build, `compile`, `fit`. The backend is the one Keras was started with."""

from collections.abc import Callable

import keras
import numpy as np
from tasks import IMAGE_SHAPE, LATENT_DIM, Task

from keras_gan_kit import GAN, WGANGP, networks


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    gan = _build(task.workload)
    gan.compile(
        update=task.update,
        # Keras' PyTorch trainer takes one step per execution and no more.
        steps_per_execution=1 if keras.backend.backend() == "torch" else task.steps_per_execution,
        jit_compile=task.jit_compile,
    )

    # Whatever starting an epoch costs `fit` (checks of the data, shuffling) is timed too.
    def run(steps: int) -> None:
        gan.fit(images, batch_size=task.batch_size, steps_per_epoch=steps, epochs=1, verbose=0)

    return run


def _build(workload: str) -> GAN:
    if workload == "dense":
        generator = networks.dense_generator(IMAGE_SHAPE, LATENT_DIM)
        return GAN(generator, networks.dense_discriminator(IMAGE_SHAPE), seed=0)
    generator = networks.dcgan_generator(IMAGE_SHAPE, LATENT_DIM)
    discriminator = networks.dcgan_discriminator(IMAGE_SHAPE)
    # WGANGP's defaults are the workload: five critic steps, penalty 10, Adam(1e-4, 0, 0.9).
    model_class = WGANGP if workload == "wgan-gp" else GAN
    return model_class(generator, discriminator, seed=0)
