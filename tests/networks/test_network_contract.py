"""What every builder of a network promises, and what it refuses."""

import keras
import numpy as np
import pytest

from keras_gan_kit.networks import (
    dcgan_discriminator,
    dcgan_generator,
    dense_discriminator,
    dense_generator,
    fastgan_generator,
    residual_discriminator,
    residual_generator,
)

pytestmark = pytest.mark.backend

SHAPE = (8, 6, 2)
GENERATORS = [
    pytest.param(dense_generator, {"units": (16, 8)}, id="dense"),
    pytest.param(dcgan_generator, {"filters": (4, 3), "strides": (1, 2)}, id="dcgan"),
    pytest.param(fastgan_generator, {"filters": (4, 3)}, id="fastgan"),
    pytest.param(residual_generator, {"filters": (4, 3), "patch": 1}, id="residual"),
]
DISCRIMINATORS = [
    pytest.param(dense_discriminator, {"units": (16, 8)}, id="dense"),
    pytest.param(dcgan_discriminator, {"filters": (4, 3)}, id="dcgan"),
    pytest.param(residual_discriminator, {"filters": (4, 3)}, id="residual"),
]
BUILDERS = GENERATORS + DISCRIMINATORS


def inputs_of(model, samples=5):
    """Deterministic inputs of the right shape."""
    shape = (samples, *model.input_shape[1:])
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def outputs_of(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
def test_models_come_back_from_a_keras_file(builder, options, tmp_path):
    model = builder(SHAPE, **options)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    inputs = inputs_of(model)
    np.testing.assert_allclose(outputs_of(loaded, inputs), outputs_of(model, inputs), atol=1e-6)
    assert loaded.name == model.name
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
def test_layer_names_do_not_depend_on_what_was_built_before(builder, options):
    first, second = builder(SHAPE, **options), builder(SHAPE, **options)
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


@pytest.mark.parametrize(("builder", "options"), GENERATORS)
def test_generators_map_latents_to_images_within_tanh(builder, options):
    model = builder(SHAPE, 7, **options)
    images = outputs_of(model, 100 * inputs_of(model))
    assert model.name == "generator"
    assert model.input_shape == (None, 7)
    assert images.shape == (5, *SHAPE)
    assert images.dtype == np.float32
    assert np.abs(images).max() <= 1.0


@pytest.mark.parametrize(("builder", "options"), DISCRIMINATORS)
def test_discriminators_map_images_to_one_score(builder, options):
    model = builder(SHAPE, **options)
    scores = outputs_of(model, inputs_of(model))
    assert model.name == "discriminator"
    assert model.input_shape == (None, *SHAPE)
    assert scores.shape == (5, 1)
    assert scores.dtype == np.float32


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("tanh", -1, 1), ("sigmoid", 0, 1), (None, -np.inf, np.inf), (keras.ops.tanh, -1, 1)],
    ids=["tanh", "sigmoid", "none", "function"],
)
def test_the_last_activation_sets_the_range(builder, options, activation, low, high):
    model = builder(SHAPE, **options, activation=activation)
    outputs = outputs_of(model, 100 * inputs_of(model))
    assert low <= outputs.min()
    assert outputs.max() <= high
    logits = outputs_of(builder(SHAPE, **options, activation=None), 1000 * inputs_of(model))
    assert np.abs(logits).max() > 1


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
def test_outputs_stay_float32_under_mixed_precision(builder, options):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = builder(SHAPE, **options)
        outputs = model(inputs_of(model))
    finally:
        keras.config.set_dtype_policy(policy)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
@pytest.mark.parametrize(
    ("error", "argument", "image_shape", "bad"),
    [
        (ValueError, "image_shape", (8, 8), {}),
        (ValueError, "image_shape", (8, 8, 1, 1), {}),
        (ValueError, "image_shape", (), {}),
        (ValueError, "image_shape[0]", (0, 8, 1), {}),
        (ValueError, "image_shape[2]", (8, 8, -1), {}),
        (TypeError, "image_shape[1]", (8, 8.0, 1), {}),
        (TypeError, "image_shape[1]", (8, None, 1), {}),
        (TypeError, "image_shape[2]", (8, 8, True), {}),
        (TypeError, "image_shape", 8, {}),
        (TypeError, "image_shape", "8x8", {}),
        (ValueError, "activation", SHAPE, {"activation": "tahn"}),
        (TypeError, "activation", SHAPE, {"activation": 3}),
    ],
)
def test_all_builders_name_bad_input(builder, options, error, argument, image_shape, bad):
    with pytest.raises(error) as caught:
        builder(image_shape, **options, **bad)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


@pytest.mark.parametrize(("typed", "meant"), [("tahn", "tanh"), ("sigmoidd", "sigmoid")])
def test_a_misspelt_activation_is_corrected(typed, meant):
    with pytest.raises(ValueError, match=f'Fix: try activation="{meant}"'):
        dense_generator(SHAPE, activation=typed)


@pytest.mark.parametrize(
    ("error", "argument", "builder", "bad"),
    [
        *(
            (error, "latent_dim", builder, {"latent_dim": value})
            for builder in (dense_generator, dcgan_generator, residual_generator)
            for error, value in ((ValueError, 0), (TypeError, 1.5), (TypeError, True))
        ),
        *(
            (error, argument, builder, {"units": value})
            for builder in (dense_generator, dense_discriminator)
            for error, argument, value in (
                (ValueError, "units", ()),
                (TypeError, "units", 16),
                (ValueError, "units[1]", (16, 0)),
                (TypeError, "units[0]", ("16",)),
            )
        ),
        *(
            (error, argument, builder, value)
            for builder in (dcgan_generator, dcgan_discriminator)
            for error, argument, value in (
                (ValueError, "filters", {"filters": []}),
                (TypeError, "filters", {"filters": 64}),
                (ValueError, "filters[1]", {"filters": (4, 0, 4)}),
                (ValueError, "kernels", {"kernels": (5, 5)}),
                (ValueError, "kernels", {"kernels": 0}),
                (TypeError, "kernels", {"kernels": 5.0}),
                (TypeError, "kernels", {"kernels": "5"}),
                (ValueError, "strides", {"strides": (1, 2)}),
                (ValueError, "strides", {"strides": ()}),
                (ValueError, "strides[2]", {"strides": (1, 1, 0)}),
            )
        ),
        *(
            (error, argument, builder, value)
            for builder in (residual_generator, residual_discriminator)
            for error, argument, value in (
                (ValueError, "filters", {"filters": ()}),
                (TypeError, "filters", {"filters": 64}),
                (ValueError, "filters[1]", {"filters": (4, 0)}),
                (ValueError, "blocks", {"blocks": -1}),
                (ValueError, "patch", {"patch": 0}),
                (TypeError, "blocks", {"blocks": 1.5}),
            )
        ),
        (ValueError, "filters", residual_generator, {"filters": (4, 4, 4)}),
        (ValueError, "strides", dcgan_generator, {"strides": (1, 2, 2)}),
        (ValueError, "strides", dcgan_generator, {"strides": 3}),
        (ValueError, "dropout", dcgan_discriminator, {"dropout": 1.0}),
        (ValueError, "dropout", dcgan_discriminator, {"dropout": -0.1}),
        (ValueError, "dropout", dcgan_discriminator, {"dropout": float("nan")}),
        (TypeError, "dropout", dcgan_discriminator, {"dropout": None}),
        (TypeError, "dropout", dcgan_discriminator, {"dropout": True}),
    ],
)
def test_builders_name_their_own_bad_input(error, argument, builder, bad):
    with pytest.raises(error) as caught:
        builder(SHAPE, **bad)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
