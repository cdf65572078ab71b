import json
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.datasets import simulated_ecg_cohort

STENOSES = ["stenosis_trunk", "stenosis_lad", "stenosis_lcx", "stenosis_rca"]


def small():
    """One column of every kind, with and without missing values."""
    return pd.DataFrame(
        {
            "name": ["a", "b", "c", "d"],
            "age": [48, 70, 61, 59],
            "sex": ["f", "m", "m", "f"],
            "group": pd.Categorical(["x", None, "z", "x"], categories=["z", "y", "x"]),
            "grade": [0, 2, 1, 0],
            "weight": [70.5, np.nan, 81.0, 65.3],
            "site": ["here"] * 4,
            "LAD": [30, 80, 50, 49],
        }
    )


def fitted(**options):
    options = {"drop": ["name"], "thresholds": {"LAD": 50}} | options
    return TableTransformer(**options).fit(small())


def test_minmax_is_one_number_for_each_column_and_one_for_missing():
    matrix = fitted().transform(small())
    assert matrix.dtype == np.float32
    share = (70.5 - 65.3) / (81.0 - 65.3)
    mean = (share + 1 + 0) / 3
    expected = [
        # age, sex, group, missing, grade, weight, missing, site, LAD
        [0.0, 0.0, 1.0, 0.0, 0.0, share, 0.0, 0.0, 0.0],
        [1.0, 1.0, 2 / 3, 1.0, 1.0, mean, 1.0, 0.0, 1.0],
        [13 / 22, 1.0, 0.0, 0.0, 0.5, 1.0, 0.0, 0.0, 1.0],
        [0.5, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
    np.testing.assert_allclose(matrix, expected, atol=1e-7)


def test_blocks_say_what_activations_follow_each_other():
    transformer = fitted()
    assert transformer.blocks == (("sigmoid", 1),) * 9
    assert transformer.width == 9
    transformer = fitted(scaling="modes")
    weight = transformer.blocks[-3:-1]
    assert weight[0] == ("tanh", 1)
    assert weight[1][0] == "softmax"
    # sex, group with missing, grade, LAD; the constant site is nothing to learn.
    assert [transformer.blocks[i] for i in (-6, -5, -4, -1)] == [
        ("softmax", 2),
        ("softmax", 4),
        ("softmax", 3),
        ("softmax", 2),
    ]
    assert transformer.width == sum(width for _, width in transformer.blocks)
    assert transformer.transform(small()).shape == (4, transformer.width)
    assert len(transformer.get_feature_names_out()) == transformer.width


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_the_table_comes_back(scaling):
    transformer = fitted(scaling=scaling)
    back = transformer.inverse_transform(transformer.transform(small()))
    expected = small().drop(columns="name").assign(LAD=[0, 1, 1, 0])
    pd.testing.assert_frame_equal(back, expected, check_exact=True)
    pd.testing.assert_frame_equal(transformer.prepare(small()), expected, check_exact=True)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_what_a_generator_makes_is_within_bounds(scaling):
    transformer = fitted(scaling=scaling)
    outputs = np.random.default_rng(0).normal(0, 3, (200, transformer.width))
    table = transformer.inverse_transform(outputs)
    expected = transformer.prepare(small())
    assert table.dtypes.equals(expected.dtypes)
    assert list(table) == list(expected)
    assert set(table["age"]) <= set(range(48, 71))
    assert table["weight"].dropna().between(65.3, 81.0).all()
    np.testing.assert_array_equal(table["weight"], table["weight"].round(1))
    assert 0 < table["weight"].isna().sum() < 200
    assert set(table["grade"]) == {0, 1, 2}
    assert set(table["site"]) == {"here"}


def test_kinds_are_inferred_and_shown():
    summary = fitted().summary()
    assert summary["kind"].to_dict() == {
        "age": "continuous",
        "sex": "binary",
        "group": "categorical",
        "grade": "ordinal",
        "weight": "continuous",
        "site": "constant",
        "LAD": "binary",
        "name": "dropped",
    }
    assert summary.loc["LAD", "because"] == "1 from 50 on"
    assert summary.loc["weight", "missing"] == 0.25
    text = repr(fitted())
    assert text.startswith("TableTransformer(thresholds={'LAD': 50}, drop=['name'])")
    assert "65.3 to 81, 1 decimals" in text
    assert repr(TableTransformer(scaling="modes")) == "TableTransformer(scaling='modes')"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5, 3.0], "continuous"),
        ([10, 20, 30], "continuous"),
        ([1.0, 9.0, 2.0], "ordinal"),
        ([1, 11, 2], "continuous"),
        ([7, 7, 8], "binary"),
        ([True, False, True], "binary"),
        ([None, None, None], "constant"),
        ([7, None, 7], "constant"),
        (pd.Categorical(["a", "b", "c"], ordered=True), "ordinal"),
        (pd.Categorical(["a", "b", "c"]), "categorical"),
        (pd.Categorical(["a", "b", "b"], ["a", "b", "c"]), "categorical"),
        (["a", "b", "c"], "categorical"),
    ],
)
def test_what_a_column_is_taken_for(values, kind):
    table = pd.DataFrame({"x": values, "y": [1, 2, 1]})
    transformer = TableTransformer().fit(table)
    assert transformer.summary().loc["x", "kind"] == kind


