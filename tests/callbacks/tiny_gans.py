"""Small GANs, their data and their whole state, for the tests of callbacks."""

import keras
import numpy as np
from keras import layers

from keras_gan_kit import GAN, networks

BACKEND = keras.backend.backend()
# Keras' PyTorch trainer takes one step at a time.
EXECUTIONS = (1,) if BACKEND == "torch" else (1, 4)

IMAGE = (4, 4, 1)
LATENT_DIM = 3


def images(num, shape=IMAGE):
    """Images in (-1, 1), the same ones every time."""
    return np.tanh(np.random.default_rng(7).normal(size=(num, *shape))).astype("float32")


def tiny_gan(*, weights=0, seed=0, full=False, gan=None, **compilation):
    """A compiled GAN; `weights` seeds its weights and `full` adds Dropout, statistics and EMA."""
    keras.utils.set_random_seed(weights)
    generator = networks.dense_generator(IMAGE, LATENT_DIM, (8,))
    discriminator = regularized_discriminator() if full else plain_discriminator()
    options = {"seed": seed, "ema_momentum": 0.9 if full else None, **(gan or {})}
    model = GAN(generator, discriminator, **options)
    compile_quickly(model, **compilation)
    return model


def compile_quickly(model, **compilation):
    """Compiles; without XLA where that is four times faster and no other path than with it."""
    several = compilation.get("steps_per_execution", 1) > 1
    quick = "auto" if BACKEND == "jax" or several else False
    model.compile(**{"jit_compile": quick, **compilation})


def plain_discriminator():
    return networks.dense_discriminator(IMAGE, (8,))


def regularized_discriminator():
    inputs = layers.Input(IMAGE)
    x = layers.Dense(8)(layers.Flatten()(inputs))
    x = layers.BatchNormalization()(layers.LeakyReLU(0.2)(x))
    return keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.3)(x)))


def gan_of(generator, discriminator, *, gan=None, **compilation):
    """A compiled GAN of networks made elsewhere."""
    model = GAN(generator, discriminator, **{"seed": 0, **(gan or {})})
    compile_quickly(model, **compilation)
    return model


def state(gan):
    """Every variable that training touches: weights, slots, averages, seeds, logs."""
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def assert_same_state(actual, expected):
    """Bit for bit."""
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other)


class InterruptionError(Exception):
    """Stands for whatever ends a training from outside."""


def interrupt_at(step):
    """Ends the training when the model has taken `step` steps in all."""
    return keras.callbacks.LambdaCallback(
        on_train_batch_end=_raiser(step),
    )


def _raiser(step):
    left = [step]

    def count(batch, logs):
        left[0] -= 1
        if not left[0]:
            raise InterruptionError

    return count
