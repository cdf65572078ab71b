"""Scores of masks: closed cases, intervals, thresholds from elsewhere, what is refused."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from sklearn import metrics

from keras_gan_kit.evaluation import segmentation_report
from keras_gan_kit.evaluation.segmentation._data import Segmentation
from keras_gan_kit.evaluation.segmentation._figures import overlays
from keras_gan_kit.evaluation.segmentation._scores import intervals


def masks(num=3, seed=0, size=16):
    return (np.random.default_rng(seed).uniform(size=(num, size, size)) < 0.2).astype("float32")


def guesses(true, noise=0.3, seed=1):
    draw = np.random.default_rng(seed).normal(size=true.shape)
    return np.clip(0.3 + 0.4 * true + noise * draw, 0, 1).astype("float32")


def values(report):
    return {name: entry["value"] for name, entry in report.scores.items() if "value" in entry}


def test_perfect_and_worst():
    true = masks()
    best = values(segmentation_report(true, true, num_resamples=20))
    assert set(best.values()) == {1.0}
    worst = values(segmentation_report(true, 1 - true, num_resamples=20))
    assert worst["auc_roc"] == worst["dice"] == worst["sensitivity"] == worst["accuracy"] == 0.0


def test_scores_are_counts():
    true = np.array([[[1, 1, 1, 0, 0, 0, 0, 0]]])
    found = np.array([[[0.9, 0.8, 0.1, 0.7, 0.2, 0.2, 0.2, 0.2]]])
    scores = values(segmentation_report(true, found, num_resamples=5))
    assert scores["dice"] == pytest.approx(2 * 2 / (3 + 3))
    assert scores["sensitivity"] == pytest.approx(2 / 3)
    assert scores["specificity"] == pytest.approx(4 / 5)
    assert scores["accuracy"] == pytest.approx(6 / 8)
    # Pairs of a vessel and another pixel that are in the right order.
    assert scores["auc_roc"] == pytest.approx((5 + 5 + 0) / 15)


def test_more_noise_is_worse():
    true = masks()
    found = [
        values(segmentation_report(true, guesses(true, noise), num_resamples=5))
        for noise in (0.05, 0.2, 0.5, 2.0)
    ]
    for name in ("auc_roc", "auc_pr", "dice_best_on_test"):
        ordered = [scores[name] for scores in found]
        assert ordered == sorted(ordered, reverse=True) and ordered[0] > ordered[-1]


def test_only_the_field_of_view_counts():
    true = masks()
    found = guesses(true)
    view = np.zeros_like(true)
    view[:, :8] = 1
    spoiled = found.copy()
    spoiled[:, 8:] = 1 - true[:, 8:]
    options = {"masks": view, "num_resamples": 5}
    a, b = (segmentation_report(true, part, **options).scores for part in (found, spoiled))
    assert a == b


def test_the_threshold_comes_from_validation_data():
    true, other = masks(), masks(seed=5)
    report = segmentation_report(
        true, 0.2 * guesses(true), validation=(other, 0.2 * guesses(other)), num_resamples=5
    )
    threshold = report.scores["details"]["threshold"]
    assert threshold["value"] < 0.2 and threshold["chosen_on"] == "validation data"
    optimistic = report.scores["dice_best_on_test"]
    assert optimistic["value"] >= report.scores["dice"]["value"]
    assert "optimistic" in optimistic["note"]
    found = 0.2 * guesses(true) >= optimistic["threshold"]
    dice = metrics.f1_score(true.ravel(), found.ravel())
    assert optimistic["value"] == pytest.approx(dice, abs=1e-6)


def test_eight_bits_and_folders_of_pictures(tmp_path):
    true = masks()
    eight = np.uint8(255 * guesses(true) + 0.5)
    for i, picture in enumerate(eight):
        Image.fromarray(picture).save(tmp_path / f"{i}.png")
    options = {"num_resamples": 5}
    from_array = segmentation_report(255 * true.astype("uint8"), eight[..., None], **options)
    from_folder = segmentation_report(true, tmp_path, **options)
    assert from_array.scores == from_folder.scores
    floats = values(segmentation_report(true, guesses(true), **options))
    assert values(from_array)["auc_roc"] == pytest.approx(floats["auc_roc"], abs=0.01)


def test_intervals_hold_the_scores_and_narrow_with_images():
    widths = []
    for num in (4, 64):
        true = masks(num)
        scores = segmentation_report(true, guesses(true), num_resamples=200).scores
        for name in ("auc_roc", "auc_pr", "dice", "sensitivity", "specificity", "accuracy"):
            low, high = scores[name]["interval"]
            # The histograms behind intervals have 1,024 levels.
            assert low - 2e-3 <= scores[name]["value"] <= high + 2e-3
        widths.append(scores["dice"]["interval"][1] - scores["dice"]["interval"][0])
    assert widths[1] < widths[0]


def test_the_areas_of_intervals_are_those_of_the_curves():
    true = masks(1)
    data = Segmentation.of(true, guesses(true), None)
    found = intervals(data, 0.5, num_resamples=1, seed=0)
    flat, guess = data.pixels()
    assert found["auc_roc"][0] == pytest.approx(metrics.roc_auc_score(flat, guess), abs=2e-3)
    precision, recall, _ = metrics.precision_recall_curve(flat, guess)
    assert found["auc_pr"][0] == pytest.approx(metrics.auc(recall, precision), abs=5e-3)


def test_intervals_count_pixels_at_the_threshold_as_the_scores_do():
    """Predictions of few values, one of which is the best threshold."""
    true = masks(4)
    votes = np.where(true > 0, 0.8, 0.2)
    scores = segmentation_report(true, votes, validation=(true, votes), num_resamples=9).scores
    assert scores["details"]["threshold"]["value"] == pytest.approx(0.8)
    for name in ("dice", "sensitivity", "specificity", "accuracy"):
        assert scores[name]["value"] == 1.0
        assert scores[name]["interval"] == [1.0, 1.0]


def test_resamples_that_all_lack_a_class_leave_the_interval_out():
    true = np.zeros((3, 4, 4))
    true[0, 0] = 1
    all_scores = [segmentation_report(true, true, num_resamples=1, seed=s).scores for s in range(9)]
    assert all(scores["sensitivity"]["value"] == 1.0 for scores in all_scores)
    assert {"interval" in scores["sensitivity"] for scores in all_scores} == {True, False}


def test_one_class_is_not_computable_and_the_rest_comes(tmp_path):
    nothing = np.zeros((2, 8, 8))
    report = segmentation_report(nothing, np.full((2, 8, 8), 0.1), num_resamples=5)
    assert report.scores["auc_roc"]["value"] is None
    assert "one class" in report.scores["auc_roc"]["not_computable"]
    assert report.scores["specificity"]["value"] == 1.0
    assert report.save(tmp_path).exists()


def test_the_page(tmp_path):
    true = masks()
    report = segmentation_report(
        true, guesses(true), images=np.zeros((3, 16, 16, 3)), names="abc", num_resamples=5
    )
    page = report.save(tmp_path).read_text()
    assert "optimistic" in page
    assert {p.name for p in (tmp_path / "figures").iterdir()} == {"curves.png", "overlays.png"}
    assert json.loads((tmp_path / "scores.json").read_text()) == report.scores


def test_overlays_are_gray_outside_the_field_of_view():
    """Beside it a network says anything, which would only catch the eye."""
    view = np.array([[[1, 1, 0]]], bool)
    data = Segmentation(np.array([[[1, 0, 1]]], bool), np.ones((1, 1, 3), "float32"), view)
    figure = Figure()
    overlays(data, 0.5, [0], ["a"], None).draw(figure)
    prediction, result = (axes.images[0].get_array() for axes in figure.axes)
    assert prediction.tolist() == [[1.0, 1.0, pytest.approx(0.2)]]
    assert result[0, 2].tolist() == pytest.approx([0.2] * 3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"predictions": np.zeros((3, 8, 16))}, ValueError, ["`predictions`", "(3, 16, 16)"]),
        ({"predictions": masks() - 3}, ValueError, ["`predictions`", "sigmoid"]),
        ({"predictions": masks() * np.nan}, ValueError, ["`predictions`", "NaN"]),
        ({"labels": masks() / 3}, ValueError, ["`labels`", "0 and 1"]),
        ({"labels": masks()[0]}, ValueError, ["`labels`", "[None]"]),
        ({"labels": np.array([["a"]])}, TypeError, ["`labels`"]),
        ({"masks": np.zeros((3, 16, 16))}, ValueError, ["`masks`", "image 0"]),
        ({"threshold": 2.0}, ValueError, ["`threshold`"]),
        ({"threshold": 0.5, "validation": (masks(), masks())}, ValueError, ["`validation`"]),
        ({"validation": 0.5}, TypeError, ["`validation`", "float"]),
        ({"seed": -1}, ValueError, ["`seed`", "-1"]),
        ({"validation": (0 * masks(), masks())}, ValueError, ["`validation`", "positive"]),
        ({"names": ["one"]}, ValueError, ["`names`", "3"]),
        ({"images": np.zeros((2, 16, 16, 3))}, ValueError, ["`images`"]),
        ({"num_resamples": 0}, ValueError, ["`num_resamples`"]),
    ],
)
def test_bad_input(options, error, words):
    arguments = {"labels": masks(), "predictions": guesses(masks())} | options
    with pytest.raises(error) as raised:
        segmentation_report(**arguments)
    for word in words:
        assert word in str(raised.value)


def perfect(folder, labels, pad=0):
    """Writes labels as 8-bit predictions."""
    folder.mkdir()
    for i, label in enumerate(labels):
        Image.fromarray(np.pad(label, pad).astype("uint8") * 255).save(folder / f"{i}.png")
    return folder


def random_labels(*sizes):
    random = np.random.default_rng(0)
    return [(random.uniform(size=size) > 0.8).astype("uint8") for size in sizes]


def test_predictions_of_another_size_are_refused_from_folders_too(tmp_path):
    labels = np.stack(random_labels((20, 30), (20, 30)))
    found = segmentation_report(labels, perfect(tmp_path / "own", labels), num_resamples=5)
    assert found.scores["dice"]["value"] == 1.0
    with pytest.raises(ValueError, match=r"`predictions`.*0\.png.*\(36, 46\).*\(20, 30\)"):
        segmentation_report(labels, perfect(tmp_path / "padded", labels, 8), num_resamples=5)
    with pytest.raises(ValueError, match=r"`predictions`.*2 files"):
        segmentation_report(labels[:1], tmp_path / "own", num_resamples=5)


def test_predictions_of_16_bits_keep_their_levels(tmp_path):
    labels = np.uint8([[[0, 1]]])
    Image.fromarray(np.uint16([[40_000, 40_001]])).save(tmp_path / "0.png")
    scores = segmentation_report(labels, tmp_path, num_resamples=5).scores
    assert scores["auc_roc"]["value"] == 1.0  # of 8 bits the two are equal


def test_images_of_several_sizes_are_reported_together(tmp_path):
    labels = random_labels((20, 30), (16, 40))
    found = [0.2 + 0.6 * label for label in labels]
    found[1][0] = 0.9
    together = segmentation_report(labels, found, num_resamples=5)
    flat = [np.concatenate([part.ravel() for part in parts]) for parts in (labels, found)]
    one = segmentation_report(flat[0][None, None], flat[1][None, None], num_resamples=5)
    for name in ("auc_roc", "auc_pr", "dice", "accuracy"):
        assert together.scores[name]["value"] == pytest.approx(one.scores[name]["value"])
    from_folders = segmentation_report(
        perfect(tmp_path / "labels", labels), perfect(tmp_path / "found", labels), num_resamples=5
    )
    assert from_folders.scores["dice"]["value"] == 1.0
    with pytest.raises(ValueError, match=r"`predictions`.*image 1 has \(20, 30\).*\(16, 40\)"):
        segmentation_report(labels, [found[0], found[0]], num_resamples=5)
    images = [np.zeros((*label.shape, 3)) for label in labels]
    segmentation_report(labels, found, images=images, num_resamples=5)


def test_of_two_values_the_higher_is_positive():
    labels = 1 + 254 * np.stack(random_labels((20, 30)))
    scores = segmentation_report(labels, (labels > 1) * 0.9, num_resamples=5).scores
    assert scores["specificity"]["value"] == scores["dice"]["value"] == 1.0
