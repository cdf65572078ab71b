from itertools import pairwise

import keras
import numpy as np
import pytest

from keras_gan_kit.networks import dcgan_discriminator

# 800 x 800 electrocardiograms: halved five times to 25 x 25.
ECG = {
    "filters": (16, 32, 64, 128, 256, 256),
    "kernels": (11, 9, 7, 5, 3, 1),
    "strides": (2, 2, 2, 2, 2, 1),
}


def size_of(end, filters, kernels, channels):
    """Parameters by hand: a kernel and a bias per convolution, one score from the last map."""
    maps = (channels, *filters)
    layers = zip(kernels, pairwise(maps), strict=True)
    return sum((k * k * a + 1) * b for k, (a, b) in layers) + end[0] * end[1] * maps[-1] + 1


def test_the_ecg_discriminator_has_the_published_size():
    model = dcgan_discriminator((800, 800, 1), **ECG)
    assert model.count_params() == 869_761
    assert size_of((25, 25), ECG["filters"], ECG["kernels"], 1) == 869_761


@pytest.mark.parametrize(
    ("image_shape", "options", "end"),
    [
        # Odd sizes are rounded up: 28, 14, 7, 4.
        ((28, 28, 1), {}, (4, 4)),
        ((9, 5, 3), {"filters": (4, 2), "kernels": 3, "strides": (1, 2)}, (5, 3)),
    ],
)
def test_parameters_follow_from_the_convolutions(image_shape, options, end):
    model = dcgan_discriminator(image_shape, **options)
    filters = options.get("filters", (64, 128, 256))
    kernels = (options.get("kernels", 5),) * len(filters)
    assert model.count_params() == size_of(end, filters, kernels, image_shape[2])


def test_dropout_follows_every_convolution_and_works_only_in_training():
    model = dcgan_discriminator((8, 8, 1), filters=(4, 4))
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.3, 0.3]
    images = np.ones((3, 8, 8, 1), "float32")
    still = [keras.ops.convert_to_numpy(model(images, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    moved = keras.ops.convert_to_numpy(model(images, training=True))
    assert not np.allclose(moved, still[0])


def test_no_dropout_means_no_such_layer():
    model = dcgan_discriminator((8, 8, 1), filters=(4, 4), dropout=0)
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in model.layers)
    default = keras.layers.LeakyReLU().negative_slope
    assert model.get_layer("leaky_relu_1").negative_slope == default
