"""A training that can be killed at any moment, and run again until it is done.

Dropout, BatchNormalization, an averaged generator, shuffled arrays whose last batch is smaller: all
that has a state. At the end, every variable is in `final.npz`.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np

from keras_gan_kit import GAN, networks
from keras_gan_kit.callbacks import LossHistory, PeriodicCheckpoint, SampleGrid


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--steps-per-execution", type=int, default=1)
    parser.add_argument("--update", default="alternating")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--pause", type=float, default=0.005, help="seconds after a step")
    options = parser.parse_args()

    keras.utils.set_random_seed(options.seed)
    images = np.tanh(np.random.default_rng(0).normal(size=(98, 4, 4, 1))).astype("float32")
    gan = new_gan(options)
    gan.fit(
        images,
        batch_size=4,  # 25 steps an epoch, the last of two samples
        epochs=options.epochs,
        callbacks=[
            LossHistory(options.output, every=10),
            SampleGrid(options.output / "samples", every=40, unit="step"),
            PeriodicCheckpoint(options.output / "checkpoints", every=7, unit="step"),
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: time.sleep(options.pause)
            ),
        ],
        validation_data=images[:9] if options.validate else None,
        verbose=0,
    )
    save(gan, options.output)


def new_gan(options):
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Dense(8, activation="relu")(keras.layers.Flatten()(inputs))
    x = keras.layers.Dropout(0.3)(keras.layers.BatchNormalization()(x))
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(x))
    generator = networks.dense_generator((4, 4, 1), 3, (8,))
    gan = GAN(generator, discriminator, ema_momentum=0.9, seed=options.seed)
    gan.compile(
        update=options.update,
        steps_per_execution=options.steps_per_execution,
        # TensorFlow starts several times faster without XLA.
        jit_compile=keras.backend.backend() == "jax",
    )
    return gan


def save(gan, output):
    variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
    values = [keras.ops.convert_to_numpy(variable) for variable in variables]
    unfinished = output / "unfinished.npz"
    np.savez(unfinished, *values, position=gan.position)
    unfinished.replace(output / "final.npz")


if __name__ == "__main__":
    main()
