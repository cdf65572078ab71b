import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC, LinearSVC

from keras_gan_kit.evaluation import utility
from keras_gan_kit.evaluation.report._classification import classification_scores
from keras_gan_kit.evaluation.utility._regression import regression_scores


def rows(count, seed=0, sign=1.0):
    random = np.random.default_rng(seed)
    x = random.normal(size=count)
    return pd.DataFrame(
        {
            "x": x,
            "kind": random.choice(["a", "b", "c"], count),
            "ill": np.where(sign * x + 0.3 * random.normal(size=count) > 0, "ill", "well"),
            "old": (x + random.normal(size=count) > 0).astype(int),
        }
    )


def pictures(table):
    """Images whose brightness is x."""
    noise = np.random.default_rng(0).normal(size=(len(table), 4, 4, 1))
    x = table["x"].to_numpy()[:, None, None, None]
    return np.tanh(x + 0.1 * noise).astype("float32")


def auc(report, direction):
    return report.scores[f"auc_{direction}"]["value"]


def test_scores_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 300)
    chances = np.round(np.clip(0.3 * truth + random.uniform(0, 0.7, 300), 0, 1), 1)  # with ties
    found = classification_scores(truth, chances, num_resamples=50)
    guessed = chances > 0.5
    expected = {
        "auc": metrics.roc_auc_score(truth, chances),
        "accuracy": metrics.accuracy_score(truth, guessed),
        "precision": metrics.precision_score(truth, guessed),
        "recall": metrics.recall_score(truth, guessed),
        "f1": metrics.f1_score(truth, guessed),
        "brier": metrics.brier_score_loss(truth, chances),
    }
    for name, value in expected.items():
        assert found[name]["value"] == pytest.approx(value)
        low, high = found[name]["interval"]
        assert low <= value <= high
        assert high - low < 0.25


def test_a_bootstrap_interval_is_as_wide_as_theory_says():
    truth = np.repeat([1.0, 0.0], [350, 150])  # all are called positive: accuracy is 0.7
    low, high = classification_scores(truth, np.ones(500), num_resamples=2000)["accuracy"][
        "interval"
    ]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 500), rel=0.1)


def test_what_is_undefined_says_why():
    found = classification_scores(np.zeros(20), np.zeros(20), num_resamples=5)
    assert found["accuracy"]["value"] == 1.0
    for name in ("auc", "precision", "recall", "f1"):
        assert found[name]["value"] is None
        assert found[name]["not_computable"]


def test_calibration_is_the_gap_between_chances_and_what_came_true():
    truth, chances = np.tile([1.0, 0.0, 0.0, 0.0], 25), np.full(100, 0.45)
    found = classification_scores(truth, chances, num_resamples=5)
    assert found["calibration_error"]["value"] == pytest.approx(0.2)


def test_good_samples_teach_as_much_as_real_ones_and_wrong_ones_do_harm():
    real, test = rows(300), rows(300, seed=1)
    options = {
        "target": {"ill": "ill"},
        "real_test": test,
        "estimator": LogisticRegression(),
        "num_resamples": 20,
    }
    good = utility(real, rows(300, seed=2), **options)
    for direction in ("real_to_real", "real_to_synthetic", "synthetic_to_real", "both_to_real"):
        assert auc(good, direction) > 0.9
    assert abs(good.scores["auc_lost"]["value"]) < 0.05
    noise = rows(300, seed=2)
    noise["ill"] = noise["ill"].sample(frac=1.0, random_state=0).to_numpy()
    unrelated = utility(real, noise, **options)
    turned = utility(real, rows(300, seed=2, sign=-1.0), **options)
    assert auc(good, "synthetic_to_real") > auc(unrelated, "synthetic_to_real") + 0.05
    assert auc(unrelated, "synthetic_to_real") > auc(turned, "synthetic_to_real")
    assert auc(turned, "synthetic_to_real") < 0.1
    assert auc(turned, "real_to_synthetic") < 0.1


