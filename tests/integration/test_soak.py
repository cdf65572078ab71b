"""A thousand epochs with every callback: nothing grows."""

import gc
import os
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, data, evaluation, networks
from keras_gan_kit.callbacks import (
    AdaptiveStrength,
    EvaluateSamples,
    LossHistory,
    LossPlot,
    PeriodicCheckpoint,
    SampleGrid,
    Schedule,
    StabilityMonitor,
    TrainingVideo,
)

EPOCHS, WARM = 1000, 200
MEGABYTE = 2**20
IMAGES = np.tanh(np.random.default_rng(0).normal(size=(16, 4, 4, 1))).astype("float32")


def as_rows(samples):
    return samples.reshape(len(samples), -1)


class Resources(keras.callbacks.Callback):
    """What the process holds after every hundredth epoch: bytes of memory, and open files."""

    def __init__(self):
        super().__init__()
        self.memory, self.files = [], []

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % 100 == 0:
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.memory.append(pages * os.sysconf("SC_PAGE_SIZE"))
            self.files.append(len(list(Path("/proc/self/fd").iterdir())))


@pytest.mark.kill  # for it takes as long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where Linux says it")
@pytest.mark.filterwarnings("ignore:Training looks unstable")
def test_a_thousand_epochs_take_no_more_than_two_hundred(tmp_path):
    keras.utils.set_random_seed(0)
    augmenter = data.DifferentiableAugment("translation", strength=0.1, seed=1)
    gan = GAN(
        networks.dense_generator((4, 4, 1), 3, (8,)),
        networks.dense_discriminator((4, 4, 1), (8,)),
        ema_momentum=0.9,
        augmenter=augmenter,
        seed=0,
    )
    gan.compile(jit_compile=keras.backend.backend() == "jax")
    resources = Resources()
    callbacks = [
        LossHistory(tmp_path, every=1),
        LossPlot(tmp_path),
        SampleGrid(tmp_path / "samples", every=50),
        TrainingVideo(tmp_path / "samples", tmp_path / "film.gif"),
        StabilityMonitor(every=20),
        Schedule("learning_rate", 1e-3, 1e-4, over=EPOCHS),
        AdaptiveStrength(),
        EvaluateSamples(IMAGES, evaluation.frechet_distance, every=100, features=as_rows),
        PeriodicCheckpoint(tmp_path / "checkpoints", every=25),
        resources,
    ]
    gan.fit(IMAGES, batch_size=8, epochs=EPOCHS, callbacks=callbacks, verbose=0)
    warm = WARM // 100 - 1
    assert resources.memory[-1] - resources.memory[warm] < 8 * MEGABYTE, resources.memory
    assert len(set(resources.files[warm:])) == 1, resources.files
    assert len((tmp_path / "d_loss.txt").read_text().splitlines()) == 2 * EPOCHS
    assert len(list((tmp_path / "checkpoints").iterdir())) == 3
