import keras
import numpy as np
import pytest

from keras_gan_kit import RelativisticGAN
from keras_gan_kit.networks import residual_discriminator, residual_generator

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    ("image_shape", "filters", "patch", "base"),
    [
        ((28, 28, 1), (8, 6, 4), 1, (7, 7, 8)),
        ((28, 28, 1), (8, 6), 2, (7, 7, 8)),
        ((6, 10, 3), (5, 5), 1, (3, 5, 5)),
        ((3, 5, 1), (4,), 1, (3, 5, 4)),
        ((9, 6, 1), (4,), 3, (3, 2, 4)),
    ],
)
def test_maps_double_from_the_base_to_the_image(image_shape, filters, patch, base):
    model = residual_generator(image_shape, 2, filters=filters, patch=patch)
    assert model.get_layer("reshape").output.shape == (None, *base)
    assert model.output_shape == (None, *image_shape)


def test_parameters_follow_from_the_stages():
    """Two Dense; two 3x3 convolutions a block, one with a bias; a 1x1 between; to the image."""
    model = residual_generator((8, 8, 3), 5, filters=(6, 4), blocks=2, patch=1, units=7)
    dense = (5 + 1) * 7 + (7 + 1) * 4 * 4 * 6
    blocks = 2 * (2 * 9 * 6 * 6 + 6) + 2 * (2 * 9 * 4 * 4 + 4)
    assert model.count_params() == dense + blocks + 6 * 4 + (9 * 4 + 1) * 3


def test_a_new_generator_is_that_without_blocks():
    """Blocks start as the identity: their last convolution is zero."""
    keras.utils.set_random_seed(0)
    model = residual_generator((8, 8, 1), 5, filters=(6, 4), blocks=2, activation=None)
    latents = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    x = model.get_layer("hidden_leaky_relu")(model.get_layer("hidden")(latents))
    x = model.get_layer("reshape")(model.get_layer("base")(x))
    x = model.get_layer("enlarge_2")(model.get_layer("channels_2")(x))
    x = model.get_layer("enlarge")(model.get_layer("leaky_relu")(x))
    expected = model.get_layer("to_image")(x)
    difference = keras.ops.convert_to_numpy(model(latents) - expected)
    assert np.abs(difference).max() < 1e-5


def test_new_pixels_vary_as_latents_do():
    """What the initial weights are chosen for, here to half of it: no stage fades or explodes."""
    keras.utils.set_random_seed(0)
    model = residual_generator((32, 32, 1), 64, filters=(64, 32, 32, 16), activation=None)
    latents = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    deviation = keras.ops.convert_to_numpy(model(latents)).std()
    assert 0.25 < deviation < 2.0


def test_there_is_a_way_back_from_beyond_the_range():
    """Where tanh has rounded to 1, and its gradient to 0, images have not."""
    model = residual_generator((4, 4, 1), 2, filters=(4,))
    bare = residual_generator((4, 4, 1), 2, filters=(4,), activation=None)
    bare.set_weights(model.get_weights())
    latents = 30 * np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    free = keras.ops.convert_to_numpy(bare(latents))
    assert np.abs(np.tanh(free)).max() == 1.0
    images = keras.ops.convert_to_numpy(model(latents))
    assert np.abs(images).max() < 1.0
    np.testing.assert_allclose(images, free / np.sqrt(1 + free**2), atol=1e-6)


def test_its_images_are_known_to_lie_between_minus_one_and_one():
    gan = RelativisticGAN(
        residual_generator((4, 4, 1), 2, filters=(4,)), residual_discriminator((4, 4, 1))
    )
    gan.compile()
    with pytest.raises(ValueError, match="-1 to 1"):
        gan.fit(np.full((8, 4, 4, 1), 255.0, "float32"), verbose=0)


def test_there_is_no_normalisation():
    model = residual_generator((8, 8, 1), 4, filters=(4, 4))
    assert not [layer for layer in model.layers if "ormalization" in type(layer).__name__]
