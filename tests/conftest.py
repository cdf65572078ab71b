"""What all tests share: small networks, a fixed seed, and where real data may lie."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, networks

SHAPE = (4, 4, 1)


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def images():
    """Forty-two images in [-1, 1]: the last batch of 8 has 2."""
    return np.random.default_rng(0).uniform(-1, 1, (42, *SHAPE)).astype("float32")


@pytest.fixture
def make_gan():
    """Makes a small GAN; the same every time."""

    def make(cls=GAN, **options):
        keras.utils.set_random_seed(0)
        generator = networks.dense_generator(SHAPE, 3, (8,))
        discriminator = networks.dense_discriminator(SHAPE, (8,))
        return cls(generator, discriminator, **{"seed": 0} | options)

    return make


@pytest.fixture
def several_steps():
    """A number of steps per execution that the backend can do."""
    return 1 if keras.backend.backend() == "torch" else 3


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real data; tests that need it are skipped without it."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("KERAS_GAN_KIT_DATA", default))
    if not path.is_dir():
        pytest.skip(f"no real data at {path}; set KERAS_GAN_KIT_DATA")
    return path


def to_numpy(variable):
    return np.array(keras.ops.convert_to_numpy(variable))


@pytest.fixture
def state_of():
    """Copies everything that a training step changes."""

    def state(gan):
        variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
        return [to_numpy(variable) for variable in variables]

    return state


@pytest.fixture
def check_same():
    """Asserts that two states are equal, bit by bit or to a tolerance."""

    def check(first, second, *, tolerance=0.0):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            if tolerance:
                np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
            else:
                np.testing.assert_array_equal(a, b)

    return check
