"""Sizes that are no power of two, and which maps excite which."""

import keras
import numpy as np
import pytest

from keras_gan_kit.networks import fastgan_generator

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("size", [(16, 16), (12, 27), (17, 5)])
def test_any_size_is_cropped_from_the_next_multiple(size):
    model = fastgan_generator((*size, 1), 4, filters=(4, 4, 4, 4))
    assert model.output_shape == (None, *size, 1)
    assert model.get_layer("reshape").output.shape[1:3] == (-(-size[0] // 8), -(-size[1] // 8))


def test_each_map_from_the_fifth_stage_on_is_excited_by_the_one_four_stages_before():
    model = fastgan_generator((64, 128, 1), 4, filters=(8, 7, 6, 5, 4, 3, 2))
    excited = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Multiply)]
    assert excited == ["excitation_5", "excitation_6"]
    # The input of each pooling layer: 2 and 4 pixels high, with the channels of stages 1 and 2.
    pooled = [model.get_layer(f"excitation_{stage}_pooling").input.shape for stage in (5, 6)]
    assert pooled == [(None, 2, 4, 7), (None, 4, 8, 6)]


def test_excitation_multiplies_channels_by_weights_of_the_small_map():
    model = fastgan_generator((32, 32, 1), 4, filters=(3, 3, 3, 3, 3, 2), seed=0)
    wanted = ["stage_5_leaky_relu", "excitation_5_weights", "excitation_5"]
    parts = keras.Model(model.input, [model.get_layer(name).output for name in wanted])
    latents = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    maps, weights, product = map(keras.ops.convert_to_numpy, parts(latents))
    assert weights.shape == (2, 1, 1, 2)
    assert (weights > 0).all() and (weights < 1).all()
    np.testing.assert_allclose(product, maps * weights, rtol=1e-5)


def test_the_seed_makes_equal_weights():
    first, second = (fastgan_generator((8, 8, 1), 4, filters=(4, 4), seed=3) for _ in range(2))
    for own, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)
