"""Sizes that are no power of two, and which maps excite which."""

import keras
import numpy as np
import pytest

from keras_gan_kit.networks import fastgan_generator

pytestmark = pytest.mark.backend


def outputs(model, latents):
    return keras.ops.convert_to_numpy(model(latents))


@pytest.mark.parametrize("size", [(16, 16), (12, 27), (17, 5)])
def test_any_size_is_cropped_from_the_next_multiple(size):
    for patch, filters in ((1, (4, 4, 4, 4)), (2, (4, 4, 4)), (4, (4, 4))):
        model = fastgan_generator((*size, 1), 4, filters=filters, patch=patch)
        assert model.output_shape == (None, *size, 1)
        assert model.get_layer("reshape").output.shape[1:3] == (-(-size[0] // 8), -(-size[1] // 8))


def test_each_map_from_the_fifth_on_is_excited_by_the_one_a_sixteenth_of_its_size():
    model = fastgan_generator((64, 128, 1), 4, filters=(8, 7, 6, 5, 4, 3), patch=2)
    excited = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Multiply)]
    assert excited == ["excitation_4", "excitation_5"]
    # The input of each pooling layer: the first and the second map.
    pooled = [model.get_layer(f"excitation_{stage}_pooling").input.shape for stage in (4, 5)]
    assert pooled == [(None, 1, 2, 8), (None, 2, 4, 7)]


def test_excitation_multiplies_channels_by_weights_of_the_small_map():
    model = fastgan_generator((32, 32, 1), 4, filters=(3, 3, 3, 3, 2), seed=0)
    wanted = ["stage_4_leaky_relu", "excitation_4_weights", "excitation_4"]
    parts = keras.Model(model.input, [model.get_layer(name).output for name in wanted])
    latents = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    maps, weights, product = map(keras.ops.convert_to_numpy, parts(latents))
    assert weights.shape == (2, 1, 1, 2)
    assert (weights > 0).all() and (weights < 1).all()
    np.testing.assert_allclose(product, maps * weights, rtol=1e-5)


@pytest.mark.parametrize("patch", [1, 2])
def test_a_bias_starts_from_white_images(patch):
    model = fastgan_generator((16, 16, 3), 4, filters=(4, 4), patch=patch, output_bias=3.0, seed=0)
    black = fastgan_generator((16, 16, 3), 4, filters=(4, 4), patch=patch, output_bias=-3.0, seed=0)
    latents = np.zeros((1, 4), "float32")
    # The first layer has no bias: a latent of zeros leaves that of the last alone.
    np.testing.assert_allclose(
        outputs(model, latents), np.full((1, 16, 16, 3), np.tanh(3.0)), rtol=1e-6
    )
    np.testing.assert_allclose(
        outputs(black, latents), np.full((1, 16, 16, 3), -np.tanh(3.0)), rtol=1e-6
    )
    with pytest.raises(ValueError, match="`output_bias`"):
        fastgan_generator((16, 16, 3), output_bias=float("nan"))


def test_the_seed_makes_equal_weights():
    first, second = (fastgan_generator((8, 8, 1), 4, filters=(4, 4), seed=3) for _ in range(2))
    for own, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)