def test_a_declared_column_of_one_value_is_inferred_to_be_constant():
    table = pd.DataFrame({"x": [1, 1, 1], "y": [1, 2, 1]})
    summary = TableTransformer(binary=["x", "y"]).fit(table).summary()
    assert summary["kind"].tolist() == ["constant", "binary"]
    assert summary["because"].tolist() == ["inferred", "declared"]


@pytest.mark.parametrize("drop", [None, (), [], np.array([], dtype=object)])
def test_nothing_to_drop(drop):
    table = pd.DataFrame({"x": [1, 2, 1]})
    assert list(TableTransformer(drop=drop).fit(table).prepare(table)) == ["x"]


def test_declarations_come_before_inference():
    table = pd.DataFrame({"a": [1, 2, 1], "b": [1, 20, 30], "c": list("lmh"), "d": [1, 2, 3]})
    order = {"c": ["l", "m", "h"]}
    transformer = TableTransformer(continuous=["a"], categorical=["b"], ordinal=order).fit(table)
    assert transformer.summary()["kind"].tolist() == [
        "continuous",
        "categorical",
        "ordinal",
        "ordinal",
    ]
    np.testing.assert_allclose(transformer.transform(table)[:, 2], [0, 0.5, 1])
    assert transformer.inverse_transform([[0.5, 0, 1, 0]])["a"].tolist() in ([1], [2])


def test_a_normal_column_is_one_mode():
    # CTGAN's hundred iterations leave it divided into several, and generated ages have peaks there.
    ages = np.random.default_rng(1).normal(64, 10, 200).round()
    transformer = TableTransformer(scaling="modes").fit(pd.DataFrame({"age": ages}))
    assert transformer.blocks == (("tanh", 1),)


def test_modes_are_found():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, 60), rng.normal(50, 2, 40)]).round(3)
    table = pd.DataFrame({"x": values})
    transformer = TableTransformer(scaling="modes").fit(table)
    assert transformer.blocks == (("tanh", 1), ("softmax", 2))
    matrix = transformer.transform(table)
    np.testing.assert_array_equal(matrix[:, 2], values > 25)
    # Four deviations of the mode are one unit.
    np.testing.assert_allclose(matrix[:60, 0].std(), 0.25, atol=0.01)
    np.testing.assert_allclose(matrix[60:, 0].std(), 0.25, atol=0.01)
    pd.testing.assert_frame_equal(transformer.inverse_transform(matrix), table)
    # What was never seen, in the gap between them, moves to the edge of the nearest mode.
    gap = transformer.transform(pd.DataFrame({"x": [15.0, 30.0]}))
    np.testing.assert_array_equal(gap, [[1, 1, 0], [-1, 0, 1]])


