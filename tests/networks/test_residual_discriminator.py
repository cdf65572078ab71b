import keras
import numpy as np
import pytest

from keras_gan_kit import penalties
from keras_gan_kit.networks import residual_discriminator

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    ("image_shape", "filters", "patch", "last"),
    [
        ((28, 28, 1), (4, 6, 8), 1, (7, 7, 8)),
        ((28, 28, 1), (4, 6), 2, (7, 7, 6)),
        ((5, 9, 3), (5, 5), 1, (3, 5, 5)),
        ((5, 9, 3), (5, 5), 2, (2, 3, 5)),
        ((3, 3, 1), (4,), 1, (3, 3, 4)),
        ((8, 8, 1), (4,), 4, (2, 2, 4)),
    ],
)
def test_maps_halve_rounded_up(image_shape, filters, patch, last):
    model = residual_discriminator(image_shape, filters=filters, patch=patch)
    assert model.get_layer("leaky_relu").output.shape == (None, *last)


def test_parameters_follow_from_the_stages():
    """Patches of 4x4; two 3x3 convolutions a block, one with a bias; halving by 4x4; two Dense."""
    model = residual_discriminator((8, 8, 3), filters=(4, 6), blocks=2, units=7)
    blocks = 2 * (2 * 9 * 4 * 4 + 4) + 2 * (2 * 9 * 6 * 6 + 6)
    halving = (16 * 4 + 1) * 6
    dense = (2 * 2 * 6 + 1) * 7 + (7 + 1)
    assert model.count_params() == (16 * 3 + 1) * 4 + blocks + halving + dense


def test_a_new_discriminator_is_that_without_blocks():
    keras.utils.set_random_seed(0)
    model = residual_discriminator((8, 8, 1), filters=(4, 6), blocks=1)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    x = model.get_layer("leaky_relu_2")(model.get_layer("from_image")(images))
    x = model.get_layer("leaky_relu")(model.get_layer("halve_2")(x))
    x = model.get_layer("hidden")(model.get_layer("flatten")(x))
    expected = model.get_layer("logit")(model.get_layer("hidden_leaky_relu")(x))
    difference = keras.ops.convert_to_numpy(model(images) - expected)
    assert np.abs(difference).max() < 1e-5


def test_its_gradient_at_one_image_does_not_see_the_others():
    keras.utils.set_random_seed(0)
    model = residual_discriminator((4, 4, 1), filters=(4, 6))
    images = np.random.default_rng(0).uniform(-1, 1, (4, 4, 4, 1)).astype("float32")

    def penalty(samples):
        return keras.ops.convert_to_numpy(penalties.R1(1.0)(model, samples, None)).item()

    single = [penalty(images[i : i + 1]) for i in range(4)]
    assert penalty(images) == pytest.approx(np.mean(single), rel=1e-4)
