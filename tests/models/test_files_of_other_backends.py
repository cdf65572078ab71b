"""A `.keras` file of any backend loads, and trains on, in every other.

`files` holds what `write(backend)` saved with version 0.2 before its release: on PyTorch, Keras
wrote optimizers that only PyTorch has.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, networks

FILES = Path(__file__).parent / "files"
IMAGES = np.linspace(-1, 1, 32, dtype="float32").reshape(8, 2, 2, 1)

pytestmark = pytest.mark.backend


def trained_on(gan):
    """Trains for two more steps, on latents that do not depend on the backend."""
    gan.draw_latents = lambda batch_size: keras.ops.reshape(
        keras.ops.linspace(-1.0, 1.0, 12), (4, 3)
    )
    gan.fit(IMAGES, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    return gan.generate(4, seed=0)


def write(backend):
    """Writes the files of a backend; the files of `.keras` were then compressed."""
    generator = networks.dense_generator((2, 2, 1), 3, (4,))
    discriminator = networks.dense_discriminator((2, 2, 1), (4,))
    gan = GAN(generator, discriminator, ema_momentum=0.9, seed=0)
    gan.compile()
    gan.fit(IMAGES, batch_size=4, verbose=0)
    gan.save(FILES / f"{backend}.keras")
    np.save(FILES / f"{backend}.npy", gan.generate(4, seed=0))
    np.save(FILES / f"{backend}_trained.npy", trained_on(gan))


@pytest.mark.parametrize("written_on", ["tensorflow", "jax", "torch"])
def test_a_file_of_any_backend_trains_on(written_on):
    gan = keras.saving.load_model(FILES / f"{written_on}.keras")
    expected = np.load(FILES / f"{written_on}.npy")
    np.testing.assert_allclose(gan.generate(4, seed=0), expected, rtol=0, atol=1e-5)
    expected = np.load(FILES / f"{written_on}_trained.npy")
    np.testing.assert_allclose(trained_on(gan), expected, rtol=0, atol=1e-5)
    for optimizer in gan.optimizer.optimizers:
        assert int(keras.ops.convert_to_numpy(optimizer.iterations)) == 4
    assert "keras.src.backend" not in str(gan.get_compile_config())
