"""Segmentation reports of more than two classes."""

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics

from keras_gan_kit.evaluation import segmentation_report

LABELS = np.array(
    [
        [[0, 0, 1, 1], [2, 2, 1, 0]],
        [[0, 0, 0, 0], [1, 1, 1, 0]],
        [[0, 2, 2, 2], [0, 0, 2, 2]],
    ]
)
FOUND = np.array(
    [
        [[0, 1, 1, 1], [2, 0, 1, 0]],
        [[0, 0, 2, 0], [1, 1, 0, 0]],
        [[0, 2, 2, 0], [1, 0, 2, 2]],
    ]
)
NAMES = ["background", "vessel", "disc"]


def report(labels=LABELS, predictions=FOUND, **options):
    options = {"num_classes": 3, "class_names": NAMES, "num_resamples": 10} | options
    return segmentation_report(labels, predictions, **options)


def probabilities(found=FOUND, sure=0.8):
    return (1 - sure) / 3 + sure * np.eye(3, dtype="float32")[found]


def test_dice_of_images_is_that_of_monai():
    # monai.metrics.DiceMetric 1.6.1 of the same arrays: reduction="mean_batch", and "mean" with
    # include_background=False.
    scores = report().scores
    found = [scores["classes"][name]["dice_of_images"]["value"] for name in NAMES]
    np.testing.assert_allclose(found, [0.7111, 0.8286, 0.7778], atol=5e-5)
    assert scores["dice_of_images"]["value"] == pytest.approx(0.8169, abs=5e-5)


def test_pooled_scores_are_those_of_each_class_against_all_others():
    scores = report().scores
    assert scores["accuracy"]["value"] == np.mean(LABELS == FOUND)
    for number, name in enumerate(NAMES):
        expected = segmentation_report(number == LABELS, number == FOUND, num_resamples=5).scores
        for key in ("dice", "sensitivity", "specificity", "accuracy"):
            assert scores["classes"][name][key]["value"] == expected[key]["value"]
    dice = [scores["classes"][name]["dice"]["value"] for name in NAMES[1:]]
    assert scores["dice"]["value"] == pytest.approx(np.mean(dice))
    assert "auc_roc" not in scores  # class numbers have no curves


def test_areas_are_those_of_the_probabilities():
    draw = np.random.default_rng(0).dirichlet([1, 1, 1], size=LABELS.shape).astype("float32")
    scores = report(predictions=draw).scores
    areas = [metrics.roc_auc_score(LABELS.ravel() == i, draw[..., i].ravel()) for i in range(3)]
    found = [scores["classes"][name]["auc_roc"]["value"] for name in NAMES]
    np.testing.assert_allclose(found, areas)
    assert scores["auc_roc"]["value"] == pytest.approx(np.mean(areas[1:]))


def test_labels_may_be_one_hot_and_outside_the_view_of_any_value(tmp_path):
    expected = report(predictions=probabilities()).scores
    hot = np.eye(3, dtype="float32")[LABELS]
    assert report(hot, probabilities()).scores == expected
    view = np.ones(LABELS.shape)
    view[:, 0] = 0
    labels = np.where(view > 0, LABELS, 255)
    scores = report(labels, probabilities(), masks=view).scores
    assert scores["accuracy"]["value"] == np.mean(LABELS[:, 1] == FOUND[:, 1])


def test_folders_and_the_page(tmp_path):
    for kind, images in (("labels", LABELS), ("found", FOUND)):
        (tmp_path / kind).mkdir()
        for i, image in enumerate(images):
            Image.fromarray(image.astype("uint8")).save(tmp_path / kind / f"{i}.png")
    from_folders = report(tmp_path / "labels", tmp_path / "found")
    assert from_folders.scores == report().scores
    made = report(predictions=probabilities(), images=LABELS[..., None], names=["a", "b", "c"])
    made.save(tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert "vessel" in page and "all classes except" in page
    assert (tmp_path / "report" / "figures" / "curves.png").exists()


def test_a_class_that_no_label_has_is_not_computable():
    scores = report(np.minimum(LABELS, 1), probabilities(np.minimum(FOUND, 1))).scores
    assert scores["classes"]["disc"]["dice_of_images"]["value"] is None
    assert scores["classes"]["disc"]["auc_roc"]["value"] is None
    assert (
        scores["dice_of_images"]["value"] == scores["classes"]["vessel"]["dice_of_images"]["value"]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": LABELS + 1}, "`labels`.*from 1 to 3.*0 to 2"),
        ({"labels": LABELS + 0.5}, "`labels`.*class numbers"),
        ({"labels": np.ones((3, 2, 4, 3))}, "`labels`.*not one-hot.*argmax"),
        ({"predictions": 3 * probabilities()}, "`predictions`.*sums.*3.*softmax"),
        ({"predictions": probabilities()[..., :2]}, "`predictions`.*(3, 2, 4, 2)"),
        ({"predictions": probabilities()[:2]}, "`predictions`.*(2, 2, 4, 3)"),
        ({"threshold": 0.5}, "`threshold`.*most probable"),
        ({"validation": (LABELS, FOUND)}, "`validation`.*most probable"),
        ({"class_names": ["a", "b"]}, "`class_names`.*3 different"),
        ({"num_classes": 1}, "`num_classes`.*at least 2"),
    ],
)
def test_bad_classes(change, words):
    with pytest.raises(ValueError, match=words):
        report(**change)
