"""What the four builders of joint networks promise, and what they refuse."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from keras_gan_kit import GAN, RelativisticGAN
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.networks import (
    joint_discriminator,
    joint_generator,
    joint_residual_discriminator,
    joint_residual_generator,
)

pytestmark = pytest.mark.backend

SHAPE = (8, 6, 2)
COLUMNS = 5
SMALL = {"filters": (4, 3), "strides": (1, 2), "table_units": (7, 6)}
SMALL_RESIDUAL = {"filters": (4, 3), "table_units": (7, 6), "joint_units": 8}
GENERATORS = [
    pytest.param(joint_generator, SMALL, id="published"),
    pytest.param(joint_residual_generator, SMALL_RESIDUAL, id="residual"),
]
DISCRIMINATORS = [
    pytest.param(joint_discriminator, {**SMALL, "joint_units": 3}, id="published"),
    pytest.param(joint_residual_discriminator, SMALL_RESIDUAL, id="residual"),
]
BUILDERS = GENERATORS + DISCRIMINATORS


def patients():
    draws = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": draws.normal(60, 10, 50).round(),
            "sex": draws.choice(["f", "m"], 50),
            "grade": pd.Categorical(draws.choice(["none", "mild", "severe"], 50)),
        }
    )


def inputs_of(model, num=6):
    draws = np.random.default_rng(0)
    return keras.tree.map_structure(
        lambda leaf: draws.normal(size=(num, *leaf.shape[1:])).astype("float32"), model.input
    )


def outputs_of(model, inputs):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(inputs, training=False))


def test_the_networks_have_the_published_sizes():
    assert joint_generator((200, 200, 1), 35).count_params() == 83_425_819
    assert joint_discriminator((200, 200, 1), 35).count_params() == 6_794_939


def test_parameters_follow_from_the_branches():
    """A map and its branches without biases on the image's side; 4 numbers where normalised."""
    generator = joint_generator((8, 6, 2), 5, 10, **SMALL)
    base = 4 * 3 * 4
    image = 5**2 * (4 * 3 + 3 * 2) + 4 * 3
    row = (base + 1 + 4) * 7 + (7 + 1 + 4) * 6 + (6 + 1) * 5
    assert generator.count_params() == (10 + 4) * base + image + row
    discriminator = joint_discriminator((8, 6, 2), 5, **SMALL, joint_units=3)
    image = (5**2 * 2 + 1) * 4 + (5**2 * 4 + 1) * 3
    row = (5 + 1) * 7 + (7 + 1) * 6
    joint = (4 * 3 * 3 + 6 + 1) * 3 + (3 + 1) * 1
    assert discriminator.count_params() == image + row + joint


@pytest.mark.parametrize(("builder", "options"), GENERATORS)
def test_generators_map_latents_to_images_and_rows(builder, options):
    model = builder(SHAPE, COLUMNS, 7, **options)
    assert model.input_shape == (None, 7)
    assert model.name == "generator"
    samples = outputs_of(model, 100 * inputs_of(model))
    assert {key: value.shape for key, value in samples.items()} == {
        "image": (6, *SHAPE),
        "table": (6, COLUMNS),
    }
    assert np.abs(samples["image"]).max() <= 1.0
    assert samples["image"].min() < 0.0 <= samples["table"].min()
    assert samples["table"].max() <= 1.0


@pytest.mark.parametrize(("builder", "options"), DISCRIMINATORS)
def test_only_the_residual_score_depends_on_image_and_row_together(builder, options):
    model = builder(SHAPE, COLUMNS, **options)
    inputs = inputs_of(model)
    assert model.name == "discriminator"
    image, row = inputs["image"], inputs["table"]
    scores = {
        key: outputs_of(model, {"image": i, "table": t})
        for key, i, t in (
            ("both", image, row),
            ("image", image[::-1], row),
            ("row", image, row[::-1]),
            ("neither", image[::-1], row[::-1]),
        )
    }
    assert scores["both"].shape == (6, 1)
    np.testing.assert_allclose(scores["neither"], scores["both"][::-1], atol=1e-6)
    # The published joint layer is linear: its score is one of the image plus one of the row.
    mixed = scores["both"] + scores["neither"] - scores["image"] - scores["row"]
    assert (np.abs(mixed).max() > 1e-4) == (builder is joint_residual_discriminator)
    assert np.abs(scores["both"] - scores["image"]).max() > 1e-4


def test_the_residual_image_follows_from_the_row():
    """What the row says reaches the image, besides what the latent says."""
    model = joint_residual_generator(SHAPE, COLUMNS, 7, **SMALL_RESIDUAL)
    image = keras.Model([model.input, model.get_layer("table").output], model.output["image"])
    latents = inputs_of(model)
    rows = np.random.default_rng(1).uniform(size=(6, COLUMNS)).astype("float32")
    images = [outputs_of(image, [latents, part]) for part in (rows, rows[::-1])]
    assert np.abs(images[0] - images[1]).max((1, 2, 3)).min() > 1e-3


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
def test_models_come_back_from_a_keras_file(builder, options, tmp_path):
    table = TableTransformer(scaling="modes").fit(patients())
    model = builder(SHAPE, table, **options)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    inputs = inputs_of(model)
    expected, found = outputs_of(model, inputs), outputs_of(loaded, inputs)
    for a, b in zip(keras.tree.flatten(expected), keras.tree.flatten(found), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-6)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
