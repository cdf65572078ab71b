import numpy as np
import pytest

from keras_gan_kit.data import from_uint8


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0), (0.1, 0.7)])
def test_pixels_are_spread_evenly_over_the_range(value_range):
    low, high = value_range
    images = from_uint8(np.arange(256, dtype="uint8"), value_range=value_range)
    assert images.dtype == np.float32
    assert images[0] == np.float32(low)
    assert images[255] == np.float32(high)
    np.testing.assert_allclose(np.diff(images), (high - low) / 255, rtol=1e-4)


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0), (-0.5, 2.0)])
def test_every_pixel_of_many_becomes_the_nearest_float(value_range):
    low, high = value_range
    pixels = np.resize(np.arange(256, dtype="uint8"), (70, 1001))
    expected = (low + pixels.astype("float64") * (high - low) / 255).astype("float32")
    np.testing.assert_array_equal(from_uint8(pixels, value_range=value_range), expected)


def test_the_default_range_is_that_of_tanh():
    assert from_uint8(np.array([0, 255], "uint8")).tolist() == [-1.0, 1.0]


def test_shape_is_kept():
    assert from_uint8(np.zeros((2, 3, 4, 1), "uint8")).shape == (2, 3, 4, 1)


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool"])
def test_only_bytes_are_taken(dtype):
    with pytest.raises(TypeError, match=f"Invalid `images`. Received: an array of dtype {dtype}"):
        from_uint8(np.zeros(2, dtype))
