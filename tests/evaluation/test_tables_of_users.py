"""Tables as people bring them: keys, dates, codes, gaps, units, repeats."""

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.evaluation import compare_cohorts, compare_tables, privacy, utility

N = 200


def people(count=N, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.integers(20, 90, count),
            "weight": random.normal(75, 12, count).round(1),
            "sex": random.choice(["f", "m"], count),
            "chol": random.normal(5, 1, count).round(2),
        }
    )


def column(real, synthetic, **options):
    noise = np.random.default_rng(0).normal(size=max(len(real), len(synthetic)))
    tables = [pd.DataFrame({"x": noise[: len(v)], "c": v}) for v in (real, synthetic)]
    return compare_tables(*tables, **options).scores["columns"]["c"]


KEYS = {
    "id": lambda start: np.arange(start, start + N),
    "row": lambda start: np.arange(start, start + 10 * N, 10),
    "patient": lambda start: [f"p{start + i}" for i in range(N)],
    "uuid": lambda start: [str(uuid.UUID(int=start * 7919 + i)) for i in range(N)],
    "MRN": lambda start: np.random.default_rng(start).permutation(10**6)[:N],
}


@pytest.mark.parametrize("name", KEYS)
def test_copies_with_new_keys_are_copies(name):
    key = KEYS[name]
    train, holdout = people().assign(**{name: key(0)}), people(seed=1).assign(**{name: key(5000)})
    report = privacy(train, people().assign(**{name: key(90_000)}), holdout, show=0)
    assert report.scores["leak_found"] is True
    assert report.scores["exact_copies"]["value"] == 1.0
    assert name in report.scores["left_out"]
    assert name in report.summary
    assert report.scores["columns_used"] == list(people().columns)


def test_new_people_with_old_keys_are_no_leak():
    train, holdout = people().assign(id=np.arange(N)), people(seed=1).assign(id=np.arange(N) + N)
    fresh = people(seed=2).assign(id=np.random.default_rng(0).integers(0, N, N))
    assert privacy(train, fresh, holdout, show=0).scores["leak_found"] is False
    # A generator that does not write keys has nothing to compare.
    assert privacy(train, people(seed=2), holdout, show=0).scores["leak_found"] is False


def test_every_report_leaves_keys_out_and_names_them():
    real, other = (people(seed=i).assign(patient_id=np.arange(N) + i) for i in (0, 1))
    report = compare_tables(real, other)
    assert "patient_id" not in report.scores["columns"]
    assert "key" in report.scores["left_out"]["patient_id"]
    assert "patient_id" in report.summary
    report = utility(real, other, target="sex", num_resamples=5)
    assert "patient_id" in report.scores["left_out"]
    assert "patient_id" in report.summary
    images = np.random.default_rng(0).uniform(-1, 1, (N, 4, 4, 1)).astype("float32")
    report = compare_cohorts(*({"image": images, "table": table} for table in (real, other)))
    assert "patient_id" in report.scores["table"]["left_out"]
    assert "patient_id" not in report.scores["link_columns"]


def test_a_kind_that_the_user_chose_makes_a_key_a_column():
    real, other = (people(seed=i).assign(id=np.arange(N)) for i in (0, 1))
    scores = compare_tables(real, other, continuous=["id"]).scores
    assert scores["columns"]["id"]["kind"] == "continuous"
    assert privacy(real, other, people(seed=2).assign(id=np.arange(N)), continuous=["id"]).scores[
        "columns_used"
    ] == list(real.columns)


def test_names_of_columns_may_be_numbers():
    values = np.random.default_rng(0).normal(size=(90, 3))
    report = privacy(*(pd.DataFrame(part) for part in np.split(values, 3)))
    assert report.scores["columns_used"] == ["0", "1", "2"]
    table = pd.DataFrame(values)
    assert list(utility(table, table, target=2, num_resamples=2).scores["targets"]) == ["2"]
    scores = compare_tables(table, table, categorical=[0], continuous=(1,)).scores
    assert [scores["columns"][name]["kind"] for name in "01"] == ["categorical", "continuous"]
    table.columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "ill")])
    scores = utility(table, table, target=("b", "ill"), num_resamples=2).scores
    assert list(scores["targets"]) == ["('b', 'ill')"]


