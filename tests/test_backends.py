"""The package with one backend, or with none: what is missing is named, and nothing else needed."""

import os
import subprocess
import sys

import keras
import pytest

BACKENDS = ("tensorflow", "jax", "torch")


WITHOUT = """
import sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        # PyTorch only asks where other libraries are, by importlib.util: that is no import.
        asks = sys._getframe(2).f_globals.get("__name__") == "importlib.util"
        if name in missing and not asks:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nowhere())
"""


def run(code, missing, **variables):
    """Runs a program for which some modules are not installed."""
    program = f"missing = {missing!r}\n{WITHOUT}\n{code}"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | variables,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_missing_backend_is_named_with_its_extra(backend):
    done = run("import keras_gan_kit", [backend], KERAS_BACKEND=backend)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert error.startswith(f"ImportError: Keras is set to the backend {backend!r}, which is not")
    assert f"pip install 'keras_gan_kit[{backend}]'" in error
    assert "KERAS_BACKEND" in error


TRAINING = """
import numpy as np
from keras_gan_kit import GAN, callbacks, networks
import keras
shape = (4, 4, 1)
gan = GAN(networks.dense_generator(shape, 3, (4,)), networks.dense_discriminator(shape, (4,)))
gan.compile(run_eagerly=True)
kept = [callbacks.PeriodicCheckpoint("kept"), callbacks.LossHistory("kept")]
gan.fit(np.zeros((4, *shape), "float32"), batch_size=2, callbacks=kept, verbose=0)
gan.save("gan.keras")
loaded = keras.saving.load_model("gan.keras")
assert np.allclose(loaded.generate(2, seed=0), gan.generate(2, seed=0), atol=1e-6)
"""


@pytest.mark.backend
def test_a_training_needs_no_other_backend(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    others = [name for name in BACKENDS if name != keras.backend.backend()]
    done = run(TRAINING, others)
    assert done.returncode == 0, done.stderr
