import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keras_gan_kit.evaluation import compare_tables
from keras_gan_kit.evaluation.samples._columns import columns_of_both, frames_of
from keras_gan_kit.evaluation.samples._encoder import RowEncoder
from keras_gan_kit.evaluation.tables._scores import column_scores, correlations, pair_scores

N = 400


def patients(count=N, seed=0):
    random = np.random.default_rng(seed)
    age = random.normal(60.0, 10.0, count)
    return pd.DataFrame(
        {
            "age": age,
            "pressure": 80.0 + age + random.normal(0.0, 10.0, count),
            "ill": (age + random.normal(0.0, 10.0, count) > 60.0).astype(int),
            "region": random.choice(["north", "south", "west"], count, p=[0.5, 0.3, 0.2]),
        }
    )


def scores_of(real, synthetic, **options):
    columns, left_out = columns_of_both(real, synthetic, **options)
    assert not left_out
    return column_scores(columns), pair_scores(columns)


def shape(real, synthetic, name="x"):
    columns, _ = scores_of(pd.DataFrame({name: real}), pd.DataFrame({name: synthetic}))
    return columns[name]["shape"]["value"]


def test_of_a_table_and_itself_in_another_order_all_scores_are_1():
    table = patients()
    columns, pairs = scores_of(table, table.iloc[::-1, ::-1])
    for entry in columns.values():
        assert entry["shape"]["value"] == entry["coverage"]["value"] == 1.0
        assert entry["p_value"] == entry["q_value"] == 1.0
    assert len(pairs) == 6
    for entry in pairs.values():
        assert entry["value"] == pytest.approx(1.0, abs=1e-12)


def test_disjoint_columns_score_0():
    assert shape(np.arange(9.0), 100.0 + np.arange(9.0)) == 0.0
    assert shape(["a", "b", "c"] * 5, ["d", "e", "f"] * 5) == pytest.approx(0.0, abs=1e-12)
    _, pairs = scores_of(
        pd.DataFrame({"x": np.arange(9.0), "y": list("abc") * 3}),
        pd.DataFrame({"x": np.arange(9.0), "y": list("def") * 3}),
    )
    assert pairs["x", "y"]["value"] == pytest.approx(0.0, abs=1e-12)


def test_a_continuous_column_scores_the_complement_of_the_largest_gap_of_the_distributions():
    # Three of the four real values lie below every synthetic value.
    assert shape([1.0, 2.0, 3.0, 8.0], [7.0, 8.0, 9.0, 9.5]) == pytest.approx(1 - 0.75)


def test_a_binary_column_scores_the_complement_of_the_difference_of_shares():
    assert shape([0, 0, 0, 1], [0, 1, 1, 1]) == pytest.approx(1 - 0.5)
    # What a generator's sigmoid returns is no 0 and no 1.
    assert shape([0, 0, 0, 1], [0.1, 0.2, 0.1, 0.9]) == 0.0


@pytest.mark.parametrize("kind", ["continuous", "binary"])
def test_the_further_away_the_lower_the_score(kind):
    grid = np.arange(200)
    found = []
    for shift in (0, 20, 40, 80):
        moved = grid + shift
        pair = (grid, moved) if kind == "continuous" else (grid >= 100, moved >= 100)
        found.append(shape(*pair))
    assert found == pytest.approx([1.0, 0.9, 0.8, 0.6])


def test_pairs_of_numbers_score_by_their_correlation():
    x = np.array([-1.0, 0.0, 1.0, 2.0])
    real, synthetic = pd.DataFrame({"x": x, "y": x}), pd.DataFrame({"x": x, "y": -x})
    _, pairs = scores_of(real, synthetic)
    assert pairs["x", "y"]["value"] == pytest.approx(0.0)  # 1 - |1 - (-1)| / 2
    _, pairs = scores_of(real, pd.DataFrame({"x": x, "y": [1.0, -1.0, -1.0, 1.0]}))
    assert pairs["x", "y"]["value"] == pytest.approx(0.5)


