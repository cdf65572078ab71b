"""A predictor that exists already, scored on any number of samples."""

import tracemalloc

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from keras_gan_kit.evaluation import utility


def rows(count, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=count)
    return pd.DataFrame(
        {
            "x": x,
            "kind": random.choice(["a", "b"], count),
            "ill": np.where(x + random.normal(size=count) > 0, "yes", "no"),
        }
    )


def classifier():
    encoder = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    train = rows(300)
    return make_pipeline(encoder, LogisticRegression()).fit(train.drop(columns="ill"), train.ill)


def test_scores_are_those_of_the_predictor_as_it_is():
    model, real, made = classifier(), rows(200, 1), rows(500, 2)
    options = {"predictor": model, "fitted": True, "num_resamples": 20}
    report = utility(real, made, target="ill", **options)
    for name, table in (("real", real), ("synthetic", made)):
        chances = model.predict_proba(table.drop(columns="ill"))[:, 1]
        truth, guess = table.ill == "yes", chances > 0.5
        found = report.scores["targets"]["ill"][f"real_to_{name}"]
        expected = {
            "auc": metrics.roc_auc_score(truth, chances),
            "accuracy": metrics.accuracy_score(truth, guess),
            "precision": metrics.precision_score(truth, guess),
            "recall": metrics.recall_score(truth, guess),
            "f1": metrics.f1_score(truth, guess),
        }
        for metric, value in expected.items():
            assert found[metric]["value"] == pytest.approx(value)
        assert report.scores[f"auc_real_to_{name}"]["value"] == pytest.approx(expected["auc"])
    # Another class may be the positive one, and samples may come in pieces.
    turned = utility(
        real, iter([made[:100], made[100:101], made[101:]]), target={"ill": "no"}, **options
    )
    assert turned.scores["auc_real_to_synthetic"]["value"] == pytest.approx(
        report.scores["auc_real_to_synthetic"]["value"]
    )


def test_a_keras_model_and_a_regressor():
    real, made = rows(100, 1)[["x"]], rows(200, 2)[["x"]]
    for table in (real, made):
        table["y"] = 3 * table.x + 1
        table["up"] = (table.x > 0).astype(int)
    line = LinearRegression().fit(real[["x"]], real.y)
    options = {"fitted": True, "num_resamples": 5}
    scores = utility(real, made, target="y", predictor=line, **options).scores
    assert scores["r2_real_to_synthetic"]["value"] == pytest.approx(1.0)
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    network.set_weights([np.ones((1, 1)), np.zeros(1)])
    given = [table[["x", "up"]] for table in (real, made)]
    scores = utility(*given, target="up", predictor=network, **options).scores
    assert scores["auc_real_to_synthetic"]["value"] == 1.0


def test_a_million_and_a_half_rows_take_constant_memory():
    model = LogisticRegression().fit(rows(300)[["x"]], rows(300).ill)
    piece = rows(50_000, 1)[["x", "ill"]]

    def peak(pieces):
        tracemalloc.start()
        scores = utility(
            piece[:100],
            (piece for _ in range(pieces)),
            target="ill",
            predictor=model,
            fitted=True,
            num_resamples=3,
        ).scores
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return scores, found

    small, first = peak(3)
    large, second = peak(30)
    assert large["auc_real_to_synthetic"]["value"] == pytest.approx(
        small["auc_real_to_synthetic"]["value"]
    )
    # What grows is the truth and the prediction of each row, and the ranks of these.
    assert second - first < 1_350_000 * 120


def test_intervals_of_many_rows_are_those_of_theory():
    model = LogisticRegression().fit(rows(300)[["x"]], rows(300).ill)
    made = rows(150_000, 3)[["x", "ill"]]
    options = {"target": "ill", "predictor": model, "fitted": True, "num_resamples": 200}
    found = utility(made[:100], made, **options).scores["targets"]["ill"]["real_to_synthetic"]
    share = found["accuracy"]["value"]
    low, high = found["accuracy"]["interval"]
    width = 2 * 1.96 * np.sqrt(share * (1 - share) / 150_000)
    assert high - low == pytest.approx(width, rel=0.2)
    assert low < share < high
    assert found["auc"]["interval"][0] < found["auc"]["value"] < found["auc"]["interval"][1]


@pytest.mark.parametrize(
    ("error", "argument", "changes"),
    [
        (ValueError, "fitted", {"fitted": False}),
        (ValueError, "predictor", {"predictor": None}),
        (TypeError, "predictor", {"predictor": "model.keras"}),
        (ValueError, "estimator", {"estimator": LogisticRegression()}),
        (ValueError, "target", {"target": ["ill", "x"]}),
        (ValueError, "synthetic", {"synthetic": rows(9).drop(columns="ill")}),
        (ValueError, "predictor", {"synthetic": rows(9).drop(columns="kind")}),
        (TypeError, "synthetic", {"synthetic": "made.csv"}),
        (ValueError, "predictor", {"target": "kind"}),
    ],
)
def test_bad_input_is_named(error, argument, changes):
    given = {"real": rows(50), "synthetic": rows(50, 1), "target": "ill"}
    given |= {"predictor": classifier(), "fitted": True} | changes
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        utility(given.pop("real"), given.pop("synthetic"), **given)
