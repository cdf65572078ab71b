"""`TableTransformer` is an estimator of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

from keras_gan_kit.data import TableTransformer

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"age": RNG.integers(20, 90, 60), "sex": RNG.choice(["f", "m"], 60), "w": RNG.normal(size=60)},
    index=[f"row {i}" for i in range(60)],
)
ILL = (TABLE["age"] > 50).to_numpy()
EXPECTED_TO_FAIL = {
    "check_do_not_raise_errors_in_init_or_set_params": "arguments are checked where they are "
    "written: a mistake shows at its line, not in a fit hours later",
}


@pytest.mark.filterwarnings("ignore:.*occurred during set_params")  # as expected below
@pytest.mark.parametrize("scaling", ["minmax", "modes"])
def test_the_checks_of_scikit_learn_pass(scaling):
    results = check_estimator(
        TableTransformer(scaling=scaling),
        expected_failed_checks=EXPECTED_TO_FAIL,
        on_skip=None,
        on_fail=None,
    )
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert sum(r["status"] == "passed" for r in results) > 35
    assert [r["check_name"] for r in results if r["status"] == "xfail"] == list(EXPECTED_TO_FAIL)


def test_it_is_an_estimator_with_tags_and_attributes():
    transformer = TableTransformer(drop=["w"])
    assert isinstance(transformer, BaseEstimator)
    assert isinstance(transformer, TransformerMixin)
    with pytest.raises(NotFittedError):
        check_is_fitted(transformer)
    check_is_fitted(transformer.fit(TABLE))
    assert transformer.n_features_in_ == 3
    assert transformer.feature_names_in_.tolist() == ["age", "sex", "w"]
    assert get_tags(transformer).input_tags.allow_nan
    assert "TableTransformer" in transformer._repr_html_()
    assert clone(transformer).get_params() == transformer.get_params()
    names = transformer.get_feature_names_out(["age", "sex", "w"])
    assert names.tolist() == ["age", "sex"]
    with pytest.raises(ValueError, match="Invalid `input_features`"):
        transformer.get_feature_names_out(["age"])


def test_a_data_frame_comes_out_where_it_is_asked_for():
    transformer = TableTransformer().set_output(transform="pandas")
    frame = transformer.fit_transform(TABLE)
    assert list(frame) == list(transformer.get_feature_names_out())
    assert list(frame.index) == list(TABLE.index)
    back = transformer.inverse_transform(frame)
    pd.testing.assert_frame_equal(
        back[["age", "sex"]], TABLE.reset_index(drop=True)[["age", "sex"]]
    )


def test_it_works_in_pipelines_column_transformers_and_cross_validation():
    pipeline = make_pipeline(TableTransformer(handle_unknown="ignore", out_of_range="extend"))
    matrix = pipeline.fit_transform(TABLE)
    assert list(pipeline.inverse_transform(matrix)) == list(TABLE)
    columns = ColumnTransformer([("table", pipeline, ["age", "sex"])], remainder="passthrough")
    assert columns.fit_transform(TABLE).shape == (60, 3)
    learner = make_pipeline(clone(pipeline), LogisticRegression())
    assert cross_val_score(learner, TABLE, ILL, cv=3).mean() > 0.8


def test_arrays_and_lists_of_rows_are_taken():
    array = RNG.normal(size=(30, 2)).round(2)
    transformer = TableTransformer().fit(array)
    assert not hasattr(transformer, "feature_names_in_")
    assert list(transformer.inverse_transform(transformer.transform(array))) == ["x0", "x1"]
    np.testing.assert_array_equal(
        transformer.transform(array.tolist()), transformer.transform(array)
    )
    with pytest.raises(ValueError, match="X has 1 features, but TableTransformer is expecting 2"):
        transformer.transform(array[:, :1])
    with pytest.raises(ValueError, match="Reshape your data"):
        transformer.fit(array[:, 0])
    copy = TableTransformer.from_config(transformer.get_config())
    assert not hasattr(copy, "feature_names_in_")
    np.testing.assert_array_equal(copy.transform(array), transformer.transform(array))


def test_set_params_keeps_a_fit_that_it_does_not_change():
    transformer = TableTransformer().fit(TABLE)
    assert transformer.set_params().width == 3
    with pytest.raises(ValueError, match="Invalid parameter 'x'"):
        transformer.set_params(x=1)
    assert transformer.width == 3
    with pytest.raises(NotFittedError):
        _ = transformer.set_params(scaling="modes").width
