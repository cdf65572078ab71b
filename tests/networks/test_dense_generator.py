from itertools import pairwise
from math import prod

import keras
import pytest

from keras_gan_kit.networks import dense_generator


@pytest.mark.parametrize(
    ("image_shape", "latent_dim", "units"),
    [((28, 28, 1), 100, (256, 512, 1024)), ((8, 8, 3), 5, (7,))],
)
def test_parameters_follow_from_the_widths(image_shape, latent_dim, units):
    model = dense_generator(image_shape, latent_dim, units)
    widths = (latent_dim, *units, prod(image_shape))
    dense = sum((one + 1) * other for one, other in pairwise(widths))
    # BatchNormalization has a scale and a shift to learn, and two statistics beside them.
    assert model.count_params() == dense + 4 * sum(units)
    trainable = sum(prod(weight.shape) for weight in model.trainable_weights)
    assert trainable == dense + 2 * sum(units)


def test_the_default_has_the_published_size():
    model = dense_generator((28, 28, 1), 100)
    assert model.count_params() == 1_493_520
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == 1_489_936


def test_hidden_layers_come_in_the_published_order():
    model = dense_generator((8, 8, 1), units=(4, 3))
    hidden = [layer.name for layer in model.layers[1:7]]
    kinds = ("dense", "leaky_relu", "batch_normalization")
    assert hidden == [f"{kind}_{number}" for number in (1, 2) for kind in kinds]
    assert model.get_layer("leaky_relu_1").negative_slope == pytest.approx(0.2)
    assert model.get_layer("batch_normalization_1").momentum == 0.8
    assert isinstance(model.layers[-1], keras.layers.Activation)