def test_a_shuffled_column_keeps_its_shape_and_loses_its_pairs():
    real = patients()
    synthetic = real.assign(age=real["age"].sample(frac=1.0, random_state=0).to_numpy())
    columns, pairs = scores_of(real, synthetic)
    assert columns["age"]["shape"]["value"] == 1.0
    assert pairs["age", "pressure"]["value"] < 0.75
    assert pairs["age", "ill"]["value"] < 0.85
    assert pairs["pressure", "ill"]["value"] == pytest.approx(1.0)


def test_coverage_tells_a_collapsed_generator_from_collapsed_data():
    wide, narrow = patients(), patients().iloc[[0] * N].reset_index(drop=True)
    collapsed, _ = scores_of(wide, narrow)
    turned, _ = scores_of(narrow, wide)
    assert collapsed["age"]["coverage"]["value"] == 0.0
    assert collapsed["region"]["coverage"]["value"] == pytest.approx(1 / 3)
    assert {entry["coverage"]["value"] for entry in turned.values()} == {1.0}
    report = compare_tables(wide, narrow)
    assert report.scores["coverage"]["value"] < 0.3
    assert report.scores["detection"]["value"] > 0.95
    assert report.scores["different_columns"]["value"] == 1.0
    # The rest of the report comes, and says why this does not.
    assert "constant" in report.scores["pairs"]["age"]["pressure"]["not_computable"]


def test_p_values_are_those_of_scipy_and_corrected_together():
    real, synthetic = patients(), patients(200, seed=1).assign(age=lambda t: t["age"] + 3.0)
    columns, _ = scores_of(real, synthetic)
    p = stats.ks_2samp(real["age"], synthetic["age"], method="asymp").pvalue
    assert columns["age"]["p_value"] == pytest.approx(p)
    counts = [t["region"].value_counts().sort_index() for t in (real, synthetic)]
    p = stats.chi2_contingency(np.stack(counts), correction=False).pvalue
    assert columns["region"]["p_value"] == pytest.approx(p)
    p_values = [entry["p_value"] for entry in columns.values()]
    q_values = [entry["q_value"] for entry in columns.values()]
    assert q_values == pytest.approx(stats.false_discovery_control(p_values))


def test_correlations_leave_out_missing_values_and_constants():
    table = pd.DataFrame({"x": [1.0, 2.0, 4.0, np.nan], "y": [1.0, 3.0, 2.0, 9.0], "z": 7.0})
    columns, _ = columns_of_both(table, table[:3], continuous=["x", "y", "z"])
    first, second = correlations(columns)
    expected = np.corrcoef(table["x"][:3], table["y"][:3])[0, 1]
    assert first[0, 1] == pytest.approx(expected)
    assert second[0, 1] == pytest.approx(expected)
    assert np.isnan(first[2]).all()
    assert np.isnan(second[2]).all()


def test_half_of_the_real_rows_look_like_the_other_half():
    table = patients(800)
    scores = compare_tables(table[:400], table[400:]).scores
    assert scores["overall"]["value"] > 0.93
    assert scores["different_columns"]["value"] == 0.0
    assert 0.4 < scores["detection"]["value"] < 0.6
    assert scores["detection"]["p_value"] > 0.01
    assert scores["overall"]["goal"] == "maximize"
    assert scores["overall"]["range"] == [0.0, 1.0]


def test_columns_that_cannot_be_compared_are_left_out_with_the_reason():
    real = patients(60).assign(
        name=[f"patient {i}" for i in range(60)], empty=np.nan, infinite=np.inf, mixed=1.5, extra=1
    )
    synthetic = patients(60, seed=1).assign(
        name="x", empty=1.0, infinite=1.0, mixed="text", other=2.0
    )
    report = compare_tables(real, synthetic)
    assert set(report.scores["columns"]) == {"age", "pressure", "ill", "region"}
    reasons = report.scores["left_out"]
    for name, word in {
        "name": "a key",
        "empty": "all missing",
        "infinite": "infinite",
        "mixed": "numbers",
        "extra": "synthetic table lacks this column",
        "other": "real table lacks this column",
    }.items():
        assert word in reasons[name]


