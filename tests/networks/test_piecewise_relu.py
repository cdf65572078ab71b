import keras
import numpy as np
import pytest

from keras_gan_kit.networks._piecewise_relu import PiecewiseReLU

pytestmark = pytest.mark.backend


def test_it_is_a_leaky_relu():
    inputs = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]], "float32")
    outputs = keras.ops.convert_to_numpy(PiecewiseReLU(0.2)(inputs))
    np.testing.assert_allclose(outputs, [[-0.4, -0.1, 0.0, 0.5, 2.0]], rtol=1e-6)


def test_it_keeps_the_precision_of_its_inputs():
    layer = PiecewiseReLU(0.2, dtype="mixed_float16")
    assert keras.backend.standardize_dtype(layer(np.ones((1, 2), "float32")).dtype) == "float16"