def test_outputs_stay_float32_under_mixed_precision(builder, options):
    keras.config.set_dtype_policy("mixed_bfloat16")
    table = TableTransformer(scaling="modes").fit(patients())
    model = builder(SHAPE, table, **options)
    for output in keras.tree.flatten(model(inputs_of(model))):
        assert keras.backend.standardize_dtype(output.dtype) == "float32"


def test_the_residual_networks_have_no_normalisation():
    for builder in (joint_residual_generator, joint_residual_discriminator):
        layers = builder(SHAPE, COLUMNS, **SMALL_RESIDUAL).layers
        assert not [layer for layer in layers if "ormalization" in type(layer).__name__]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["published", "residual"])
def test_a_cohort_is_learnt_and_drawn(kind, tmp_path):
    """From a table to a table: fit, generate, save, load, and the columns as they were."""
    rows = patients()
    table = TableTransformer(scaling="modes")
    samples = {
        "image": np.random.default_rng(0).uniform(-1, 1, (50, *SHAPE)).astype("float32"),
        "table": table.fit_transform(rows),
    }
    if kind == "published":
        gan = GAN(
            joint_generator(SHAPE, table, 7, **SMALL),
            joint_discriminator(SHAPE, table, **SMALL),
            seed=0,
        )
    else:
        gan = RelativisticGAN(
            joint_residual_generator(SHAPE, table, 7, **SMALL_RESIDUAL),
            joint_residual_discriminator(SHAPE, table, **SMALL_RESIDUAL),
            ema_momentum=0.9,
            seed=0,
        )
    gan.compile(run_eagerly=True)
    gan.fit(samples, batch_size=25, verbose=0)
    gan.save(tmp_path / "gan.keras")
    drawn = gan.generate(9, seed=3)
    fewer = keras.saving.load_model(tmp_path / "gan.keras").generate(4, seed=3, batch_size=2)
    for key, values in fewer.items():
        np.testing.assert_allclose(values, drawn[key][:4], atol=1e-5)
    found = table.inverse_transform(drawn["table"])
    assert found.dtypes.to_dict() == rows.dtypes.to_dict()
    assert set(found["sex"]) <= {"f", "m"}
    outside = {**samples, "table": samples["table"] + 1.0}
    with pytest.raises(ValueError, match=r"Invalid `x\['table'\]`"):
        gan.fit(outside, verbose=0)


@pytest.mark.parametrize(("builder", "options"), BUILDERS)
@pytest.mark.parametrize(
    ("error", "argument", "bad"),
    [
        (ValueError, "image_shape", {"image_shape": (8, 8)}),
        (TypeError, "image_shape", {"image_shape": 8}),
        (ValueError, "table", {"table": 0}),
        (TypeError, "table", {"table": 5.0}),
        (TypeError, "table", {"table": True}),
        (TypeError, "table", {"table": patients()}),
        (NotFittedError, "transformer", {"table": TableTransformer()}),
        (ValueError, "filters", {"filters": ()}),
        (ValueError, "filters[1]", {"filters": (4, 0)}),
        (TypeError, "table_units", {"table_units": 64}),
        (ValueError, "table_units", {"table_units": ()}),
    ],
)
def test_all_builders_name_bad_input(builder, options, error, argument, bad):
    with pytest.raises(error) as caught:
        builder(**{"image_shape": SHAPE, "table": COLUMNS} | options | bad)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


@pytest.mark.parametrize(
    ("error", "argument", "builder", "bad"),
    [
        (ValueError, "latent_dim", joint_generator, {"latent_dim": 0}),
        (ValueError, "latent_dim", joint_residual_generator, {"latent_dim": 0}),
        (ValueError, "strides", joint_generator, {"strides": (2, 2, 4, 1)}),
        (ValueError, "kernels", joint_generator, {"kernels": (5, 5)}),
        (ValueError, "kernels", joint_discriminator, {"kernels": (5, 5)}),
        (ValueError, "filters", joint_residual_generator, {"filters": (4, 4, 4)}),
        (ValueError, "blocks", joint_residual_generator, {"filters": (4,), "blocks": 0}),
        (ValueError, "blocks", joint_residual_discriminator, {"blocks": 0}),
        (ValueError, "joint_units", joint_discriminator, {"joint_units": 0}),
        (TypeError, "joint_units", joint_residual_generator, {"joint_units": 2.5, "filters": (4,)}),
        (TypeError, "joint_units", joint_residual_discriminator, {"joint_units": (25,)}),
    ],
)
def test_builders_name_their_own_bad_input(error, argument, builder, bad):
    with pytest.raises(error) as caught:
        builder(SHAPE, COLUMNS, **bad)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