def test_several_targets_an_estimator_with_margins_and_a_split_of_ones_own():
    report = utility(
        rows(300), rows(300, seed=1), target=["ill", "old"], estimator=LinearSVC(), num_resamples=20
    )
    each = [report.scores["targets"][name]["synthetic_to_real"]["auc"] for name in ("ill", "old")]
    assert auc(report, "synthetic_to_real") == pytest.approx(np.mean([e["value"] for e in each]))
    assert "210 real samples, 300 synthetic" in report.summary


def test_the_positive_value_is_the_callers():
    made = [
        utility(rows(200), rows(200, seed=1), target={"ill": value}, num_resamples=5)
        for value in ("ill", "well")
    ]
    share = [report.scores["targets"]["ill"]["real_to_real"]["recall"] for report in made]
    assert share[0] != share[1]


def test_targets_that_cannot_be_used_leave_the_rest(tmp_path):
    names = [f"n{i}" for i in range(200)]
    real, synthetic = (rows(200, seed=seed).assign(name=names) for seed in (0, 1))
    synthetic["old"] = 1
    options = {"estimator": LogisticRegression(), "num_resamples": 5}
    report = utility(real, synthetic, target=["ill", "name", "old"], **options)
    found = report.scores["targets"]
    assert "identifier" in found["name"]["real_to_real"]["auc"]["not_computable"]
    assert "same class" in found["old"]["synthetic_to_real"]["auc"]["not_computable"]
    # Means over other targets would not compare.
    ill = [found["ill"][d]["auc"]["value"] for d in ("real_to_real", "synthetic_to_real")]
    assert report.scores["auc_lost"]["value"] == pytest.approx(ill[0] - ill[1])
    assert f"a mean AUC of {ill[0]:.3f}" in report.summary
    assert found["ill"]["synthetic_to_real"]["auc"]["value"] > 0.8
    report.save(tmp_path)
    assert (tmp_path / "figures" / "curves_1.png").exists()


def test_missing_targets_are_left_out():
    real = rows(200)
    real.loc[:49, "ill"] = None
    report = utility(
        real, rows(200, seed=1), target="ill", real_test=rows(90, seed=2), num_resamples=5
    )
    assert "150 real" in report.summary


@pytest.mark.parametrize("inputs", ["image", "table", None])
def test_classifiers_see_images_rows_or_both(inputs):
    real, synthetic = rows(200), rows(200, seed=1)
    joint = [
        {"image": pictures(table), "table": table[["ill", "kind"]]} for table in (real, synthetic)
    ]
    report = utility(
        *joint, target="ill", inputs=inputs, estimator=LogisticRegression(), num_resamples=5
    )
    if inputs == "table":  # which knows x no more
        assert 0.3 < auc(report, "synthetic_to_real") < 0.7
    else:
        assert auc(report, "synthetic_to_real") > 0.9


@pytest.mark.backend
def test_a_keras_model_of_image_and_row_with_two_targets():
    tables = rows(120).drop(columns="kind"), rows(120, seed=1).drop(columns="kind")
    samples = [
        {"image": pictures(t), "table": t.drop(columns="x").assign(z=1.0 * t["x"])} for t in tables
    ]
    image, table = keras.Input((4, 4, 1), name="image"), keras.Input((1,), name="table")
    both = keras.layers.Concatenate()([keras.layers.Flatten()(image), table])
    outputs = keras.layers.Dense(2, activation="sigmoid")(both)
    model = keras.Model({"image": image, "table": table}, outputs)
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", run_eagerly=False)
    before = [np.array(w) for w in model.get_weights()]
    report = utility(
        *samples,
        target={"ill": "ill", "old": 1},
        estimator=model,
        fit_options={"epochs": 15, "batch_size": 60},
        num_resamples=5,
    )
    assert auc(report, "synthetic_to_real") > 0.8
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="Invalid `estimator`"):
        utility(*samples, target="ill", inputs="table", estimator=model)