@pytest.mark.parametrize("count", [20, 30, 39, 40, 200])
def test_few_rows_that_nothing_connects_are_told_apart(count):
    real = pd.DataFrame(np.random.default_rng(0).normal(size=(count, 2)), columns=["x", "y"])
    assert compare_tables(real, real + 1000).scores["detection"]["value"] == 1.0


@pytest.mark.parametrize("count", [21, 30])
def test_levels_of_few_rows_are_told_apart(count):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, count))
    real = pd.DataFrame({"x": x, "sex": random.choice(["f", "m"], count)})
    synthetic = pd.DataFrame({"x": y, "sex": "unknown"})
    assert compare_tables(real, synthetic).scores["detection"]["value"] > 0.9


def test_a_column_that_one_table_lacks_wholly_is_detected():
    full = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)), columns=["x", "y"])
    other = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 2)), columns=["x", "y"])
    for real, synthetic in ((full, other.assign(y=np.nan)), (full.assign(y=None), other)):
        scores = compare_tables(real, synthetic).scores
        assert scores["detection"]["value"] == 1.0
        assert "all missing" in scores["left_out"]["y"]
    empty = [table.assign(y=np.nan) for table in (full, other)]
    assert compare_tables(*empty).scores["detection"]["value"] < 0.7


def test_inverted_labels_of_few_rows_lose_the_auc():
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 30))
    real = pd.DataFrame({"x": x, "y": (x > 0).astype(int)})
    wrong = pd.DataFrame({"x": z, "y": (z < 0).astype(int)})
    scores = utility(real, wrong, target="y", num_resamples=5).scores
    assert scores["auc_lost"]["value"] > 0.5


@pytest.mark.parametrize(
    ("real", "synthetic", "lowest"),
    [
        (lambda r: np.full(600, 5), lambda r: np.full(600, 6), 1.0),
        (lambda r: np.full(600, "a"), lambda r: np.full(600, "b"), 1.0),
        (
            lambda r: r.choice([f"L{i}" for i in range(40)], 600),
            lambda r: r.choice([f"M{i}" for i in range(40)], 600),
            0.99,
        ),
        (lambda r: r.choice([1, 2, 3], 600), lambda r: r.choice([1, np.nan, 3], 600), 0.65),
    ],
    ids=["a constant", "a level", "many levels", "gaps"],
)
def test_detection_sees_what_only_synthetic_rows_have(real, synthetic, lowest):
    random = np.random.default_rng(0)
    tables = [
        pd.DataFrame({"x": random.normal(size=600), "c": f(random)}) for f in (real, synthetic)
    ]
    assert compare_tables(*tables).scores["detection"]["value"] >= lowest


def test_many_levels_of_one_distribution_are_not_detected():
    random = np.random.default_rng(0)
    levels = [f"L{i}" for i in range(400)]
    tables = [pd.DataFrame({"c": random.choice(levels, 800), "x": 1.5}) for _ in range(2)]
    value = compare_tables(*tables, categorical=["c"]).scores["detection"]["value"]
    assert 0.43 < value < 0.57


def test_an_auc_below_one_half_is_explained():
    real = pd.DataFrame(np.random.default_rng(0).normal(size=(600, 3)), columns=list("xyz"))
    report = compare_tables(real, real.sample(frac=1, random_state=0))
    assert report.scores["detection"]["value"] < 0.4
    assert "synthetic rows repeat real ones" in report.summary
    assert "synthetic rows repeat real ones" in report.sections[-1].reading


