"""Signals as ECG pages: the drawing of the simulated cohort, with the samples of records."""

import numpy as np
import pytest

from keras_gan_kit.data import ecg_pages
from keras_gan_kit.datasets import simulated_ecg_cohort
from keras_gan_kit.datasets._ecg_patients import simulated_patients
from keras_gan_kit.datasets._ecg_signal import LEADS, ecg_signals

ROWS = (("I", "V1"), "II")


def simulated(width, seconds=2.0, patients=2):
    """Signals at the points that the simulated pages of this width are drawn from."""
    times = (np.arange(4 * width) + 0.5) * seconds / (4 * width)
    made = ecg_signals(simulated_patients(patients, 0), 0, list(LEADS), times)
    return np.stack([np.array(signal).T for signal in made]), 4 * width / seconds


def test_pages_are_those_of_the_simulated_cohort():
    signals, rate = simulated(64)
    pages = ecg_pages(signals, LEADS, rate, image_size=(48, 64), leads=ROWS)
    expected, _ = simulated_ecg_cohort(2, image_size=(48, 64), leads=ROWS, seconds=2.0)
    assert pages.dtype == np.float32
    np.testing.assert_allclose(pages, expected, atol=1e-5)


def test_twelve_leads_make_the_usual_page_in_any_order_and_case():
    signals, rate = simulated(64)
    usual = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), "II")
    expected, _ = simulated_ecg_cohort(2, image_size=(64, 64), leads=usual, seconds=2.0)
    names = [name.upper() for name in LEADS][::-1]
    pages = ecg_pages(signals[..., ::-1], names, rate, image_size=64)
    np.testing.assert_allclose(pages, expected, atol=1e-5)
    # Without twelve leads, a row for each channel.
    some = ecg_pages(signals[..., :2], LEADS[:2], rate, image_size=64)
    expected, _ = simulated_ecg_cohort(2, image_size=(64, 64), leads=LEADS[:2], seconds=2.0)
    np.testing.assert_allclose(some, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("units", "factor"), [("V", 1e-3), ("uV", 1e3), (["mV", "µV"], np.array([1.0, 1e3]))]
)
def test_units_are_converted(units, factor):
    signals = np.random.default_rng(0).normal(size=(1, 64, 2))
    expected = ecg_pages(signals, ("I", "II"), 100, image_size=32)
    np.testing.assert_allclose(
        ecg_pages(signals * factor, ("I", "II"), 100, image_size=32, units=units),
        expected,
        atol=1e-5,
    )


def test_a_peak_of_one_sample_is_drawn_on_a_narrow_page():
    # 2,000 samples on 16 pixels: one sample in 125 must not be skipped.
    signals = np.zeros((4, 2000, 1))
    for place, signal in zip((313, 700, 1001, 1666), signals, strict=True):
        signal[place] = 1.5
    pages = ecg_pages(signals, ["II"], 500, image_size=(40, 16), grid=False)
    for place, page in zip((313, 700, 1001, 1666), pages[..., 0], strict=True):
        # The pen is one pixel wide: the peak may share its ink with one neighbor.
        column = place * 16 // 2000
        assert page[6, column] < 0.0
        assert (np.delete(page[6], range(column - 1, column + 2)) == 1.0).all()


def test_names_and_units_may_be_arrays():
    signals = np.random.default_rng(0).normal(size=(1, 40, 2))
    expected = ecg_pages(signals, ["I", "II"], 10, image_size=16, verbose=0)
    found = ecg_pages(
        signals, np.array(["I", "II"]), 10, units=np.array(["mV"] * 2), image_size=16, verbose=0
    )
    np.testing.assert_array_equal(found, expected)


def test_seconds_shows_the_beginning():
    signals = np.random.default_rng(0).normal(size=(1, 400, 1))
    shown = ecg_pages(signals, ["II"], 100, image_size=32, seconds=1.0)
    np.testing.assert_array_equal(shown, ecg_pages(signals[:, :100], ["II"], 100, image_size=32))


def test_the_progress_bar_can_be_left_out(capsys):
    signals = np.zeros((3, 40, 1))
    ecg_pages(signals, ["II"], 10, image_size=16)
    assert "3/3" in capsys.readouterr().out
    ecg_pages(signals, ["II"], 10, image_size=16, verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "argument", "signals", "options"),
    [
        (ValueError, "signals", np.zeros((10, 1)), {}),
        (ValueError, "signals", np.zeros((1, 1, 10)), {}),
        (ValueError, "signals", np.full((1, 10, 1), np.nan), {}),
        (TypeError, "signals", np.full((1, 10, 1), "a"), {}),
        (ValueError, "leads", np.zeros((1, 10, 1)), {"leads": ("V9",)}),
        (TypeError, "leads", np.zeros((1, 10, 1)), {"leads": "II"}),
        (ValueError, "units", np.zeros((1, 10, 1)), {"units": "bpm"}),
        (ValueError, "units", np.zeros((1, 10, 1)), {"units": ["mV", "mV"]}),
        (TypeError, "units", np.zeros((1, 10, 1)), {"units": None}),
        (TypeError, "grid", np.zeros((1, 10, 1)), {"grid": 1}),
        (ValueError, "seconds", np.zeros((1, 10, 1)), {"seconds": 2.0}),
        (ValueError, "sampling_rate", np.zeros((1, 10, 1)), {"sampling_rate": 0}),
        (ValueError, "channel_names", np.zeros((1, 10, 2)), {"channel_names": ["I", "i"]}),
        (TypeError, "channel_names", np.zeros((1, 10, 1)), {"channel_names": "II"}),
    ],
)
def test_bad_arguments_are_named(error, argument, signals, options):
    options = {"channel_names": ["II"], "sampling_rate": 10, "image_size": 16} | options
    with pytest.raises(error, match=f"`{argument}`"):
        ecg_pages(signals, **options)
