"""Columns of a table as conditions of a `ConditionalGAN`."""

import keras
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import ConditionalGAN, callbacks, data, networks

pytestmark = pytest.mark.backend

SHAPE = (4, 4, 1)
CHANCE = np.random.default_rng(0)
ROWS = 24
# In training, only the old have diabetes.
FRAME = pd.DataFrame(
    {
        "age": np.arange(ROWS) * 3 + 20,
        "diabetes": np.arange(ROWS) >= 12,
        "sex": np.array(["f", "m"])[np.arange(ROWS) % 2],
        "ldl": np.where(np.arange(ROWS) % 4 == 3, np.nan, 2 + np.arange(ROWS) / 10),
        "cost": np.where(np.arange(ROWS) % 3 == 0, 0.0, 10.0 ** (np.arange(ROWS) % 5)),
    }
)
IMAGES = CHANCE.uniform(-1, 1, (ROWS, *SHAPE)).astype("float32")
ASKED = {"age": (60, 80), "diabetes": True}


def table_of(*columns, scaling="minmax"):
    numbers = [name for name in ("age", "ldl") if name in columns]
    return data.TableTransformer(scaling=scaling, continuous=numbers).fit(FRAME[list(columns)])


def image_gan(table, kind="projection", compiled=True, **options):
    generator = networks.dense_generator(SHAPE, 5, (8,))
    discriminator = networks.dense_discriminator(SHAPE, (8,))
    gan = ConditionalGAN(
        networks.conditional_generator(generator, conditions=table, embedding_dim=2),
        networks.conditional_discriminator(discriminator, conditions=table, kind=kind),
        conditions=table,
        **{"seed": 0} | options,
    )
    if compiled:
        gan.compile(run_eagerly=True)
    return gan


def row_gan(rows, table):
    generator = networks.table_generator(rows, 6, units=(8,))
    discriminator = networks.table_discriminator(rows, units=(8,))
    return ConditionalGAN(
        networks.conditional_generator(generator, conditions=table, embedding_dim=4),
        networks.conditional_discriminator(discriminator, conditions=table),
        conditions=table,
        seed=0,
    )


def check_equal(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-4)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_rows_have_the_conditions_that_were_asked_for(scaling):
    names = ["age", "diabetes", "ldl", "cost"]
    rows = table_of(*FRAME, scaling=scaling)
    gan = row_gan(rows, table_of(*names))
    drawn = rows.inverse_transform(gan.generate(conditions=FRAME[names], seed=0))
    check_equal(drawn[names], FRAME[names])
    assert drawn["sex"].isin(["f", "m"]).all()
    # In the encoding of real rows, so that a discriminator can't tell them apart by it.
    width = 2 if scaling == "minmax" else 3
    real = rows.transform(FRAME)[:, :width]
    np.testing.assert_allclose(gan.generate(conditions=FRAME[names])[:, :width], real, atol=1e-6)


@pytest.mark.parametrize("kind", ["projection", "classifier"])
def test_one_class_is_what_num_classes_is(kind):
    labels = np.arange(ROWS) % 3
    frame = pd.DataFrame({"label": labels})
    table = data.TableTransformer(categorical=["label"]).fit(frame)
    drawn = []
    for options in ({"num_classes": 3}, {"conditions": table}):
        keras.utils.set_random_seed(0)
        generator = networks.dense_generator(SHAPE, 5, (8,), seed=0)
        discriminator = networks.dense_discriminator(SHAPE, (8,), seed=0)
        gan = ConditionalGAN(
            networks.conditional_generator(generator, embedding_dim=2, seed=1, **options),
            networks.conditional_discriminator(discriminator, kind=kind, seed=1, **options),
            seed=0,
            **options,
        )
        gan.compile(run_eagerly=True)
        is_class = "num_classes" in options
        history = gan.fit(IMAGES, labels if is_class else frame, epochs=2, verbose=0).history
        asked = {"labels": labels} if is_class else {"conditions": {"label": list(labels)}}
        drawn.append((gan.generate(seed=1, num_samples=ROWS, **asked), history))
    np.testing.assert_allclose(drawn[0][0], drawn[1][0], rtol=0, atol=1e-6)
    for key, values in drawn[0][1].items():
        assert values == pytest.approx(drawn[1][1][key], abs=1e-5)