DAYS = pd.Series(pd.date_range("2020-01-01", periods=90, freq="17h"))
DATES = {
    "seconds": DAYS.astype("datetime64[s]"),
    "nanoseconds": DAYS.astype("datetime64[ns]"),
    "zone": DAYS.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    "Arrow": DAYS.astype("timestamp[us][pyarrow]"),
    "Arrow zone": DAYS.dt.tz_localize("UTC").astype("timestamp[ms, tz=UTC][pyarrow]"),
    "datetime": pd.Series(DAYS.dt.to_pydatetime().tolist(), dtype=object),
    "beyond nanoseconds": pd.Series(
        [datetime.datetime(9000, 1, 1) + datetime.timedelta(i) for i in range(90)], dtype=object
    ),
    "date": pd.Series([d.date() for d in DAYS], dtype=object),
    "date32": pd.Series([d.date() for d in DAYS]).astype("date32[pyarrow]"),
    "period": pd.Series(pd.period_range("2000-01", periods=90, freq="M")),
    "timedelta": DAYS - DAYS[0],
    "timedelta objects": pd.Series([datetime.timedelta(hours=i) for i in range(90)], dtype=object),
    "duration": (DAYS - DAYS[0]).astype("duration[us][pyarrow]"),
    "time": pd.Series([datetime.time(i % 24, i % 60) for i in range(90)], dtype=object),
    "Decimal": pd.Series([decimal.Decimal(i) / 4 for i in range(90)], dtype=object),
    "decimal128": pd.Series(
        [decimal.Decimal(i) / 4 for i in range(90)], dtype=pd.ArrowDtype(pa.decimal128(9, 2))
    ),
    "objects": pd.Series([i / 4 if i % 9 else None for i in range(90)], dtype=object),
}


@pytest.mark.parametrize("name", DATES)
def test_dates_durations_and_decimals_are_continuous(name):
    found = column(DATES[name], DATES[name][::-1].reset_index(drop=True))
    assert (found["kind"], found["shape"]["value"]) == ("continuous", 1.0)


def test_dates_of_any_type_are_the_same_dates():
    for name in ("seconds", "Arrow", "Arrow zone", "zone", "datetime"):
        assert column(DATES["nanoseconds"], DATES[name])["shape"]["value"] == 1.0
    days = (
        [datetime.date(2020, 9, d) for d in (1, 9, 17, 25)],
        [datetime.date(2020, 9, d) for d in (2, 10, 18, 26)],
    )
    assert column(*days)["shape"]["value"] == 0.75


def test_text_of_dates_is_pointed_out_and_read_on_request():
    texts = DAYS.astype(str)
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=90), "day": texts})
    assert "continuous=['day']" in compare_tables(table, table).scores["left_out"]["day"]
    scores = compare_tables(table, table.assign(day=DAYS), continuous=["day"]).scores
    assert scores["columns"]["day"]["shape"]["value"] == 1.0


def test_levels_are_the_same_whatever_their_type():
    grade = np.random.default_rng(0).integers(1, 4, N)
    whole, decimals = pd.Series(grade), pd.Series(grade, dtype=float)
    for first, second, options in (
        (whole.astype("category"), decimals.astype("category"), {}),
        (decimals.astype("category"), whole, {}),
        (whole.astype("category"), whole, {"categorical": ["c"]}),
        (whole.astype(str), decimals.astype("category"), {}),
        (whole, whole.astype(object), {"categorical": ["c"]}),
        (whole.astype("Int64"), decimals, {"categorical": ["c"]}),
    ):
        found = column(first, second, **options)
        assert (found["kind"], found["shape"]["value"]) == ("categorical", 1.0)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "Int64", "object", "category"])
def test_long_codes_stay_apart(dtype):
    drugs = [999000011000001104, 999000011000001112, 999000011000001120]
    real = pd.Series(drugs * 20).astype(dtype)
    made = pd.Series(drugs[:1] * 60).astype(dtype)
    found = column(real, made, categorical=["c"])
    assert found["shape"]["value"] == pytest.approx(1 / 3)
    assert found["coverage"]["value"] == pytest.approx(1 / 3)


def test_long_codes_are_codes_without_a_word():
    drugs = 2**60 + np.arange(3)
    found = column(pd.Series(np.tile(drugs, 20)), pd.Series(np.repeat(drugs[:1], 60)))
    assert found["kind"] == "categorical"
    assert found["shape"]["value"] == pytest.approx(1 / 3)
    table = pd.DataFrame({"drug": np.tile(2**60 + np.arange(5) * 8, 20)})
    for scaling in ("minmax", "modes"):
        transformer = TableTransformer(scaling=scaling)
        found = transformer.inverse_transform(transformer.fit_transform(table))
        pd.testing.assert_frame_equal(found, table)
    # The nanoseconds of times are as large, and are numbers.
    times = 10**18 + np.random.default_rng(0).integers(0, 10**15, 60)
    assert column(pd.Series(times), pd.Series(times))["kind"] == "continuous"


