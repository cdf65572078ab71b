import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_gan_kit.datasets import digits


def test_digits_are_those_of_scikit_learn():
    images, labels = digits()
    pixels, classes = load_digits(return_X_y=True)
    assert images.dtype == np.float32
    assert labels.dtype == np.int32
    np.testing.assert_allclose(images.reshape(pixels.shape), pixels / 8 - 1, atol=1e-6)
    np.testing.assert_array_equal(labels, classes)


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0)])
def test_larger_digits_stay_in_scale_and_keep_their_brightness(value_range):
    small, labels = digits(value_range=value_range)
    large, same = digits(image_size=28, value_range=value_range)
    assert large.shape == (1797, 28, 28, 1)
    assert large.dtype == np.float32
    assert value_range[0] <= large.min()
    assert large.max() <= value_range[1]
    span = value_range[1] - value_range[0]
    assert np.abs(large.mean((1, 2)) - small.mean((1, 2))).max() < 0.05 * span
    np.testing.assert_array_equal(labels, same)


def test_larger_digits_are_smooth():
    images, _ = digits(image_size=28, value_range=(0.0, 1.0))
    # Repeated pixels would jump by up to 1 between neighbours.
    assert np.abs(np.diff(images, axis=2)).max() < 0.6


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "image_size", {"image_size": 0}),
        (TypeError, "image_size", {"image_size": 8.0}),
        (TypeError, "value_range", {"value_range": None}),
        (ValueError, "value_range", {"value_range": (1, 0)}),
    ],
)
def test_digits_names_bad_input(error, argument, options):
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        digits(**options)


def test_importing_datasets_does_not_import_those_of_scikit_learn():
    # Keras itself imports a part of scikit-learn where it is installed.
    code = "import sys, keras_gan_kit.datasets; sys.exit('sklearn.datasets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