def test_scores_of_classes_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 300)
    chances = random.dirichlet([1, 1, 1, 0.1], 300) + 0.5 * np.eye(4)[truth]
    chances /= chances.sum(axis=1, keepdims=True)  # the fourth class does not occur
    found = classification_scores(truth, chances, classes=list("abcd"), num_resamples=50)
    guess, ours = chances.argmax(axis=1), {"labels": [0, 1, 2], "average": "macro"}
    each = [metrics.roc_auc_score(truth == i, chances[:, i]) for i in range(3)]
    expected = {
        "auc": np.mean(each),
        "accuracy": metrics.accuracy_score(truth, guess),
        "precision": metrics.precision_score(truth, guess, **ours),
        "recall": metrics.recall_score(truth, guess, **ours),
        "f1": metrics.f1_score(truth, guess, **ours),
        "brier": ((chances - np.eye(4)[truth]) ** 2).sum(axis=1).mean() / 2,
    }
    for name, value in expected.items():
        assert found[name]["value"] == pytest.approx(value), name
        low, high = found[name]["interval"]
        assert low <= value <= high
    best, tenths = chances.max(axis=1), (chances.max(axis=1) * 10).astype(int)
    gaps = [abs((best - (guess == truth))[tenths == i].sum()) for i in range(10)]
    assert found["calibration_error"]["value"] == pytest.approx(sum(gaps) / 300)
    assert [found["classes"][name]["value"] for name in "abc"] == pytest.approx(each)
    assert "no test row" in found["classes"]["d"]["not_computable"]


def test_two_classes_score_the_same_in_either_form():
    random = np.random.default_rng(0)
    truth, chances = random.integers(0, 2, 200), random.uniform(size=200)
    one = classification_scores(truth, chances, num_resamples=5)
    two = np.stack([1 - chances, chances], axis=1)
    both = classification_scores(truth, two, classes=["no", "yes"], num_resamples=5)
    for name in ("auc", "accuracy", "brier"):
        assert one[name]["value"] == pytest.approx(both[name]["value"])


def test_scores_of_numbers_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth = random.normal(50, 9, 300)
    predicted = truth + random.normal(0, 5, 300)
    found = regression_scores(truth, predicted, num_resamples=50)
    for name, measure in (("r2", metrics.r2_score), ("mae", metrics.mean_absolute_error)):
        assert found[name]["value"] == pytest.approx(measure(truth, predicted))
        low, high = found[name]["interval"]
        assert low <= found[name]["value"] <= high
    flat = regression_scores(np.full(20, 0.1), predicted[:20], num_resamples=5)
    assert "are equal" in flat["r2"]["not_computable"]
    assert flat["mae"]["value"] is not None


def test_intervals_hold_the_true_value_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = {"accuracy": 0, "mae": 0}
    for _ in range(200):
        right = (random.uniform(size=60) < 0.7).astype(int)  # accuracy is 0.7
        error = random.uniform(-1, 1, 60)  # and the mean absolute error 0.5
        made = classification_scores(right, np.ones(60), num_resamples=100)
        made |= regression_scores(error, np.zeros(60), num_resamples=100)
        for name, value in (("accuracy", 0.7), ("mae", 0.5)):
            low, high = made[name]["interval"]
            held[name] += low <= value <= high
    # 95% but for a few: percentile intervals of small samples are somewhat narrow.
    assert all(0.88 <= count / 200 <= 0.99 for count in held.values()), held


def mixed(count, seed=0):
    """One column of each kind, all of which x tells about."""
    random = np.random.default_rng(seed)
    x = random.normal(size=count)
    near = x + 0.3 * random.normal(size=count)
    return pd.DataFrame(
        {
            "x": x,
            "ill": np.where(near > 0, "ill", "well"),
            "grade": np.select([near < -0.5, near < 0.5], ["low", "middle"], "top"),
            "stay": 200 + 30 * near,
        }
    )


MIXED = {"ill": LogisticRegression(), "grade": LogisticRegression(), "stay": Ridge(0.1)}