def test_a_classifier_predicts_each_condition_by_its_kind():
    gan = image_gan(table_of("age", "sex", "ldl"), "classifier")
    labels = gan.encode_conditions(FRAME[["age", "sex", "ldl"]][2:4])
    # age, two classes of sex, ldl and whether it is missing
    scores = np.array([[1.0, 2.0, 0.0, 0.5, -1.0], [0.0, 0.0, 0.0, 3.0, 1.0]], "float32")
    tensors = [keras.ops.convert_to_tensor(values) for values in (scores, labels)]
    found = gan.discriminator_terms({"class": tensors[0]}, None, tensors[1])["d_class"]
    age = np.sqrt(3) * (2 * np.array([2, 3]) / (ROWS - 1) - 1)
    ldl = np.sqrt(3) * (2 * 2 / (ROWS - 2) - 1)
    errors = np.square(scores[:, 0] - age) + np.log(
        [1 + np.exp(-2), 2]  # the first is "f", the second "m"
    )
    errors += np.log([1 + np.exp(-1), 1 + np.exp(-1)])  # the second is missing
    errors[0] += np.square(0.5 - ldl)
    assert float(found) == pytest.approx(errors.mean(), rel=1e-5)
    assert "g_class" in gan.fit(IMAGES, FRAME[["age", "sex", "ldl"]], verbose=0).history


def test_open_columns_are_those_of_training_rows(tmp_path):
    gan = image_gan(table_of("age", "diabetes", "sex", "ldl"))
    gan.fit(IMAGES, FRAME[["age", "diabetes", "sex", "ldl"]], verbose=0)
    drawn = gan.draw_conditions(200, conditions={"age": (20, 90), "ldl": None}, seed=1)
    assert drawn["ldl"].isna().all()
    assert gan.draw_conditions(3, conditions={"ldl": pd.NA}, seed=1)["ldl"].isna().all()
    assert set(drawn["age"]) <= set(FRAME["age"][3::4])
    assert (drawn["diabetes"] == (drawn["age"] >= 56)).all()
    near = gan.draw_conditions(50, conditions={"age": 21, "sex": "m"}, seed=1)
    assert set(near["age"]) == {21}
    assert not near["diabetes"].any()
    samples = gan.generate(3, conditions=ASKED, seed=1)
    asked = gan.draw_conditions(3, conditions=ASKED, seed=1)
    assert asked["age"].between(60, 80).all()
    np.testing.assert_allclose(gan.generate(conditions=asked, seed=1), samples, atol=1e-5)
    np.testing.assert_allclose(gan.generate(2, conditions=ASKED, seed=1), samples[:2], atol=1e-5)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_allclose(loaded.generate(3, conditions=ASKED, seed=1), samples, atol=1e-6)


def test_combinations_without_a_training_row_warn():
    gan = image_gan(table_of("age", "diabetes"))
    gan.fit(IMAGES, FRAME[["age", "diabetes"]], verbose=0)
    with pytest.warns(UserWarning, match="No training row has age = 20 to 30, diabetes = True"):
        drawn = gan.draw_conditions(9, conditions={"age": (20, 30), "diabetes": True}, seed=0)
    assert drawn["age"].between(20, 30).all()
    assert drawn["diabetes"].all()


@pytest.mark.parametrize("form", ["frame", "encoded", "dataset", "validation"])
def test_forms_of_conditions_in_training_are_alike(form, state_of, check_same):
    frame = FRAME[["age", "ldl"]]
    states = []
    for given in ("frame", form):
        keras.utils.set_random_seed(0)
        gan = image_gan(table_of("age", "ldl"))
        encoded = gan.encode_conditions(frame)
        x, y = IMAGES, encoded if given == "encoded" else frame
        options = {"validation_data": (IMAGES[:4], frame[:4])} if given == "validation" else {}
        if given == "dataset":
            x, y = data.ArrayDataset(IMAGES, frame), None
        gan.fit(x, y, verbose=0, **options)
        assert gan.evaluate(x, y, return_dict=True, verbose=0)["d_loss"] > 0
        states.append(state_of(gan)[:4])
        np.testing.assert_array_equal(gan.examples, encoded)
    check_same(*states)