def test_texts_of_whole_floats_are_the_levels_of_numbers():
    texts = pd.Series(["1.0", "2.0", "3.0"] * 20)
    found = column(texts, pd.Series([1, 2, 3] * 20), categorical=["c"])
    assert found["shape"]["value"] == 1.0


@pytest.mark.parametrize("dtype", ["float32", "Float32", "float[pyarrow]"])
def test_a_float32_copy_is_the_same_table(dtype):
    random = np.random.default_rng(0)
    real = pd.DataFrame(
        {
            "dose": np.where(random.random(400) < 0.4, 0.1, 0.7),
            "height": random.normal(1.7, 0.1, 400).round(1),
            "n": random.normal(size=400),
        }
    )
    scores = compare_tables(real, real.astype(dtype)).scores
    assert scores["overall"]["value"] == pytest.approx(1.0, abs=1e-6)
    assert scores["different_columns"]["value"] == 0.0
    found = privacy(real[:200], real[:200].astype(dtype), real[200:], show=0).scores
    assert found["exact_copies"]["value"] == 1.0
    assert found["leak_found"] is True


def test_numbers_that_differ_by_rounding_are_equal():
    assert column([0.3 - 0.2] * 3 + [0.7], [0.2 - 0.1] * 3 + [0.1 * 7])["shape"]["value"] == 1.0


def test_missing_values_leave_shapes_alone():
    found = column(["a", "b"] * 2 + [None] * 2, ["a", "b"] * 3)
    assert found["shape"]["value"] == 1.0
    assert found["missing"]["value"] == pytest.approx(1 - 1 / 3)
    found = column([1.0, 2.0, 3.0] * 2 + [np.nan] * 3, [1.0, 2.0, 3.0] * 3)
    assert found["shape"]["value"] == 1.0
    assert found["missing"]["value"] == pytest.approx(1 - 1 / 3)


@pytest.mark.parametrize("unit", [1e-200, 1e-12, 1e12, 1e200, 1e300])
def test_no_score_depends_on_the_unit(unit):
    def scores(unit):
        random = np.random.default_rng(0)
        sets = [pd.DataFrame(random.normal(size=(N, 3)), columns=list("xyz")) for _ in range(3)]
        sets = [(part * unit).assign(ill=part.x + part.y > 0) for part in sets]
        first = compare_tables(*sets[:2]).scores
        second = privacy(*sets, show=0).scores
        third = utility(*sets[:2], target=["ill", "z"], num_resamples=3).scores
        return [
            entry["value"]
            for found in (first, second, third)
            for entry in found.values()
            if isinstance(entry, dict) and "value" in entry
        ]

    assert scores(unit) == pytest.approx(scores(1.0), rel=1e-6)


def test_values_that_no_real_row_has_are_scored():
    """SDMetrics' BoundaryAdherence and CategoryAdherence, and the summary names the columns."""
    real = pd.DataFrame({"sex": ["f", "m"] * 50, "age": np.linspace(18, 90, 100)})
    made = real.assign(
        sex=["f"] * 92 + ["F"] * 4 + ["?"] * 4, age=np.r_[np.linspace(18, 90, 96), [-1, 0, 91, 99]]
    )
    report = compare_tables(real, made)
    assert report.scores["boundary_adherence"]["value"] == 0.96
    assert report.scores["category_adherence"]["value"] == 0.92
    assert "sex (8.0%), age (4.0%)" in report.summary
    # Missing values: left out of numbers, a category that is real or not.
    assert column([1.0, 2.0, 3.0], [np.nan, 9.0, 2.0])["adherence"]["value"] == 0.5
    assert column(["a", "b", "c"], [None, "a", "b"])["adherence"]["value"] == pytest.approx(2 / 3)
    assert column(["a", "b", None], [None, "a", "b"])["adherence"]["value"] == 1.0


