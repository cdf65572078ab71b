"""Many models in one process: each is freed, and memory stays flat."""

import gc
import os
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, callbacks, networks

SHAPE = (8, 8, 1)
STATISTICS = Path("/proc/self/statm")
IMAGES = np.tanh(np.random.default_rng(0).normal(size=(16, *SHAPE))).astype("float32")


def train(folder, **compilation):
    """Trains a model with every part that keeps something, and returns weak references."""
    generator = networks.dense_generator(SHAPE, 4, (16,))
    gan = GAN(generator, networks.dense_discriminator(SHAPE, (16,)), ema_momentum=0.9, seed=0)
    gan.compile(**compilation)
    kept = [
        callbacks.PeriodicCheckpoint(folder / str(id(gan))),
        callbacks.LossHistory(folder / str(id(gan)), every=1),
        callbacks.StabilityMonitor(every=100),
    ]
    gan.fit(IMAGES, batch_size=8, callbacks=kept, verbose=0)
    gan.generate(4, seed=1)
    return [weakref.ref(part) for part in (gan, generator, gan.optimizer, *kept)]


@pytest.mark.backend
def test_a_model_is_freed_with_its_networks_and_callbacks(tmp_path):
    # Without XLA on TensorFlow, which keeps a program for as long as the process lives.
    parts = train(tmp_path, jit_compile=keras.backend.backend() == "jax")
    keras.utils.clear_session()
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)


def megabytes():
    return int(STATISTICS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.kill
@pytest.mark.skipif(not STATISTICS.exists(), reason="memory is read from /proc")
def test_twenty_models_leave_memory_flat(tmp_path):
    found = []
    for _ in range(20):
        train(tmp_path, jit_compile=keras.backend.backend() == "jax")
        keras.utils.clear_session()
        gc.collect()
        found.append(megabytes())
    # TensorFlow keeps 4 MB of each model of Keras, too.
    assert (found[-1] - found[4]) / 15 < 8