def test_a_training_resumes_with_conditions(tmp_path):
    frame = FRAME[["age", "sex"]]
    results = []
    for stops in ([2], [1, 2]):
        folder = tmp_path / str(len(stops))
        for epochs in stops:
            keras.utils.set_random_seed(0)
            gan = image_gan(table_of("age", "sex"))
            saved = callbacks.PeriodicCheckpoint(folder)
            gan.fit(IMAGES, frame, epochs=epochs, verbose=0, callbacks=[saved])
        results.append(gan.generate(4, conditions={"sex": "f"}, seed=0))
    np.testing.assert_allclose(*results, atol=1e-6)


def test_a_grid_shows_conditions(tmp_path):
    gan = image_gan(table_of("age", "sex"))
    grids = [
        callbacks.SampleGrid(tmp_path / "open", rows=2, columns=2),
        callbacks.SampleGrid(tmp_path / "asked", rows=2, columns=2, conditions={"sex": "f"}),
    ]
    gan.fit(IMAGES, FRAME[["age", "sex"]], verbose=0, callbacks=grids)
    assert len(list(tmp_path.glob("*/*.png"))) == 2


def generate(**options):
    return lambda gan: gan.generate(**{"num_samples": 2} | options)


def fit(frame):
    return lambda gan: gan.fit(IMAGES, frame, verbose=0)


@pytest.mark.parametrize(
    ("error", "argument", "call", "words"),
    [
        (ValueError, "conditions", generate(conditions={"Age": 3}), "unknown column 'Age'"),
        (ValueError, "conditions", generate(conditions={"id": 3}), "unknown column 'id'"),
        (ValueError, "conditions", generate(conditions={"age": 120}), "20 to 89"),
        (ValueError, "conditions", generate(conditions={"age": (100, 120)}), "100, 120"),
        (ValueError, "conditions", generate(conditions={"age": (70, 60)}), "low <= high"),
        (ValueError, "conditions", generate(conditions={"age": None}), "missing"),
        (ValueError, "conditions", generate(conditions={"age": "old"}), "'age'"),
        (ValueError, "conditions", generate(conditions={"sex": "x"}), "'f', 'm'"),
        (ValueError, "conditions", generate(conditions={"sex": ("f", "m")}), "range"),
        (ValueError, "conditions", generate(conditions={"age": [30, 40, 50]}), "2 samples"),
        (ValueError, "conditions", generate(conditions=FRAME[["age"]]), "2 samples"),
        (TypeError, "conditions", generate(conditions=3), "int"),
        (ValueError, "labels", generate(labels=1), "conditions"),
        (ValueError, "y", fit(None), "no conditions"),
        (ValueError, "y", fit(FRAME), "unknown column"),
        (ValueError, "y", fit(FRAME[["age"]]), "no column 'sex'"),
        (ValueError, "y", fit(FRAME[["age", "sex"]][:5]), "length"),
        (TypeError, "y", fit(np.arange(ROWS)), "DataFrame"),
    ],
)
def test_wrong_conditions_are_explained(error, argument, call, words, one_gan):
    with pytest.raises(error, match=rf"Invalid `{argument}`[^\n]*{words}"):
        call(one_gan)


@pytest.fixture(scope="module")
def one_gan():
    frame = FRAME[["age", "sex"]].assign(id=[f"p{i}" for i in range(ROWS)])
    return image_gan(data.TableTransformer(drop=["id"], continuous=["age"]).fit(frame))


def test_networks_are_for_these_conditions():
    one, two = table_of("age", "sex"), table_of("age")
    generator = networks.conditional_generator(
        networks.dense_generator(SHAPE, 5, (8,)), conditions=one, embedding_dim=2
    )
    judge = networks.dense_discriminator(SHAPE, (8,))
    discriminator = networks.conditional_discriminator(judge, conditions=two)
    with pytest.raises(ValueError, match="Invalid `generator`"):
        ConditionalGAN(generator, discriminator, conditions=two)
    with pytest.raises(ValueError, match="Invalid `discriminator`"):
        ConditionalGAN(generator, discriminator, conditions=one)
    for options in ({}, {"num_classes": 2, "conditions": one}):
        with pytest.raises(ValueError, match="Invalid `conditions`"):
            ConditionalGAN(generator, discriminator, **options)
        with pytest.raises(ValueError, match="Invalid `conditions`"):
            networks.conditional_discriminator(judge, **options)
    rows = data.TableTransformer(categorical=["age"]).fit(FRAME[["age"]])
    with pytest.raises(ValueError, match=r"Invalid `conditions`.*'age'"):
        row_gan(rows, two)
