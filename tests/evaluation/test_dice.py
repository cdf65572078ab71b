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
    assert result(metric) == 0.0


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
