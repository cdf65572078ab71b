from itertools import pairwise

import keras
import pytest

from keras_gan_kit.networks import dcgan_generator

# 800 x 800 electrocardiograms: 25 x 25 doubled five times.
ECG = {
    "filters": (256, 256, 128, 64, 32, 16),
    "kernels": (1, 3, 5, 7, 9, 11),
    "strides": (1, 2, 2, 2, 2, 2),
}


def size_of(base, latent_dim, filters, kernels, channels):
    """Parameters by hand: no bias, four numbers per normalised channel."""
    first = (latent_dim + 4) * base[0] * base[1] * filters[0]
    maps = (*filters, channels)
    kernels = sum(k * k * a * b for k, (a, b) in zip(kernels, pairwise(maps), strict=True))
    return first + kernels + 4 * sum(filters[1:])


def test_the_ecg_generator_has_the_published_size():
    model = dcgan_generator((800, 800, 1), 100, **ECG)
    assert model.count_params() == 17_350_992
    assert size_of((25, 25), 100, ECG["filters"], ECG["kernels"], 1) == 17_350_992
    sizes = [layer.output.shape[1] for layer in model.layers if "transposed" in layer.name]
    assert sizes == [25, 50, 100, 200, 400, 800]


@pytest.mark.parametrize(
    ("image_shape", "latent_dim", "options", "base"),
    [
        ((28, 28, 1), 100, {}, (7, 7)),
        ((12, 24, 3), 3, {"filters": (5, 4, 2), "strides": (3, 1, 2)}, (2, 4)),
        ((4, 4, 1), 2, {"filters": [3], "kernels": [2], "strides": [4]}, (1, 1)),
    ],
)
def test_parameters_follow_from_the_maps(image_shape, latent_dim, options, base):
    model = dcgan_generator(image_shape, latent_dim, **options)
    filters = tuple(options.get("filters", (256, 128, 64)))
    kernels = options.get("kernels", (5,) * len(filters))
    expected = size_of(base, latent_dim, filters, kernels, image_shape[2])
    assert model.count_params() == expected
    assert model.get_layer("reshape").target_shape == (*base, filters[0])
    assert model.output_shape == (None, *image_shape)


def test_all_but_the_last_map_are_normalised_and_none_has_a_bias():
    model = dcgan_generator((28, 28, 1))
    assert [layer.name for layer in model.layers] == [
        "latent",
        "base",
        "batch_normalization_0",
        "leaky_relu_0",
        "reshape",
        "transposed_convolution_1",
        "batch_normalization_1",
        "leaky_relu_1",
        "transposed_convolution_2",
        "batch_normalization_2",
        "leaky_relu_2",
        "transposed_convolution_3",
        "image",
    ]
    for layer in model.layers:
        assert not getattr(layer, "use_bias", False)
    default = keras.layers.LeakyReLU().negative_slope
    assert model.get_layer("leaky_relu_1").negative_slope == default
