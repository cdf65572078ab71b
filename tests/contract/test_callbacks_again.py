"""Callbacks that have seen a fit start the next one as new ones do."""

import shutil
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from every_name import CONCRETE, make

from keras_gan_kit import GAN, data, networks, penalties

pytestmark = pytest.mark.backend

CALLBACKS = [
    name for name, thing in CONCRETE.items() if issubclass(thing, keras.callbacks.Callback)
]
IMAGES = np.tanh(np.random.default_rng(0).normal(size=(9, 4, 4, 1))).astype("float32")


def new_gan():
    """A model that has all that a callback may want to move."""
    keras.utils.set_random_seed(0)
    generator = networks.dense_generator((4, 4, 1), 3, (4,))
    discriminator = networks.dense_discriminator((4, 4, 1), (4,))
    augmenter = data.DifferentiableAugment("translation", strength=0.0, seed=1)
    gan = GAN(generator, discriminator, ema_momentum=0.5, augmenter=augmenter, seed=1)
    gan.compile(penalties=[penalties.R1(1.0)], run_eagerly=True)
    return gan


def fit(callbacks):
    """Trains a new model in an empty folder, and returns all that came of it."""
    gan = new_gan()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        history = gan.fit(IMAGES, batch_size=3, epochs=1, callbacks=callbacks, verbose=0)
    files = {}
    for path in sorted(path for path in Path().rglob("*") if path.is_file()):
        # Archives have the time in them.
        files[str(path)] = b"" if path.suffix == ".keras" else path.read_bytes()
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    said = [str(w.message) for w in warned if "Training looks" in str(w.message)]
    weights = [keras.ops.convert_to_numpy(v).tolist() for v in gan.variables]
    return {"files": files, "logs": history.history, "warnings": said, "weights": weights}


@pytest.mark.slow
def test_callbacks_start_clean(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    callbacks = [make(name) for name in CALLBACKS]
    first, again = fit(callbacks), fit(callbacks)
    assert {"brightness", "d_sign", "r1"} <= set(first["logs"])
    assert {Path(name).suffix for name in first["files"]} == {".txt", ".png", ".gif", ".keras"}
    assert len(first["warnings"]) == 1
    for part in first:
        assert again[part] == first[part], part
