"""Simulated ECGs as signals: the patients of the pages, and the laws of the leads."""

import numpy as np
import pytest

from keras_gan_kit.datasets import simulated_ecg_cohort, simulated_ecg_signals


def test_signals_belong_to_the_patients_of_the_cohort():
    signals, table = simulated_ecg_signals(5, seed=3)
    assert signals.shape == (5, 256, 12)
    assert signals.dtype == np.float32
    _, expected = simulated_ecg_cohort(5, image_size=8, seed=3)
    assert table.equals(expected)
    few, _ = simulated_ecg_signals(2, seed=3)
    np.testing.assert_array_equal(few, signals[:2])


def test_the_limb_leads_obey_einthoven():
    """III = II - I, and aVR + aVL + aVF = 0, up to the muscle noise of each lead."""
    signals, _ = simulated_ecg_signals(20, leads=("I", "II", "III", "aVR", "aVL", "aVF"))
    one, two, three, *augmented = np.moveaxis(signals, -1, 0)
    assert np.abs(three - (two - one)).mean() < 0.1
    assert np.abs(sum(augmented)).mean() < 0.15
    assert np.abs(two).max() > 0.5


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "num_patients", {"num_patients": 0}),
        (ValueError, "length", {"length": 7}),
        (TypeError, "leads", {"leads": "II"}),
        (ValueError, "leads", {"leads": ("II", "V7")}),
        (ValueError, "leads", {"leads": ()}),
        (ValueError, "seconds", {"seconds": 61}),
        (ValueError, "seed", {"seed": -1}),
    ],
)
def test_bad_arguments_are_named(error, argument, options):
    with pytest.raises(error) as caught:
        simulated_ecg_signals(**{"num_patients": 2} | options)
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