def test_targets_of_mixed_kinds_at_both_extremes(tmp_path):
    real, test = mixed(300), mixed(300, seed=1)
    options = {"target": list(MIXED), "real_test": test, "estimator": MIXED, "num_resamples": 5}
    copies = utility(real, real.copy(), **options)
    for found in copies.scores["targets"].values():
        assert found["synthetic_to_real"] == found["real_to_real"]
    assert copies.scores["auc_lost"]["value"] == copies.scores["r2_lost"]["value"] == 0.0
    assert copies.scores["auc_real_to_real"]["value"] > 0.9
    assert copies.scores["r2_real_to_real"]["value"] > 0.8
    assert copies.scores["targets"]["stay"]["real_to_real"]["mae"]["value"] < 15
    assert "grade (3 classes), stay (a number)" in copies.summary
    copies.save(tmp_path)
    for name in ("curves_1", "predicted_1"):
        assert (tmp_path / "figures" / f"{name}.png").exists()

    shuffled = real.assign(x=np.random.default_rng(3).permutation(real["x"]))
    found = utility(real, shuffled, **options).scores["targets"]
    for name in ("ill", "grade"):
        # The slope is small, and its sign is luck: tests are on truly dependent rows.
        assert found[name]["real_to_synthetic"]["auc"]["value"] == pytest.approx(0.5, abs=0.1)
    assert found["stay"]["synthetic_to_real"]["r2"]["value"] == pytest.approx(0.0, abs=0.15)


def test_kinds_of_targets_are_the_callers():
    def coded(seed):
        table = mixed(200, seed)
        return table.assign(grade=table["grade"].map({"low": 0, "middle": 1, "top": 2}))

    def kind(name, **options):
        report = utility(coded(0), coded(1), inputs="table", num_resamples=5, **options)
        return set(report.scores["targets"][name]["real_to_real"])

    assert kind("grade", target="grade", estimator=Ridge()) == {"r2", "mae"}
    fast = {"estimator": LogisticRegression()}
    assert "classes" in kind("grade", target="grade", categorical=["grade"], **fast)
    one = kind("grade", target={"grade": 2}, **fast)  # against all others
    assert "recall" in one and "classes" not in one
    assert "classes" not in kind("ill", target={"ill": None}, **fast)


def test_kinds_hold_for_inputs_too():
    code = np.random.default_rng(0).integers(0, 4, 400)
    table = pd.DataFrame({"code": code, "odd": np.where(code % 2, "odd", "even")})
    options = {"target": "odd", "estimator": LogisticRegression(), "num_resamples": 5}
    as_number = utility(table[:200], table[200:], **options)
    as_codes = utility(table[:200], table[200:], categorical=["code"], **options)
    assert auc(as_number, "real_to_real") < 0.9
    assert auc(as_codes, "real_to_real") == 1.0


def test_a_class_that_the_generator_lost_counts_against_it():
    synthetic = mixed(300, seed=1).query("grade != 'top'")
    options = {
        "real_test": mixed(300, seed=2),
        "estimator": LogisticRegression(),
        "num_resamples": 5,
    }
    found = utility(mixed(300), synthetic, target="grade", **options).scores["targets"]["grade"]
    assert found["synthetic_to_real"]["classes"]["top"]["value"] == 0.5
    assert found["synthetic_to_real"]["recall"]["value"] < 0.7
    assert found["real_to_synthetic"]["classes"]["top"]["value"] is None
    assert found["real_to_synthetic"]["auc"]["value"] > 0.9


def test_classes_that_real_samples_do_not_have_are_left_out_and_counted():
    synthetic = mixed(200, seed=1)
    synthetic.loc[:29, "grade"] = "topp"
    options = {"estimator": LogisticRegression(), "num_resamples": 5}
    report = utility(mixed(200), synthetic, target="grade", **options)
    assert "30 synthetic samples were left out, because their value" in report.summary
    assert "170 synthetic" in report.summary
    report = utility(mixed(200), synthetic.assign(grade="?"), target="grade", **options)
    entry = report.scores["targets"]["grade"]["real_to_real"]["auc"]
    assert "no value of the synthetic samples" in entry["not_computable"]


def test_margins_of_several_classes():
    options = {"target": "grade", "num_resamples": 5}
    report = utility(mixed(200), mixed(200, seed=1), estimator=LinearSVC(), **options)
    assert auc(report, "synthetic_to_real") > 0.8
    four = [
        mixed(200, seed).assign(grade=lambda t: pd.cut(t.x, [-9, -1, 0, 1, 9]).astype(str))
        for seed in (0, 1)
    ]
    with pytest.raises(ValueError, match='decision_function_shape="ovr"'):
        utility(*four, estimator=SVC(decision_function_shape="ovo"), **options)


