"""One worker of a training on several; the cluster is in TF_CONFIG. Without it, one device.

KERAS_BACKEND=tensorflow TF_CONFIG=... python workers_script.py FOLDER RESULT.npz [--stop-after 5]
"""

import argparse
import contextlib
import json
import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_gan_kit import WGANGP
from keras_gan_kit.callbacks import (
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    StabilityMonitor,
    TrainingVideo,
)

SHAPE = (4, 4, 1)
# Batches of 8, 8 and 5.
IMAGES = np.random.default_rng(0).uniform(-1, 1, (21, *SHAPE)).astype("float32")


class Broken(Exception):  # noqa: N818
    """Ends a training from outside."""


def new_gan(several_steps):
    latents, inputs = keras.Input((3,)), keras.Input(SHAPE)
    x = keras.layers.Dense(16, activation="tanh")(latents)
    y = keras.layers.Dense(8, activation="tanh")(keras.layers.Flatten()(inputs))
    gan = WGANGP(
        keras.Model(latents, keras.layers.Reshape(SHAPE)(x)),
        keras.Model(inputs, keras.layers.Dense(1)(y)),
        discriminator_steps=2,
        ema_momentum=0.9,
        seed=1,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.SGD(0.05),
        discriminator_optimizer=keras.optimizers.SGD(0.05),
        jit_compile=False,
        steps_per_execution=several_steps,
    )
    return gan


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--stop-after", type=int)
    parser.add_argument("--steps-per-execution", type=int, default=1)
    options = parser.parse_args()
    scope = contextlib.nullcontext()
    if os.environ.get("TF_CONFIG"):
        scope = tf.distribute.MultiWorkerMirroredStrategy().scope()
    keras.utils.set_random_seed(3)
    with scope:
        gan = new_gan(options.steps_per_execution)

    def stop(batch, logs):
        if gan.progress.steps == options.stop_after:
            raise Broken

    callbacks = [
        LossHistory(options.output, every=2),
        LossPlot(options.output),
        SampleGrid(options.output / "samples"),
        TrainingVideo(options.output / "samples", options.output / "film.gif"),
        StabilityMonitor(every=2),
        PeriodicCheckpoint(options.output / "checkpoints", every=2, unit="step"),
        keras.callbacks.LambdaCallback(on_train_batch_end=stop),
    ]
    history = None
    with contextlib.suppress(Broken):
        history = gan.fit(IMAGES, batch_size=8, epochs=3, callbacks=callbacks, verbose=0).history
    if history is None:
        return
    # On every worker: these are things that workers do together.
    scores = gan.evaluate(IMAGES[:5], batch_size=4, verbose=0)
    variables = [*gan.variables, *gan.optimizer.variables]
    np.savez(
        options.result,
        state=np.concatenate([keras.ops.convert_to_numpy(v).ravel() for v in variables]),
        rows=gan.step_log.read()[1],
        generated=gan.generate(3, seed=0),
        scores=scores,
        history=json.dumps(history),
    )


if __name__ == "__main__":
    main()