def test_many_equal_numbers_are_a_mode():
    stenosis = np.concatenate([np.zeros(60), np.arange(20, 100, 2)])
    table = pd.DataFrame({"x": stenosis})
    transformer = TableTransformer(scaling="modes").fit(table)
    matrix = transformer.transform(table)
    np.testing.assert_array_equal(matrix[:, 1] == 1, stenosis == 0)
    np.testing.assert_array_equal(matrix[:60, 0], 0)
    # They stay equal where a generator is not exact.
    near = matrix[:60] + np.float32(0.2)
    np.testing.assert_array_equal(transformer.inverse_transform(near)["x"], 0)


def test_the_published_table_becomes_thirty_five_numbers(tmp_path):
    _, patients = simulated_ecg_cohort(60, image_size=8)
    table = patients.assign(name=[f"p{i}" for i in range(60)], count=range(60))
    table.to_csv(tmp_path / "patients.csv", sep=";", index=False)
    cuts = dict.fromkeys(STENOSES, 50)
    transformer = TableTransformer(thresholds=cuts, drop=["name", "count"])
    matrix = transformer.fit_transform(tmp_path / "patients.csv")
    cut = patients.assign(**{name: (patients[name] >= 50).astype(int) for name in STENOSES})
    assert matrix.shape == (60, 35)
    assert transformer.blocks == (("sigmoid", 1),) * 35
    np.testing.assert_allclose(matrix, MinMaxScaler().fit_transform(cut), atol=1e-6)
    pd.testing.assert_frame_equal(transformer.inverse_transform(matrix), cut, check_exact=True)


def test_a_missing_stenosis_is_neither_below_nor_above():
    table = pd.DataFrame({"LAD": [30.0, None, 80.0]})
    transformer = TableTransformer(thresholds={"LAD": 50}).fit(table)
    back = transformer.inverse_transform(transformer.transform(table))
    pd.testing.assert_frame_equal(back, pd.DataFrame({"LAD": pd.array([0, None, 1], "Int64")}))
    assert transformer.prepare(table.dropna()).dtypes["LAD"] == "Int64"


def test_real_patients_come_back(shared_data):
    table = pd.read_csv(shared_data / "cad" / "z_alizadeh_sani_extension.csv")
    transformer = TableTransformer(ordinal={"VHD": ["N", "mild", "Moderate", "Severe"]})
    matrix = transformer.fit_transform(table)
    back = transformer.inverse_transform(matrix)
    kinds = transformer.summary()["kind"]
    assert matrix.shape == (303, 59)
    assert kinds["Exertional CP"] == "constant"
    assert kinds[["Function Class", "Region RWMA", "VHD"]].eq("ordinal").all()
    assert kinds["BBB"] == "categorical"
    assert kinds.value_counts()["binary"] == 33
    # A quotient of fifteen decimals: float32 has seven digits.
    np.testing.assert_allclose(back.pop("BMI"), table.pop("BMI"), rtol=1e-6)
    pd.testing.assert_frame_equal(back, table, check_exact=True)


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_everything_learnt_is_plain_json(scaling, tmp_path):
    transformer = fitted(scaling=scaling)
    matrix = transformer.transform(small())
    config = json.loads(json.dumps(transformer.get_config()))
    assert config == fitted(scaling=scaling).get_config()  # the same each time
    transformer.save(tmp_path / "table.json")
    described = json.loads(json.dumps(keras.saving.serialize_keras_object(transformer)))
    for copy in (
        TableTransformer.from_config(config),
        TableTransformer.load(tmp_path / "table.json"),
        keras.saving.deserialize_keras_object(described),
        pickle.loads(pickle.dumps(transformer)),
    ):
        assert copy.get_config() == config
        np.testing.assert_array_equal(copy.transform(small()), matrix)
        expected = transformer.inverse_transform(matrix)
        pd.testing.assert_frame_equal(copy.inverse_transform(matrix), expected)