def test_columns_of_objects_that_are_all_dates_are_dates():
    """What a database driver returns."""
    days = pd.date_range("2020-01-01", periods=100)
    table = pd.DataFrame({"day": days.astype(object), "y": np.arange(100.0)})
    assert table["day"].dtype == object
    plain = utility(table.assign(day=days), table.assign(day=days), target="y", num_resamples=2)
    scores = utility(table, table, target="y", num_resamples=2).scores
    assert scores["r2_synthetic_to_real"] == plain.scores["r2_synthetic_to_real"]


def test_dates_are_numbers_in_days():
    def dated(seed):
        table = mixed(150, seed)
        return table.assign(stay=pd.Timestamp("2020-01-01") + pd.to_timedelta(table["stay"], "D"))

    report = utility(dated(0), dated(1), target="stay", estimator=Ridge(0.1), num_resamples=5)
    assert report.scores["targets"]["stay"]["real_to_real"]["mae"]["value"] < 15


def test_a_small_table_with_rare_classes_is_split_all_the_same():
    table = mixed(40)
    table.loc[0, "grade"] = "rare"
    report = utility(table, mixed(40, 1), target="grade", estimator=LinearSVC(), num_resamples=5)
    assert auc(report, "real_to_real") is not None


@pytest.mark.backend
@pytest.mark.parametrize("named", [True, False])
def test_a_keras_model_of_targets_of_mixed_kinds(named):
    table = keras.Input((1,), name="table")
    inside = keras.layers.Dense(16, "relu")(table)
    ends = {"ill": (1, "sigmoid"), "grade": (3, "softmax"), "stay": (1, None)}
    outputs = {name: keras.layers.Dense(*end)(inside) for name, end in ends.items()}
    losses = {"ill": "binary_crossentropy", "grade": "categorical_crossentropy", "stay": "mse"}
    if not named:
        outputs, losses = keras.layers.Concatenate()(list(outputs.values())), "mse"
    model = keras.Model(table, outputs)
    model.compile(keras.optimizers.Adam(0.03), losses, jit_compile=False)
    report = utility(
        *(mixed(200, seed) for seed in (0, 1)),
        target=list(ends),
        estimator=model,
        fit_options={"epochs": 15},
        num_resamples=5,
    )
    found = report.scores["targets"]
    assert found["ill"]["synthetic_to_real"]["auc"]["value"] > 0.9
    assert found["grade"]["synthetic_to_real"]["auc"]["value"] > 0.8
    assert found["stay"]["synthetic_to_real"]["r2"]["value"] > 0.6  # of 200, in units of 30


def network(width, activation=None):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(width, activation)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.mark.parametrize(
    ("error", "argument", "words", "changes"),
    [
        (TypeError, "estimator", "Ridge", {"estimator": LogisticRegression()}),
        (TypeError, "estimator", "LogisticRegression", {"target": "ill", "estimator": Ridge()}),
        (TypeError, "estimator", "compile", {"estimator": keras.Sequential()}),
        (ValueError, "estimator", "spelling", {"estimator": {"stai": Ridge()}}),
        (ValueError, "estimator", "width 2", {"estimator": lambda: network(2)}),
        (ValueError, "estimator", "sigmoid", {"target": "ill", "estimator": lambda: network(1)}),
        (
            ValueError,
            "estimator",
            "softmax",
            {"target": "grade", "estimator": lambda: network(3, "relu")},
        ),
        (ValueError, "continuous", "names among", {"continuous": ["stai"]}),
        (ValueError, "categorical", "positive", {"target": {"x": 0.0}, "categorical": ["x"]}),
        (ValueError, "real", "for all targets", {"target": ["ill", "grade"]}),
    ],
)
def test_estimators_and_kinds_that_do_not_fit_are_named(error, argument, words, changes):
    real = mixed(50)
    if argument == "categorical":
        real.loc[0, "x"] = 0.0
    if argument == "real":  # no row has both
        real.loc[:24, "ill"] = None
        real.loc[25:, "grade"] = None
    changes = {
        k: v() if getattr(v, "__name__", "") == "<lambda>" else v for k, v in changes.items()
    }
    drop = [name for name in ("ill", "grade", "stay") if name not in changes.get("target", "stay")]
    tables = [table.drop(columns=drop) for table in (real, mixed(50, seed=1))]
    with pytest.raises(error, match=f"Invalid `{argument}`.*{words}"):
        utility(*tables, **{"target": "stay", "num_resamples": 5} | changes)


