import keras
import pytest

from keras_gan_kit.networks import dense_discriminator


@pytest.mark.parametrize(("units", "size"), [((512, 512), 665_089), ((512, 256), 533_505)])
def test_parameters_are_those_published(units, size):
    model = dense_discriminator((28, 28, 1), units)
    first, second = units
    assert (28 * 28 + 1) * first + (first + 1) * second + second + 1 == size
    assert model.count_params() == size


def test_the_default_is_two_layers_of_512():
    assert dense_discriminator((28, 28, 1)).count_params() == 665_089


def test_a_critic_may_be_made_of_it():
    model = dense_discriminator((8, 8, 1))
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    assert model.get_layer("leaky_relu_1").negative_slope == pytest.approx(0.2)