def test_one_that_is_not_fitted_is_saved_too(tmp_path):
    TableTransformer(drop=("a",)).save(tmp_path / "table.json")
    assert TableTransformer.load(tmp_path / "table.json").drop == ["a"]


def test_a_file_of_something_else_is_refused(tmp_path):
    for text in ("no json", "[1]", '{"a": 1}'):
        (tmp_path / "table.json").write_text(text)
        with pytest.raises(ValueError, match=r"Invalid `path`.*Expected: a file that"):
            TableTransformer.load(tmp_path / "table.json")


def test_scikit_learn_takes_it():
    transformer = fitted()
    copy = clone(transformer)
    assert copy.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(small())
    matrix = make_pipeline(copy, StandardScaler()).fit_transform(small())
    np.testing.assert_allclose(matrix.mean(0), 0, atol=1e-6)
    assert copy.set_params(scaling="modes", drop=[]).scaling == "modes"
    with pytest.raises(ValueError, match="Invalid `scaling`"):
        copy.set_params(scaling="mode")
    assert copy.scaling == "modes"


def test_columns_are_found_by_name_and_the_table_is_left_alone():
    transformer, table = fitted(), small()
    backwards = table[table.columns[::-1]].drop(columns="name")
    expected = transformer.transform(table)
    np.testing.assert_array_equal(transformer.transform(backwards), expected)
    pd.testing.assert_frame_equal(table, small())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scaling": "mode"}, ValueError, "Invalid `scaling`.*Fix: pass scaling='modes'"),
        ({"drop": "name"}, TypeError, "Invalid `drop`.*Received: 'name'"),
        ({"continuous": 3}, TypeError, "Invalid `continuous`.*Received: 3"),
        ({"binary": [3]}, TypeError, "Invalid `binary`.*the column name 3"),
        ({"binary": {"a": 1}}, TypeError, "Invalid `binary`"),
        ({"thresholds": ["LAD"]}, TypeError, "Invalid `thresholds`.*a dict"),
        ({"thresholds": {"LAD": "50"}}, TypeError, "Invalid `thresholds`.*'50' for column 'LAD'"),
        ({"thresholds": {"LAD": np.nan}}, ValueError, "Invalid `thresholds`.*a finite number"),
        ({"binary": ["a"], "drop": ["a"]}, ValueError, "Invalid `drop`.*which is also in `binary`"),
        ({"ordinal": {"a": "abc"}}, TypeError, "Invalid `ordinal`.*a list"),
        ({"ordinal": {"a": ["x", "x"]}}, ValueError, "Invalid `ordinal`.*without duplicates"),
    ],
)
def test_wrong_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        TableTransformer(**options)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"a": [1, 2]}, {"binary": ["A"]}, "no column 'A'.*did you mean 'a'"),
        ({"a": [1, 2]}, {"drop": ["b"]}, "no column 'b'"),
        ({"a": [1, 2, 3]}, {"binary": ["a"]}, "column 'a' with 3 different values: 1, 2, 3"),
        ({"a": list("xyz")}, {"continuous": ["a"]}, "column 'a' of dtype .*pandas.to_numeric"),
        ({"a": list("xyz")}, {"ordinal": ["a"]}, "column 'a' with text without an order"),
        ({"a": list("xyz")}, {"ordinal": {"a": ["x", "y"]}}, "not in the given order: 'z'"),
        ({"a": list("xyz")}, {"thresholds": {"a": 50}}, "column 'a' of dtype"),
        (
            {"a": [0, 1, 1]},
            {"thresholds": {"a": 50}},
            "Invalid `thresholds`.*only the values 0 and 1",
        ),
        ({"a": [1.0, np.inf, 3.0]}, {}, "column 'a' with infinite values"),
        (
            {"a": [f"p{i % 30}" for i in range(40)]},
            {},
            "30 different texts in 40 rows.*drop=.'a'",
        ),
        ({"a": [f"p{i}" for i in range(40)]}, {}, "except the keys 'a'"),
        ({"a": [1j, 2j]}, {}, "column 'a' with dtype complex"),
        ({"a": [[1], [2]]}, {}, r"column 'a' with \[1\] of type list"),
        ({"a": [pd.Timestamp(0), "x"]}, {}, "of type Timestamp"),
        ({"a": [1, 1]}, {"scaling": "modes"}, "no remaining column with two different"),
        ({"a": [1, 2]}, {"drop": ["a"]}, "no remaining column"),
        ({"a": []}, {}, "no rows"),
        ({3: [1, 2]}, {}, r"columns named 3.*columns.map\(str\)"),
        ({("a", "b"): [1, 2]}, {}, r"columns named \('a', 'b'\).*'_'.join"),
    ],
)
def test_what_cannot_be_learnt_is_named(columns, options, message):
    with pytest.raises(ValueError, match=message):
        TableTransformer(**options).fit(pd.DataFrame(columns))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns=["age", "sex"]), "no column 'age', 'sex'"),
        (lambda table: table.assign(new=1), "the unknown columns 'new'"),
        (lambda table: table.assign(age=[48, 70, 61, 71]), "'age' with 71.*from 48 to 70"),
        (lambda table: table.assign(age=["a", "b", "c", "d"]), "column 'age' of dtype"),
        (lambda table: table.assign(sex=["f", "m", "x", "f"]), "'sex' with 'x'.*'f', 'm'"),
        (lambda table: table.assign(sex=["f", "m", None, "f"]), "'sex' with 1 missing values"),
        (lambda table: table.assign(site="there"), "'site' with 'there'.*one of 'here'"),
        (lambda table: table.assign(weight=np.inf), "column 'weight' with infinite values"),
        (lambda table: pd.concat([table, table["age"]], axis=1), "several columns named 'age'"),
    ],
)
def test_rows_that_do_not_fit_are_named(change, message):
    transformer = fitted(out_of_range="error", handle_unknown="error")
    with pytest.raises(ValueError, match=message):
        transformer.transform(change(small()))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 8)), r"shape \(2, 8\).*shape \(n, 9\)"),
        (np.zeros(9), r"shape \(9,\)"),
        (np.full((1, 9), np.nan), "NaN or infinite"),
        (np.full((1, 9), "a"), "dtype <U1"),
    ],
)
def test_a_matrix_of_something_else_is_refused(matrix, message):
    with pytest.raises(ValueError, match=f"Invalid `matrix`.*{message}"):
        fitted().inverse_transform(matrix)


@pytest.mark.parametrize("table", [{"a": [1, 2]}, None, 3])
def test_only_tables_are_taken(table):
    with pytest.raises(TypeError, match=r"Invalid `table`.*a DataFrame"):
        TableTransformer().fit(table)


@pytest.mark.parametrize(
    "use",
    [
        lambda transformer: transformer.transform(small()),
        lambda transformer: transformer.inverse_transform(np.zeros((1, 9))),
        lambda transformer: transformer.prepare(small()),
        lambda transformer: transformer.width,
        lambda transformer: transformer.blocks,
        lambda transformer: transformer.summary(),
    ],
)
def test_it_has_to_be_fitted_first(use):
    with pytest.raises(NotFittedError, match=r"call fit\(table\) first"):
        use(TableTransformer())


def test_a_fit_that_fails_keeps_what_was_learnt():
    transformer = fitted()
    with pytest.raises(ValueError, match="no column"):
        transformer.fit(pd.DataFrame({"a": [1, 2]}))
    assert transformer.width == 9