def test_kinds_of_columns_and_what_the_caller_says_of_them():
    days = pd.to_datetime(["2020-01-01", "2020-01-03", None, "2021-01-01"], utc=True)
    table = pd.DataFrame(
        {
            "day": days,
            "flag": [True, False, True, True],
            "code": [1, 2, 3, 3],
            "grade": pd.Categorical([1, 2, 1, 3]),
            "text": ["a", None, "b", "a"],
            "one": 5,
        }
    )
    columns, left_out = columns_of_both(table, table, categorical=["code"], continuous=["one"])
    assert not left_out
    kinds = {column.name: column.kind for column in columns}
    assert kinds == {
        "day": "continuous",
        "flag": "binary",
        "code": "categorical",
        "grade": "categorical",
        "text": "binary",
        "one": "continuous",
    }
    assert columns[0].real[1] - columns[0].real[0] == 2.0
    assert columns[0].missing() == columns[4].missing() == (0.25, 0.25)
    compare_tables(table, table, categorical=["code"])


def test_missing_values_count():
    real = patients().assign(age=lambda t: t["age"].where(t["age"] > 50))
    scores = compare_tables(real, patients()).scores
    lost = (patients()["age"] <= 50).mean()
    assert scores["columns"]["age"]["missing"]["value"] == pytest.approx(1.0 - lost)


def test_rows_beyond_the_maximum_are_drawn_and_the_report_says_so():
    report = compare_tables(patients(), patients(seed=1), max_rows=100)
    assert "A random sample of 100 real rows was used." in report.summary


def test_large_whole_numbers_are_different_levels():
    """Times in milliseconds: 13 digits, of which the last one matters."""
    times = np.repeat([1_600_000_000_001, 1_600_000_000_002], 20)
    assert shape(times, times) == 1.0
    assert shape(times, times[::2].repeat(2)) == 1.0
    assert shape(times, times[:20]) == pytest.approx(0.5)
    (column,), _ = columns_of_both(*[pd.DataFrame({"time": times})] * 2)
    assert column.levels == ("1600000000001", "1600000000002")


def test_the_table_of_counts_has_no_row_for_each_value_that_was_not_rounded(tmp_path):
    real = patients()
    unrounded = np.random.default_rng(2).random(N)
    report = compare_tables(real, patients(seed=1).assign(ill=unrounded))
    tables = report.sections[0].tables
    counts = tables["Counts of binary columns"]
    assert counts.index.tolist() == ["ill = 0", "ill = 1", f"ill: {N} other values"]
    assert counts["real"].tolist() == [(real["ill"] == 0).sum(), (real["ill"] == 1).sum(), 0]
    assert counts["synthetic"].tolist() == [0, 0, N]


def test_encoded_rows_have_unit_spread_and_know_unseen_levels():
    table = patients().assign(gap=lambda t: t["age"].where(t["ill"] == 1))
    columns, _ = columns_of_both(table, table.assign(region="east"))
    first, second = frames_of(columns, [N, N])
    vectors = RowEncoder(first)(first)
    assert vectors.shape == (N, 2 + 2 + 2 + 3)  # numbers, one with a mark, two levels, three
    assert vectors[:, 0].std() == pytest.approx(1.0, rel=1e-4)
    other = RowEncoder(first)(second)
    assert (other[:, -3:] == 0).all()


@pytest.mark.parametrize("width", [1, 3, 200])
def test_figures_and_page_for_few_and_many_columns(tmp_path, width, monkeypatch):
    # Where points lie is not what is looked at here.
    monkeypatch.setattr("keras_gan_kit.evaluation.report._projection._POINTS", 30)
    random = np.random.default_rng(0)
    names = [f"column number {i} <b> $x$" for i in range(width)]
    real, synthetic = (pd.DataFrame(random.normal(size=(60, width)), columns=names) for _ in "ab")
    real.iloc[:, 1::2] = (real.iloc[:, 1::2] > 0).astype(float)
    synthetic.iloc[:, 1::2] = (synthetic.iloc[:, 1::2] > 0).astype(float)
    report = compare_tables(real, synthetic)
    drawings = [drawing for section in report.sections for drawing in section.drawings]
    assert all(drawing.reading and drawing.alt for drawing in drawings)
    if width < 200:
        page = report.save(tmp_path).read_text("utf-8")
        assert "&lt;b&gt;" in page
        assert "<b>" not in page
    else:  # sizes that a page can show, without drawing all of them
        assert max(drawing.size[1] for drawing in drawings) <= 15.0
        (wide,) = [drawing for drawing in drawings if drawing.name == "correlations"]
        assert wide.png


