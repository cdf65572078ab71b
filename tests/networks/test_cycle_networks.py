"""From images to images, and scores of patches."""

import keras
import numpy as np
import pytest

from keras_gan_kit import networks
from keras_gan_kit._backend import input_gradients
from keras_gan_kit.networks._reflection_padding import ReflectionPadding

pytestmark = pytest.mark.backend

SHAPE = (8, 12, 2)
IMAGES = np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")
CASES = [
    pytest.param(networks.cycle_generator, {"filters": 2, "blocks": 1}, (3, *SHAPE), id="same"),
    pytest.param(
        networks.cycle_generator,
        {"filters": 2, "blocks": 0, "downsamplings": 1, "output_channels": 3},
        (3, 8, 12, 3),
        id="three channels",
    ),
    pytest.param(
        networks.patch_discriminator, {"filters": (2, 3, 3)}, (3, 2, 3, 1), id="three layers"
    ),
    pytest.param(
        networks.patch_discriminator,
        {"filters": (2,), "normalization": False},
        (3, 8, 12, 1),
        id="one layer",
    ),
]


def outputs_of(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


@pytest.mark.parametrize(("builder", "options", "shape"), CASES)
def test_shapes_and_files(builder, options, shape, tmp_path):
    model, again = builder(SHAPE, **options), builder(SHAPE, **options)
    found = outputs_of(model, IMAGES)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert [layer.name for layer in model.layers] == [layer.name for layer in again.layers]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(outputs_of(loaded, IMAGES), found, atol=1e-6)


def test_a_sample_does_not_depend_on_the_others():
    for model in (
        networks.cycle_generator(SHAPE, filters=2, blocks=1),
        networks.patch_discriminator(SHAPE, filters=(2, 2)),
    ):
        whole = outputs_of(model, IMAGES)
        np.testing.assert_allclose(outputs_of(model, IMAGES[1:2]), whole[1:2], atol=1e-4)


def test_the_papers_generator_has_its_parameters():
    filters, blocks = 64, 9
    model = networks.cycle_generator((256, 256, 3))
    kernels = 2 * 49 * 3 * filters  # the first and the last convolution
    kernels += 2 * 9 * filters * 2 * filters * (1 + 4)  # down and up
    kernels += blocks * 2 * 9 * (4 * filters) ** 2
    normalizations = 2 * (filters * (1 + 2 + 4 + 2 + 1) + blocks * 2 * 4 * filters)
    assert model.count_params() == kernels + normalizations + 3


@pytest.mark.parametrize(("filters", "field"), [((2, 2, 2, 2), 70), ((2, 2), 16), ((2,), 7)])
def test_a_patch_is_as_large_as_documented(filters, field):
    size = 2 * field
    model = networks.patch_discriminator((size, size, 1), filters=filters, normalization=False)
    image = np.random.default_rng(0).normal(size=(1, size, size, 1)).astype("float32")
    middle = model.output_shape[1] // 2
    gradient = input_gradients(
        lambda x: model(x)[:, middle, middle], keras.ops.convert_to_tensor(image)
    )
    rows, columns = np.nonzero(keras.ops.convert_to_numpy(gradient)[0, :, :, 0])
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == field


def test_reflected_margins():
    padded = keras.ops.convert_to_numpy(ReflectionPadding(2)(IMAGES))
    expected = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(padded, expected)
    assert ReflectionPadding(2).compute_output_shape((None, 8, None, 1)) == (None, 12, None, 1)


def test_outputs_stay_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    for model in (
        networks.cycle_generator(SHAPE, filters=2, blocks=1),
        networks.patch_discriminator(SHAPE, filters=(2, 2)),
    ):
        assert keras.backend.standardize_dtype(model(IMAGES).dtype) == "float32"


@pytest.mark.parametrize(
    ("error", "argument", "builder", "bad"),
    [
        (ValueError, "image_shape", networks.cycle_generator, {"image_shape": (10, 8, 1)}),
        (ValueError, "image_shape", networks.cycle_generator, {"image_shape": (4, 4, 1)}),
        (ValueError, "image_shape", networks.cycle_generator, {"image_shape": (8, 8)}),
        (ValueError, "filters", networks.cycle_generator, {"filters": 0}),
        (TypeError, "filters", networks.cycle_generator, {"filters": (64, 128)}),
        (ValueError, "blocks", networks.cycle_generator, {"blocks": -1}),
        (TypeError, "blocks", networks.cycle_generator, {"blocks": 2.0}),
        (ValueError, "downsamplings", networks.cycle_generator, {"downsamplings": -1}),
        (ValueError, "output_channels", networks.cycle_generator, {"output_channels": 0}),
        (ValueError, "activation", networks.cycle_generator, {"activation": "tahn"}),
        (ValueError, "filters", networks.patch_discriminator, {"filters": ()}),
        (TypeError, "filters", networks.patch_discriminator, {"filters": 64}),
        (ValueError, "activation", networks.patch_discriminator, {"activation": "sigmoidd"}),
        (TypeError, "image_shape", networks.patch_discriminator, {"image_shape": 8}),
        (TypeError, "normalization", networks.patch_discriminator, {"normalization": "batch"}),
    ],
)
def test_bad_input_is_named(error, argument, builder, bad):
    with pytest.raises((TypeError, ValueError)) as caught:
        builder(**{"image_shape": SHAPE} | bad)
    assert caught.type is error
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
