import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from keras_gan_kit.evaluation import inception_score


@pytest.mark.parametrize("classes", [2, 10])
def test_both_extremes(classes):
    sure = np.eye(classes)
    assert inception_score(np.repeat(sure, 7, axis=0)) == pytest.approx(classes)
    unsure = np.full((50, classes), 1.0 / classes)
    assert inception_score(unsure) == pytest.approx(1.0)
    assert inception_score(np.repeat(sure[:1], 50, axis=0)) == pytest.approx(1.0)  # collapse


@pytest.mark.parametrize("p", [0.6, 0.75, 0.99])
def test_between_them_it_is_the_formula(p):
    """Two classes, each as often, each known with probability p: 2 exp(-entropy)."""
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    given = np.array([[p, 1 - p], [1 - p, p]])
    assert inception_score(given) == pytest.approx(2 * np.exp(-entropy), rel=1e-12)


def test_it_is_the_formula_on_any_rows():
    p = np.random.default_rng(0).dirichlet(np.ones(5), size=5000)
    marginal = p.mean(axis=0)
    expected = np.exp((p * np.log(p / marginal)).sum(axis=1).mean())
    assert inception_score(p) == pytest.approx(expected, rel=1e-12)
    assert inception_score(p.astype("float16")) == pytest.approx(expected, rel=1e-3)


@settings(derandomize=True, database=None, max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), n=st.integers(1, 30), classes=st.integers(1, 6))
def test_neither_the_order_of_samples_nor_of_classes_counts(seed, n, classes):
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.full(classes, 0.3), size=n)
    score = inception_score(p)
    assert 1 - 1e-9 <= score <= min(n, classes) + 1e-9
    assert inception_score(random.permutation(p)) == pytest.approx(score, rel=1e-9)
    assert inception_score(random.permutation(p, axis=1)) == pytest.approx(score, rel=1e-9)
    assert inception_score(np.repeat(p, 3, axis=0)) == pytest.approx(score, rel=1e-9)


def test_a_probability_of_0_counts_nothing():
    assert inception_score(np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])) > 1.0


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (ValueError, np.array([[2.0, 1.0]])),
        (ValueError, np.array([[1.5, -0.5]])),
        (ValueError, np.array([0.5, 0.5])),
        (ValueError, np.zeros((0, 3))),
        (ValueError, np.array([[0.5, np.nan]])),
        (TypeError, "softmax"),
        (TypeError, None),
    ],
)
def test_bad_input_is_named(error, given):
    with pytest.raises(error, match=r"^Invalid `probabilities`. Received: "):
        inception_score(given)


def test_splits_are_scored_by_themselves():
    """torchmetrics' definition: chunks of equal size, and the deviation over n - 1."""
    random = np.random.default_rng(0)
    given = random.dirichlet(np.ones(5), 50)
    scores = [inception_score(part) for part in np.split(given, 5)]
    mean, std = inception_score(given, splits=5)
    assert (mean, std) == pytest.approx((np.mean(scores), np.std(scores, ddof=1)))
    assert inception_score(given, splits=1) == pytest.approx((inception_score(given), 0.0))
    # 53 samples in five parts: 11, 11, 11, 11, 9.
    given = random.dirichlet(np.ones(5), 53)
    parts = np.split(given, [11, 22, 33, 44])
    assert inception_score(given, splits=5)[0] == pytest.approx(
        np.mean(list(map(inception_score, parts)))
    )
    with pytest.raises(ValueError, match="Invalid `splits`"):
        inception_score(given, splits=54)
