"""The overlap of masks as a Keras metric."""

import keras
import numpy as np
import pytest

from keras_gan_kit.evaluation import Dice

pytestmark = pytest.mark.backend


def result(metric):
    return float(keras.ops.convert_to_numpy(metric.result()))


def test_it_is_the_pooled_overlap():
    metric = Dice()
    metric.update_state(np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([[0.9, 0.4, 0.5, 0.1]]))
    assert result(metric) == pytest.approx(2 * 1 / (2 + 2))
    metric.update_state(np.array([[1.0, 1.0, 1.0, 1.0]]), np.array([[0.9, 0.9, 0.9, 0.9]]))
    assert result(metric) == pytest.approx(2 * 5 / (6 + 6))
    metric.reset_state()
    assert result(metric) == 1.0  # two empty masks agree


def test_extremes():
    mask = np.array([[1.0, 0.0, 1.0]])
    for predicted, expected in ((mask, 1.0), (1 - mask, 0.0)):
        metric = Dice()
        metric.update_state(mask, predicted)
        assert result(metric) == expected


def test_weights_and_threshold():
    metric = Dice(threshold=0.3)
    true, found = np.array([[1.0, 1.0, 0.0]]), np.array([[0.4, 0.0, 0.9]])
    metric.update_state(true, found, sample_weight=np.array([[1.0, 1.0, 0.0]]))
    assert result(metric) == pytest.approx(2 * 1 / (2 + 1))


def test_configuration():
    copy = Dice.from_config(Dice(0.2, name="overlap").get_config())
    assert (copy.threshold, copy.name) == (0.2, "overlap")
    with pytest.raises(ValueError, match="`threshold`"):
        Dice(1.5)
    with pytest.raises(TypeError, match="`threshold`"):
        Dice("0.5")


def test_a_missing_channel_axis_is_added():
    true = (np.random.default_rng(0).uniform(size=(3, 20, 20)) > 0.7).astype("float32")
    view = np.ones_like(true)
    for masks, found, weight in (
        (true, true[..., None], None),
        (true[..., None], true, None),
        (true[..., None], true[..., None], view),
        (true, true, view[..., None]),
    ):
        metric = Dice()
        metric.update_state(masks, found, sample_weight=weight)
        assert result(metric) == 1.0
    with pytest.raises(ValueError, match="`y_pred`"):
        Dice().update_state(true, true[:, :10])


@pytest.mark.parametrize("masks", [[[0, 255]], [[0.0, 0.5]], [[-1, 1]], [[0.0, np.nan]]])
def test_masks_of_other_values_are_refused(masks):
    with pytest.raises(ValueError, match="`y_true`"):
        Dice().update_state(np.array(masks), np.array([[0.0, 1.0]]))


@pytest.mark.parametrize("empty", [1.0, 0.0, float("nan")])
def test_two_empty_masks_are_what_is_asked_for(empty):
    metric = Dice(empty=empty)
    metric.update_state(np.zeros((1, 4)), np.zeros((1, 4)))
    np.testing.assert_equal(result(metric), empty)
    assert Dice.from_config(metric.get_config()).get_config().keys() == metric.get_config().keys()
    metric.update_state(np.ones((1, 4)), np.ones((1, 4)))
    assert result(metric) == 1.0
    with pytest.raises(TypeError, match="`empty`"):
        Dice(empty="nan")
