"""Wrappers that tell any network of the class."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan_kit import networks

pytestmark = pytest.mark.backend

SHAPE, CLASSES, NUM = (8, 6, 2), 4, 5
RNG = np.random.default_rng(0)
LATENTS = RNG.normal(size=(NUM, 7)).astype("float32")
IMAGES = RNG.normal(size=(NUM, *SHAPE)).astype("float32")
LABELS = np.array([0, 3, 1, 1, 2], "int32")


def patches(shape):
    image = layers.Input(shape)
    return keras.Model(image, layers.Conv2D(1, 1)(layers.Conv2D(3, 3, strides=2)(image)))


def sequential(shape):
    return keras.Sequential([layers.Input(shape), layers.Flatten(), layers.Dense(1)])


GENERATORS = [
    pytest.param(networks.dense_generator, {"units": (16,)}, id="dense"),
    pytest.param(networks.dcgan_generator, {"filters": (4, 3), "strides": (1, 2)}, id="dcgan"),
]
DISCRIMINATORS = [
    pytest.param(lambda: networks.dense_discriminator(SHAPE, (16,)), (NUM, 1), id="dense"),
    pytest.param(lambda: networks.dcgan_discriminator(SHAPE, filters=(4, 3)), (NUM, 1), id="dcgan"),
    pytest.param(lambda: patches(SHAPE), (NUM, 3, 2, 1), id="patches"),
    pytest.param(lambda: sequential(SHAPE), (NUM, 1), id="sequential"),
]


def outputs_of(model, inputs):
    found = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, found)


@pytest.mark.parametrize(("builder", "options"), GENERATORS)
def test_the_class_is_the_end_of_the_vector(builder, options):
    inner = builder(SHAPE, 7 + 3, **options)
    model = networks.conditional_generator(inner, CLASSES, embedding_dim=3)
    assert model.input_shape == [(None, 7), (None,)]
    embedding = model.get_layer("label_embedding").get_weights()[0]
    assert embedding.shape == (CLASSES, 3)
    expected = outputs_of(inner, np.concatenate([LATENTS, embedding[LABELS]], axis=1))
    np.testing.assert_allclose(outputs_of(model, [LATENTS, LABELS]), expected, atol=1e-6)


@pytest.mark.parametrize(("build", "shape"), DISCRIMINATORS)
def test_a_projection_adds_a_product_with_the_features(build, shape):
    inner = build()
    model = networks.conditional_discriminator(inner, CLASSES)
    head = [layer for layer in inner.layers if hasattr(layer, "kernel")][-1]
    inputs = inner.inputs[0]
    features = outputs_of(keras.Model(inputs, head.input), IMAGES)
    vectors = model.get_layer("label_projection").get_weights()[0][LABELS]
    vectors = vectors.reshape(NUM, *[1] * (features.ndim - 2), -1)
    expected = outputs_of(inner, IMAGES) + (features * vectors).sum(axis=-1, keepdims=True)
    found = outputs_of(model, [IMAGES, LABELS])
    assert found.shape == shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("build", "shape"), DISCRIMINATORS)
def test_a_classifier_keeps_the_logit_and_adds_scores(build, shape):
    inner = build()
    model = networks.conditional_discriminator(inner, CLASSES, kind="classifier")
    found = outputs_of(model, IMAGES)
    np.testing.assert_allclose(found["logit"], outputs_of(inner, IMAGES), atol=1e-6)
    assert found["logit"].shape == shape
    assert found["class"].shape == (NUM, CLASSES)
    assert found["class"].dtype == np.float32


def test_the_projection_is_inside_the_last_activation():
    inner = networks.dense_discriminator(SHAPE, (4,), activation="sigmoid")
    logits = networks.conditional_discriminator(networks.dense_discriminator(SHAPE, (4,)), CLASSES)
    chances = networks.conditional_discriminator(inner, CLASSES)
    chances.set_weights(logits.get_weights())
    expected = 1 / (1 + np.exp(-outputs_of(logits, [IMAGES, LABELS])))
    np.testing.assert_allclose(outputs_of(chances, [IMAGES, LABELS]), expected, atol=1e-6)


WRAPPED = [
    pytest.param(
        lambda: networks.conditional_generator(
            networks.dcgan_generator(SHAPE, 7 + 3, filters=(4, 3), strides=(1, 2)),
            CLASSES,
            embedding_dim=3,
        ),
        [LATENTS, LABELS],
        id="generator",
    ),
    *(
        pytest.param(
            lambda build=param.values[0], kind=kind: networks.conditional_discriminator(
                build(), CLASSES, kind=kind
            ),
            [IMAGES, LABELS] if kind == "projection" else IMAGES,
            id=f"{kind}-{param.id}",
        )
        for kind in ("projection", "classifier")
        for param in DISCRIMINATORS
    ),
]


@pytest.mark.parametrize(("build", "inputs"), WRAPPED)
def test_models_come_back_from_a_keras_file(build, inputs, tmp_path):
    model = build()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    before, after = outputs_of(model, inputs), outputs_of(loaded, inputs)
    for one, other in zip(keras.tree.flatten(before), keras.tree.flatten(after), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert loaded.input_shape == model.input_shape
    assert loaded.output_shape == model.output_shape


def test_outputs_stay_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    inner = networks.dense_discriminator(SHAPE, (4,))
    for kind, inputs in (("projection", [IMAGES, LABELS]), ("classifier", IMAGES)):
        model = networks.conditional_discriminator(inner, CLASSES, kind=kind)
        for output in keras.tree.flatten(outputs_of(model, inputs)):
            assert output.dtype == np.float32


def nested():
    image = layers.Input(SHAPE)
    return keras.Model(image, networks.dense_discriminator(SHAPE, (4,))(image))


def ends_in_sigmoid():
    return keras.Sequential(
        [layers.Input(SHAPE), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )


@pytest.mark.parametrize(
    ("error", "argument", "builder", "model", "bad"),
    [
        (TypeError, "generator", networks.conditional_generator, lambda: "dcgan", {}),
        (
            ValueError,
            "generator",
            networks.conditional_generator,
            lambda: networks.dense_generator(SHAPE, 16, (4,)),
            {},
        ),
        (ValueError, "generator", networks.conditional_generator, lambda: patches(SHAPE), {}),
        (ValueError, "generator", networks.conditional_generator, keras.Sequential, {}),
        (
            ValueError,
            "embedding_dim",
            networks.conditional_generator,
            lambda: networks.dense_generator(SHAPE, 16, (4,)),
            {"embedding_dim": 0},
        ),
        (TypeError, "discriminator", networks.conditional_discriminator, lambda: layers.Dense, {}),
        (ValueError, "discriminator", networks.conditional_discriminator, nested, {}),
        (ValueError, "discriminator", networks.conditional_discriminator, ends_in_sigmoid, {}),
        (ValueError, "discriminator", networks.conditional_discriminator, keras.Sequential, {}),
        (
            ValueError,
            "kind",
            networks.conditional_discriminator,
            lambda: patches(SHAPE),
            {"kind": "acgan"},
        ),
        (
            ValueError,
            "num_classes",
            networks.conditional_discriminator,
            lambda: patches(SHAPE),
            {"num_classes": 0},
        ),
        (
            TypeError,
            "num_classes",
            networks.conditional_generator,
            lambda: patches(SHAPE),
            {"num_classes": "10"},
        ),
    ],
)
def test_bad_input_is_named(error, argument, builder, model, bad):
    with pytest.raises((TypeError, ValueError)) as caught:
        builder(model(), **{"num_classes": 3} | bad)
    assert caught.type is error
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
