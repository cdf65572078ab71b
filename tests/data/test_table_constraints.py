"""Constraints are parsed, never run, and satisfied by every generated row."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import networks
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.data._constrained_rows import count_violations
from keras_gan_kit.evaluation import compare_tables
from keras_gan_kit.evaluation.samples._read_samples import constraints_at
from keras_gan_kit.generation import generate_dataset

N = 400
RNG = np.random.default_rng(0)
ADMITTED = pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 900, N), unit="D")
SEX = RNG.choice(["f", "m"], N)


def table():
    frame = pd.DataFrame(
        {
            "admitted": ADMITTED,
            "discharged": ADMITTED + pd.to_timedelta(RNG.integers(0, 20, N), unit="D"),
            "age": RNG.integers(15, 90, N),
            "weight": RNG.normal(75, 12, N).round(1),
            "height": RNG.normal(170, 9, N).round(),
            "sex": SEX,
            "systolic BP": RNG.integers(100, 200, N),
            "diastolic BP": RNG.integers(50, 99, N),
            "pregnant": np.where((SEX == "f") & (RNG.random(N) < 0.2), "yes", "no"),
            "grade": RNG.integers(1, 5, N),
        }
    )
    frame["bmi"] = (frame["weight"] / (frame["height"] / 100) ** 2).round(1)
    frame["stay"] = (frame["discharged"] - frame["admitted"]).dt.days
    return frame


CASES = {
    "admitted <= discharged": lambda t: t["admitted"] <= t["discharged"],
    "discharged >= admitted": lambda t: t["admitted"] <= t["discharged"],
    "age >= 18": lambda t: t["age"] >= 18,
    "18 <= age < 65": lambda t: (t["age"] >= 18) & (t["age"] < 65),
    "bmi = round(weight / (height / 100) ** 2, 1)": lambda t: (
        t["bmi"] == (t["weight"] / (t["height"] / 100) ** 2).round(1)
    ),
    "`systolic BP` > `diastolic BP` + 5": lambda t: t["systolic BP"] > t["diastolic BP"] + 5,
    "sex == 'f' or pregnant == 'no'": lambda t: (t["sex"] == "f") | (t["pregnant"] == "no"),
    "not (sex == 'm' and pregnant == 'yes')": lambda t: (t["sex"] == "f") | (t["pregnant"] == "no"),
    "stay = discharged - admitted": lambda t: (
        t["stay"] == (t["discharged"] - t["admitted"]).dt.days
    ),
    "admitted >= '2020-02-01'": lambda t: t["admitted"] >= "2020-02-01",
    "grade in (1, 2, 4)": lambda t: t["grade"].isin([1, 2, 4]),
    "grade != 3": lambda t: t["grade"] != 3,
    "min(weight, height) + abs(age) < 200": lambda t: (
        t[["weight", "height"]].min(axis=1) + t["age"] < 200
    ),
    "weight * 2 >= height": lambda t: t["weight"] * 2 >= t["height"],
}


def fitted(constraints, frame, **options):
    return TableTransformer(constraints=constraints, **options).fit(frame)


@pytest.mark.filterwarnings("ignore:Training rows violate")
@pytest.mark.parametrize("text", CASES)
def test_every_generated_row_satisfies_it(text):
    frame = table()
    transformer = fitted([text], frame)
    outputs = RNG.normal(0.3, 0.7, (3000, transformer.width))
    rows = transformer.inverse_transform(outputs)
    assert CASES[text](rows).all()
    assert rows.dtypes.equals(frame.dtypes)
    loose = TableTransformer().fit(frame).inverse_transform(outputs)
    good = CASES[text](loose)
    if "=" not in text.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", ""):
        pd.testing.assert_frame_equal(rows[good], loose[good])  # others are left alone


@pytest.mark.filterwarnings("ignore:Training rows violate")
def test_all_together_are_satisfied_and_kept():
    frame = table()
    transformer = fitted(list(CASES), frame, scaling="modes")
    rows = transformer.inverse_transform(RNG.normal(0.3, 0.7, (3000, transformer.width)))
    for check in CASES.values():
        assert check(rows).all()
    for name in ("age", "weight", "height", "grade"):
        assert set(rows[name]) <= set(np.arange(0, 5000) / 10)
        assert rows[name].between(frame[name].min(), frame[name].max()).all()
    copy = TableTransformer.from_config(json.loads(json.dumps(transformer.get_config())))
    matrix = transformer.transform(frame[:50])
    pd.testing.assert_frame_equal(
        copy.inverse_transform(matrix), transformer.inverse_transform(matrix)
    )
    pd.testing.assert_frame_equal(copy.violations(), transformer.violations())


def test_training_rows_that_violate_one_are_counted():
    frame = table()
    young = int((frame["age"] < 18).sum())
    with pytest.warns(UserWarning, match=rf"'age >= 18' \({young} of {N} rows\)"):
        transformer = TableTransformer(constraints=["age >= 18", "grade >= 1"]).fit(frame)
    shown = transformer.violations()
    assert shown["violations"].tolist() == [young, 0]
    assert shown["share"].tolist() == [young / N, 0]


def test_missing_values_violate_nothing():
    frame = table()
    frame["discharged"] = frame["discharged"].mask(RNG.random(N) < 0.3)
    transformer = fitted(["admitted <= discharged"], frame, scaling="modes")
    rows = transformer.inverse_transform(RNG.normal(0.3, 0.7, (2000, transformer.width)))
    known = rows.dropna()
    assert 0.05 < rows["discharged"].isna().mean() < 0.95
    assert (known["admitted"] <= known["discharged"]).all()


def test_formulas_hold_in_float32_too():
    frame = table()[["weight", "height", "bmi"]].astype("float32")
    transformer = fitted(["bmi = round(weight / (height / 100) ** 2, 1)"], frame)
    assert transformer.violations()["violations"].tolist() == [0]


def test_reports_count_rows_that_violate_constraints():
    real = table()
    synthetic = real.copy()
    synthetic.loc[:9, "discharged"] = real["admitted"] - pd.Timedelta(1, unit="D")
    texts = ["admitted <= discharged", "age >= 18"]
    young = int((real["age"] < 18).sum())
    few = ["admitted", "discharged", "age"]
    report = compare_tables(real[few], synthetic[few], constraints=texts)
    assert report.scores["constraints"] == {
        "admitted <= discharged": {"real": 0, "synthetic": 10},
        "age >= 18": {"real": young, "synthetic": young},
    }
    share = (10 + young) / (2 * N)
    assert report.scores["constraint_adherence"]["value"] == pytest.approx(1 - share)
    assert "admitted <= discharged (0 real, 10 synthetic rows)" in report.summary
    assert "Constraints" in [section.title for section in report.sections]
    texts_of_dates = synthetic[few].astype({"admitted": str, "discharged": str})
    counts = count_violations(texts[:1], real, texts_of_dates)
    assert counts["admitted <= discharged"]["synthetic"] == 10
    with pytest.raises(ValueError, match=r"no column 'agee' in the real.*did you mean 'age'"):
        compare_tables(real[few], synthetic[few], constraints=["agee > 1"])


def test_the_manifest_of_a_dataset_has_the_constraints(tmp_path):
    transformer = fitted(["weight <= height"], table()[["weight", "height"]])
    network = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(transformer.width, activation="sigmoid")]
    )
    for _ in range(2):  # the second call continues it
        generate_dataset(network, 8, tmp_path / "made", table=transformer, verbose=0)
    manifest = json.loads((tmp_path / "made" / "_manifest.json").read_text())
    assert manifest["constraints"] == ["weight <= height"]
    assert constraints_at(tmp_path / "made") == ["weight <= height"]
    assert constraints_at(tmp_path) == []


@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_a_keras_file_has_the_table_and_its_constraints(tmp_path, scaling):
    frame = table()[["admitted", "discharged", "sex"]]
    text = "admitted <= discharged"
    transformer = TableTransformer(scaling=scaling, constraints=[text]).fit(frame)
    networks.table_generator(transformer, 4, units=(4,), seed=0).save(tmp_path / "model.keras")
    folders = tmp_path / "a", tmp_path / "b"
    made, expected = (
        generate_dataset(tmp_path / "model.keras", 50, folder, table=given, verbose=0).table()
        for folder, given in zip(folders, (None, transformer), strict=True)
    )
    pd.testing.assert_frame_equal(made, expected)
    assert (made["admitted"] <= made["discharged"]).all()
    assert made.dtypes.equals(frame.dtypes)
    assert constraints_at(folders[0]) == [text]
    numbered = generate_dataset(
        tmp_path / "model.keras",
        5,
        tmp_path / "c",
        table=[f"n{i}" for i in range(transformer.width)],
        verbose=0,
    )
    assert len(numbered.table().columns) == transformer.width


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('x')", "is not a comparison"),
        ("open('x') == 1", "it calls"),
        ("age.real > 1", "it contains 'age.real'"),
        ("age[0] > 1", "it contains"),
        ("(lambda: 1)() > age", "it calls"),
        ("[x for x in (1, 2)] == age", "it contains"),
        ("age", "is not a comparison"),
        ("age >", "cannot be parsed"),
        ("class > 1", "in backticks"),
        ("age := 3", "cannot be parsed"),
        ("age = age + 1", "both sides"),
        ("a = b = 1", "neither a condition nor a formula"),
        ("age is 1", "a comparison other than"),
        ("round(age, weight) > 1", "not an integer"),
        ("f'{age}' == 1", "it contains"),
        ("1 < 2", "it contains no column"),
        ("(" * 500 + "age" + ")" * 500 + " > 1", "characters"),
    ],
)
def test_nothing_but_the_language_is_taken(text, message):
    with pytest.raises(ValueError, match=rf"(?s)Invalid `constraints`.*{message}"):
        TableTransformer(constraints=[text])


@pytest.mark.filterwarnings("ignore:Training rows violate")
@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["ages >= 18"], "no column 'ages'.*did you mean 'age'"),
        (["age > 1000"], "no row was found"),
        (["age > 50", "age < 40"], "no row was found"),
        (["sex > 5"], "'sex > 5': it compares text by order"),
        (["age > 'soon'"], "compares this text"),
        (["sex = age"], "doesn't hold numbers"),
        (["weight = height", "height = weight"], "depend on each other"),
    ],
)
def test_constraints_that_do_not_fit_the_table_are_named(texts, message):
    with pytest.raises(ValueError, match=rf"(?s)Invalid `constraints`.*{message}"):
        TableTransformer(constraints=texts).fit(table())


def test_constraints_are_a_list_of_texts():
    for wrong in ("age > 1", 3, [3]):
        with pytest.raises(TypeError, match="Invalid `constraints`"):
            TableTransformer(constraints=wrong)