def test_pairs_are_compared_by_ranks_too():
    x = np.linspace(0.1, 4, 60)
    real, made = pd.DataFrame({"x": x, "y": np.exp(x)}), pd.DataFrame({"x": x, "y": -np.exp(-x)})
    report = compare_tables(real, made)
    entry = report.scores["pairs"]["x"]["y"]
    assert entry["spearman"] == report.scores["rank_trends"]["value"] == pytest.approx(1.0)
    assert entry["value"] < 1.0


def visits(persons, times, seed, noise=0.0):
    random = np.random.default_rng(seed)
    table = people(persons, seed).assign(person=[f"{seed}-{i}" for i in range(persons)])
    table = table.loc[np.repeat(table.index, times)].reset_index(drop=True)
    return table.assign(weight=table.weight + noise * random.normal(size=len(table)))


@pytest.mark.parametrize("times", [(1, 2), (5, 5), (3, 1)])
def test_repeated_records_accuse_no_independent_samples(times):
    leaks = [
        privacy(
            visits(60, times[0], 3 * i).drop(columns="person"),
            people(200, 3 * i + 1),
            visits(60, times[1], 3 * i + 2).drop(columns="person"),
            show=0,
        ).scores["leak_found"]
        for i in range(8)
    ]
    assert sum(leaks) <= 1


@pytest.mark.parametrize("times", [(1, 3), (4, 4), (3, 1)])
def test_records_of_one_person_are_one(times):
    leaks = [
        privacy(
            visits(60, times[0], 3 * i, noise=0.1),
            people(200, 3 * i + 1),
            visits(60, times[1], 3 * i + 2, noise=0.1),
            group="person",
            show=0,
        ).scores["leak_found"]
        for i in range(8)
    ]
    assert sum(leaks) <= 1
    train = visits(60, 4, 1)
    scores = privacy(train, train, visits(60, 4, 2), group="person", show=0).scores
    assert scores["leak_found"] is True
    assert "person" not in scores["columns_used"]


def test_a_person_is_in_one_set_only():
    train = visits(60, 2, 0)
    with pytest.raises(ValueError, match=r"Invalid `real_holdout`.*also in `real_train`"):
        privacy(train[:60], train, train[50:], group="person")
    with pytest.raises(ValueError, match="Invalid `group`"):
        privacy(train[:60], train, train[60:], group="nobody")
    with pytest.raises(TypeError, match="Invalid `group`"):
        privacy(train[:60], train, train[60:], group=3)


def test_one_training_record_again_and_again_is_a_leak():
    train = people()
    scores = privacy(train, train.iloc[[7] * 100], people(seed=1), show=0).scores
    assert scores["leak_found"] is True


def test_infinite_values_are_named_with_their_column():
    real, other, held = (people(seed=i) for i in range(3))
    broken = other.copy()
    broken.loc[3, "weight"] = -np.inf
    for report in (
        compare_tables(real, broken),
        privacy(real, broken, held, show=0),
        privacy(broken, real, held, show=0),
        utility(broken, real, target="sex", num_resamples=3),
        utility(real, broken, target="sex", num_resamples=3),
    ):
        assert "infinite" in report.scores["left_out"]["weight"]
        assert "weight" in report.summary
    levels = real.assign(weight=pd.Categorical(np.where(real["weight"] > 75, np.inf, 1.0)))
    assert "infinite" in compare_tables(levels, levels).scores["left_out"]["weight"]
    copied = privacy(broken, broken, held, show=0).scores
    assert copied["exact_copies"]["value"] == 1.0
    assert copied["leak_found"] is True


@pytest.mark.parametrize("value", [["a"], {"a": 1}, np.zeros(2)], ids=["list", "dict", "array"])
def test_columns_of_several_values_are_left_out(value):
    table = people(30).assign(tags=[value] * 30)
    assert type(value).__name__ in compare_tables(table, table).scores["left_out"]["tags"]


def test_dates_are_not_durations():
    real = pd.DataFrame({"a": np.arange(60.0) % 7, "when": pd.date_range("2020", periods=60)})
    synthetic = real.assign(when=pd.to_timedelta(np.arange(60), "D"))
    with pytest.raises(ValueError, match="values are dates, the synthetic values are durations"):
        privacy(real[:30], synthetic, real[30:])