@pytest.mark.parametrize(
    ("error", "argument", "changes"),
    [
        (ValueError, "target", {"target": "sex"}),
        (ValueError, "target", {"target": []}),
        (ValueError, "target", {"target": {"ill": "dead"}}),
        (TypeError, "target", {"target": 3}),
        (TypeError, "estimator", {"estimator": "forest"}),
        (TypeError, "estimator", {"estimator": LogisticRegression}),
        (ValueError, "inputs", {"inputs": "image"}),
        (ValueError, "real", {"real": np.zeros((9, 4, 4, 1), "float32")}),
        (ValueError, "synthetic", {"synthetic": rows(50)[["x", "ill"]]}),
        (ValueError, "synthetic", {"synthetic": rows(50).assign(x="text")}),
        (ValueError, "real_test", {"real_test": rows(50)[["ill"]]}),
        (ValueError, "synthetic", {"synthetic": rows(0)}),
        (ValueError, "num_resamples", {"num_resamples": 0}),
    ],
)
def test_bad_input_is_named(error, argument, changes):
    given = {"real": rows(50), "synthetic": rows(50, seed=1), "target": "ill"} | changes
    if argument == "real":
        given["synthetic"] = given["real"]
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        utility(given.pop("real"), given.pop("synthetic"), **given)


class Lost(RegressorMixin, BaseEstimator):
    """A regression that has diverged."""

    def fit(self, x, y):
        return self

    def predict(self, x):
        return np.full(len(x), np.nan)


def reasons(target, **changes):
    """Why no score of a target could be computed, of those from synthetic to real."""
    tables = changes.pop("tables", (mixed(50), mixed(50, seed=1)))
    report = utility(*tables, target=target, num_resamples=5, **changes)
    name = next(iter(target)) if isinstance(target, dict) else target
    found = report.scores["targets"][name]["synthetic_to_real"]
    assert {entry["value"] for entry in found.values()} == {None}
    lost = [key for key in report.scores if key.endswith("_lost")]
    assert [report.scores[key]["value"] for key in lost] == [None] * len(lost)
    return {entry["not_computable"] for entry in found.values()}


def test_why_nothing_could_be_learnt_is_said():
    assert "finite" in str(reasons("stay", estimator=Lost()))
    constant = [t[["stay"]].assign(x=1.0) for t in (mixed(50), mixed(50, seed=1))]
    assert "there are no inputs, or all are constant" in str(reasons("stay", tables=constant))
    lost = mixed(50, seed=1).assign(ill=None)
    for target in ("ill", {"ill": "ill"}):
        said = reasons(target, tables=(mixed(50), lost), estimator=LogisticRegression())
        assert said == {"the synthetic values are all missing"}


def test_a_target_of_one_class_teaches_nothing():
    same = [t.assign(ill="ill") for t in (mixed(50), mixed(50, seed=1))]
    assert "same class" in str(reasons("ill", tables=same, estimator=LogisticRegression()))


@pytest.mark.parametrize("joint", [True, False])
def test_a_keras_model_with_other_inputs_is_refused(joint):
    tables = [t[["x", "stay"]] for t in (mixed(50), mixed(50, seed=1))]
    if joint:  # two parts for a model of one input
        tables = [{"image": pictures(t), "table": t} for t in tables]
    model = keras.Sequential([keras.Input((1 if joint else 7,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    with pytest.raises(ValueError, match=r"Invalid `estimator`.*inputs.*'table': \(None, 1\)"):
        utility(*tables, target="stay", estimator=model, num_resamples=5)


@pytest.mark.backend
def test_a_keras_model_that_diverges_is_said():
    tables = [t[["x", "stay"]] for t in (mixed(50), mixed(50, seed=1))]
    model = network(1)
    model.compile(keras.optimizers.SGD(1e30), "mse", jit_compile=False)
    said = reasons("stay", tables=tables, estimator=model, fit_options={"epochs": 3})
    assert "finite" in str(said)
