import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from keras_gan_kit.evaluation import utility
from keras_gan_kit.evaluation._classification import classification_scores


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
    found = classification_scores(truth, chances, resamples=50)
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
    low, high = classification_scores(truth, np.ones(500), resamples=2000)["accuracy"]["interval"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 500), rel=0.1)


def test_what_is_undefined_says_why():
    found = classification_scores(np.zeros(20), np.zeros(20), resamples=5)
    assert found["accuracy"]["value"] == 1.0
    for name in ("auc", "precision", "recall", "f1"):
        assert found[name]["value"] is None
        assert found[name]["not_computable"]


def test_calibration_is_the_gap_between_chances_and_what_came_true():
    truth, chances = np.tile([1.0, 0.0, 0.0, 0.0], 25), np.full(100, 0.45)
    found = classification_scores(truth, chances, resamples=5)
    assert found["calibration_error"]["value"] == pytest.approx(0.2)


def test_good_samples_teach_as_much_as_real_ones_and_wrong_ones_do_harm():
    real, test = rows(300), rows(300, seed=1)
    options = {
        "target": {"ill": "ill"},
        "real_test": test,
        "estimator": LogisticRegression(),
        "resamples": 20,
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
        rows(300), rows(300, seed=1), target=["ill", "old"], estimator=LinearSVC(), resamples=20
    )
    each = [report.scores["targets"][name]["synthetic_to_real"]["auc"] for name in ("ill", "old")]
    assert auc(report, "synthetic_to_real") == pytest.approx(np.mean([e["value"] for e in each]))
    assert "210 real, 300 synthetic" in report.summary


def test_the_positive_value_is_the_callers():
    made = [
        utility(rows(200), rows(200, seed=1), target={"ill": value}, resamples=5)
        for value in ("ill", "well")
    ]
    share = [report.scores["targets"]["ill"]["real_to_real"]["recall"] for report in made]
    assert share[0] != share[1]


def test_targets_that_cannot_be_used_leave_the_rest(tmp_path):
    synthetic = rows(200, seed=1).assign(old=1)
    report = utility(rows(200), synthetic, target=["ill", "kind", "old"], resamples=5)
    found = report.scores["targets"]
    assert "more than two values" in found["kind"]["real_to_real"]["auc"]["not_computable"]
    assert "one class" in found["old"]["synthetic_to_real"]["auc"]["not_computable"]
    assert found["ill"]["synthetic_to_real"]["auc"]["value"] > 0.8
    report.save(tmp_path)
    assert (tmp_path / "figures" / "curves_1.png").exists()


def test_missing_targets_are_left_out():
    real = rows(200)
    real.loc[:49, "ill"] = None
    report = utility(real, rows(200, seed=1), target="ill", real_test=rows(90, seed=2), resamples=5)
    assert "150 real" in report.summary


@pytest.mark.parametrize("inputs", ["image", "table", None])
def test_classifiers_see_images_rows_or_both(inputs):
    real, synthetic = rows(200), rows(200, seed=1)
    joint = [
        {"image": pictures(table), "table": table[["ill", "kind"]]} for table in (real, synthetic)
    ]
    report = utility(
        *joint, target="ill", inputs=inputs, estimator=LogisticRegression(), resamples=5
    )
    if inputs == "table":  # which knows x no more
        assert 0.3 < auc(report, "synthetic_to_real") < 0.7
    else:
        assert auc(report, "synthetic_to_real") > 0.9


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
        resamples=5,
    )
    assert auc(report, "synthetic_to_real") > 0.8
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="Invalid `estimator`"):
        utility(*samples, target="ill", inputs="table", estimator=model)


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
        (ValueError, "resamples", {"resamples": 0}),
    ],
)
def test_bad_input_is_named(error, argument, changes):
    given = {"real": rows(50), "synthetic": rows(50, seed=1), "target": "ill"} | changes
    if argument == "real":
        given["synthetic"] = given["real"]
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        utility(given.pop("real"), given.pop("synthetic"), **given)