@pytest.mark.parametrize(
    ("error", "argument", "real", "synthetic", "options"),
    [
        (TypeError, "real", "table.csv", patients(9), {}),
        (TypeError, "synthetic", patients(9), np.zeros(3), {}),
        (ValueError, "real", patients(9)[:0], patients(9), {}),
        (ValueError, "synthetic", patients(9), pd.DataFrame(), {}),
        (ValueError, "real", patients(9).rename(columns={"age": "ill"}), patients(9), {}),
        (ValueError, "synthetic", patients(9), patients(9).add_prefix("new "), {}),
        (ValueError, "categorical", patients(9), patients(9), {"categorical": ["sex"]}),
        (TypeError, "continuous", patients(9), patients(9), {"continuous": 3}),
        (TypeError, "max_rows", patients(9), patients(9), {"max_rows": 1.5}),
        (ValueError, "seed", patients(9), patients(9), {"seed": -1}),
    ],
)
def test_bad_input_is_named(error, argument, real, synthetic, options):
    with pytest.raises(error) as caught:
        compare_tables(real, synthetic, **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


def test_too_few_rows_for_a_classifier_leave_the_rest():
    scores = compare_tables(patients(9), patients(9, seed=1)).scores
    assert "9 rows" in scores["detection"]["not_computable"]
    assert scores["overall"]["value"] > 0


def test_a_large_constant_has_no_correlations():
    # The mean of 1e9 + 0.1 is off by rounding, which is no spread.
    real = pd.DataFrame({"a": np.arange(300) / 7, "b": np.arange(300.0) ** 2})
    report = compare_tables(real, real.assign(b=1e9 + 0.1))
    assert "constant" in report.scores["pairs"]["a"]["b"]["not_computable"]


def test_text_that_is_called_categorical_is_compared_however_many_values_it_has():
    real = pd.DataFrame({"x": np.arange(80) / 7, "name": [f"n{i}" for i in range(80)]})
    assert "name" in compare_tables(real, real).scores["left_out"]
    found = compare_tables(real, real, categorical=["name"]).scores
    assert found["columns"]["name"]["shape"]["value"] == 1.0


@pytest.mark.parametrize(("values", "covered"), [([0.0, 2.0, 4.0], 1.0), ([3.0, 4.0, 5.0], 0.0)])
def test_the_range_of_a_constant_is_covered_or_not(values, covered):
    real, synthetic = (pd.DataFrame({"x": x}) for x in ([2.0] * 3, values))
    columns, _ = scores_of(real, synthetic, continuous=["x"])
    assert columns["x"]["coverage"]["value"] == covered


def test_texts_are_no_numbers_whatever_is_said():
    table = pd.DataFrame({"x": ["a", "b"] * 5})
    columns, reasons = columns_of_both(table, table, continuous=["x"])
    assert not columns
    assert reasons == {
        "x": "the values are not numbers or dates, although the column is in `continuous`"
    }


def test_a_contingency_table_has_an_end():
    levels = [str(i) for i in range(2100)]  # 2,101 squared, with one place for what is missing
    table = pd.DataFrame({"x": levels * 2, "y": levels * 2})
    _, pairs = scores_of(table, table, categorical=["x", "y"])
    assert "combinations of values (4414201)" in pairs["x", "y"]["not_computable"]


def test_where_all_is_constant_nothing_tells_samples_apart():
    table = pd.DataFrame({"x": np.ones(100), "y": ["a"] * 100})
    detection = compare_tables(table, table.copy()).scores["detection"]
    assert detection["value"] is None
    assert detection["not_computable"] == "all columns are constant"
