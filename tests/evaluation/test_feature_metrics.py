"""What holds for every metric of two sets of features."""

import tracemalloc

import numpy as np
import pytest
from feature_sets import normal, rotation, two_sets
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from keras_gan_kit.evaluation import (
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from keras_gan_kit.evaluation.features import _feature_arrays

METRICS = [frechet_distance, kernel_distance, precision_recall, density_coverage]
every_metric = pytest.mark.parametrize("metric", METRICS)
quickly = settings(derandomize=True, database=None, max_examples=15, deadline=None)
# On a grid, so that the moves below round nothing: what is tested are the metrics.
GRID = st.integers(-40, 40).map(lambda n: n / 8)
sets = st.tuples(
    arrays("float64", st.tuples(st.integers(7, 12), st.just(3)), elements=GRID),
    arrays("float64", st.tuples(st.integers(7, 12), st.just(3)), elements=GRID),
)


def close(first, second):
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-5)


@every_metric
@quickly
@given(sets=sets, order=st.permutations(range(7)))
def test_the_order_of_samples_does_not_count(metric, sets, order):
    real, synthetic = sets
    mixed = np.concatenate([synthetic[:7][list(order)], synthetic[7:]])
    close(metric(real[::-1], mixed), metric(real, synthetic))


@every_metric
@quickly
@given(sets=sets, axes=st.permutations(range(3)), signs=st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_a_rotation_or_reflection_does_not_count(metric, sets, axes, signs):
    moved = [features[:, list(axes)] * signs for features in sets]
    close(metric(*moved), metric(*sets))


@pytest.mark.parametrize("metric", [frechet_distance, precision_recall, density_coverage])
@quickly
@given(sets=sets, shift=arrays("float64", 3, elements=st.integers(-1000, 1000)))
def test_a_shift_of_both_does_not_count(metric, sets, shift):
    close(metric(*(features + shift for features in sets)), metric(*sets))


@pytest.mark.parametrize("metric", [precision_recall, density_coverage])
@quickly
@given(sets=sets, factor=st.sampled_from([1e-6, 0.5, 1024.0, 1e6]))
def test_a_scale_of_both_does_not_count(metric, sets, factor):
    close(metric(*(features * factor for features in sets)), metric(*sets))


@quickly
@given(sets=sets)
def test_frechet_distances_are_symmetric_and_not_negative(sets):
    real, synthetic = sets
    distance = frechet_distance(real, synthetic)
    assert distance >= np.square(real.mean(axis=0) - synthetic.mean(axis=0)).sum() - 1e-9
    close(frechet_distance(synthetic, real), distance)


@quickly
@given(sets=sets, factor=st.sampled_from([1e-3, 0.5, 3.0, 1024.0]))
def test_frechet_distances_grow_with_the_square_of_a_scale(sets, factor):
    distance = frechet_distance(*sets)
    scaled = frechet_distance(*(features * factor for features in sets))
    np.testing.assert_allclose(scaled, factor**2 * distance, rtol=1e-6, atol=1e-5 * factor**2)


@quickly
@given(sets=sets)
def test_kernel_distances_of_whole_sets_are_symmetric(sets):
    real, synthetic = sets
    close(kernel_distance(synthetic, real), kernel_distance(real, synthetic))


@quickly
@given(sets=sets)
def test_swapping_the_sets_swaps_precision_and_recall(sets):
    real, synthetic = sets
    assert precision_recall(synthetic, real) == precision_recall(real, synthetic)[::-1]


@quickly
@given(sets=sets, order=st.permutations(range(7)))
def test_a_set_and_itself_are_as_close_as_can_be(sets, order):
    real = sets[0]
    same = np.concatenate([real[:7][list(order)], real[7:]])
    close(frechet_distance(real, same), 0.0)
    assert precision_recall(real, same) == (1.0, 1.0)
    assert density_coverage(real, same)[1] == 1.0
    # The estimate has no bias, which a set and itself, that are not independent, show: each row is
    # compared with its own copy too.
    kernel = (real @ real.T / 3 + 1.0) ** 3
    n = len(real)
    apart = (kernel.sum() - np.trace(kernel)) / (n * (n - 1))
    close(kernel_distance(real, same)[0], 2 * (apart - kernel.mean()))


@quickly
@given(sets=sets)
def test_shares_are_shares(sets):
    for metric in (precision_recall, density_coverage):
        first, second = metric(*sets)
        assert 0 <= second <= 1
        assert 0 <= first <= (1 if metric is precision_recall else np.inf)


@every_metric
def test_a_general_rotation_does_not_count(metric):
    real, synthetic = two_sets()
    close(metric(real @ rotation(4), synthetic @ rotation(4)), metric(real, synthetic))


@every_metric
def test_types_do_not_count(metric):
    real, synthetic = (np.round(4 * features) for features in two_sets())
    expected = metric(real, synthetic)
    for dtype in ("float32", "float16", "int64", "int8"):
        close(metric(real.astype(dtype), synthetic.astype(dtype)), expected)


@every_metric
@pytest.mark.parametrize(("n", "m"), [(60, 8), (9, 41), (14, 21), (15, 15)])
def test_several_blocks_give_what_one_gives(metric, n, m, monkeypatch):
    sets = two_sets(n, m, d=3)
    expected = metric(*sets)
    monkeypatch.setattr(_feature_arrays, "BLOCK", 7)
    np.testing.assert_allclose(metric(*sets), expected, rtol=1e-9)


@every_metric
def test_constant_and_dependent_features_are_no_problem(metric):
    real, synthetic = two_sets(40, 30, d=3)
    wide = [np.concatenate([f, f[:, :1], np.ones((len(f), 2))], axis=1) for f in (real, synthetic)]
    assert np.isfinite(metric(*wide)).all()


@every_metric
def test_fewer_samples_than_features_are_no_problem(metric):
    assert np.isfinite(metric(normal(8, 100), normal(9, 100, seed=1))).all()


@every_metric
def test_memory_does_not_grow_with_the_number_of_samples(metric, monkeypatch):
    monkeypatch.setattr(_feature_arrays, "BLOCK", 64)
    options = {"subset_size": 64, "subsets": 3} if metric is kernel_distance else {}
    peaks = []
    for n in (640, 2560):
        sets = [features.astype("float32") for features in two_sets(n, n, d=16)]
        tracemalloc.start()
        metric(*sets, **options)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    per_sample = (peaks[1] - peaks[0]) / (2560 - 640)
    assert per_sample < 8 * 16  # bytes: less than one row of float64, let alone 640 pairs


@every_metric
@pytest.mark.parametrize(
    ("error", "argument", "real", "synthetic"),
    [
        (ValueError, "real", np.zeros((0, 2)), np.zeros((9, 2))),
        (ValueError, "synthetic", np.zeros((9, 2)), np.zeros((0, 2))),
        (ValueError, "real", np.zeros((1, 2)), np.zeros((9, 2))),
        (ValueError, "real", np.zeros(9), np.zeros((9, 1))),
        (ValueError, "synthetic", np.zeros((9, 2)), np.zeros((9, 4))),
        (ValueError, "synthetic", np.zeros((9, 2)), np.zeros((9, 2, 1))),
        (ValueError, "real", np.full((9, 1), np.nan), np.zeros((9, 1))),
        (ValueError, "synthetic", np.zeros((9, 1)), np.full((9, 1), np.inf)),
        (TypeError, "real", "features.npy", np.zeros((9, 1))),
        (TypeError, "synthetic", np.zeros((9, 1)), None),
        (TypeError, "synthetic", np.zeros((9, 1)), [["a"]]),
    ],
)
def test_bad_features_are_named(metric, error, argument, real, synthetic):
    with pytest.raises(error) as caught:
        metric(real, synthetic)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")


@pytest.mark.parametrize(
    ("error", "metric", "argument", "options"),
    [
        (ValueError, precision_recall, "k", {"k": 0}),
        (TypeError, precision_recall, "k", {"k": 2.0}),
        (ValueError, precision_recall, "real", {"k": 40}),
        (ValueError, precision_recall, "synthetic", {"k": 30}),
        (ValueError, density_coverage, "k", {"k": -1}),
        (TypeError, density_coverage, "k", {"k": True}),
        (ValueError, density_coverage, "real", {"k": 40}),
        (ValueError, kernel_distance, "subset_size", {"subset_size": 1}),
        (TypeError, kernel_distance, "subset_size", {"subset_size": 1e3}),
        (ValueError, kernel_distance, "subsets", {"subsets": 0}),
        (ValueError, kernel_distance, "seed", {"seed": -1}),
    ],
)
def test_bad_options_are_named(error, metric, argument, options):
    with pytest.raises(error) as caught:
        metric(*two_sets(40, 30), **options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
