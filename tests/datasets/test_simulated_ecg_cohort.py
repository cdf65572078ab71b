import subprocess
import sys

import numpy as np
import pytest

from keras_gan_kit.data import to_uint8
from keras_gan_kit.data._ecg_paper import COLUMNS_PER_PIXEL, draw, graph_paper
from keras_gan_kit.datasets import simulated_ecg_cohort
from keras_gan_kit.datasets._ecg_patients import ARTERIES, simulated_patients
from keras_gan_kit.datasets._ecg_signal import LEADS, ecg_signals

# What other results may rest on.
FIRST = {"age": 41, "height": 164, "weight": 65.9, "heart_rate": 70, "st_level": -0.02}
FIRST |= {"ldl": 99, "creatinine": 0.87, "stenosis_lad": 35, "coronary_disease": 0}


def test_images_and_rows_have_the_promised_form():
    images, table = simulated_ecg_cohort(5, image_size=(48, 80))
    assert images.shape == (5, 48, 80, 1)
    assert images.dtype == np.float32
    assert images.min() >= -1.0
    assert images.max() == 1.0
    assert (images.min((1, 2, 3)) < -0.9).all()
    assert np.median(images) > 0.4
    assert table.shape == (5, 35)
    assert set(table.dtypes.astype(str)) == {"int64", "float64"}
    assert not table.isna().any().any()


def test_a_patient_depends_on_the_seed_and_nothing_else():
    images, table = simulated_ecg_cohort(9, image_size=32, seed=4)
    fewer, rows = simulated_ecg_cohort(3, image_size=32, seed=4)
    np.testing.assert_array_equal(images[:3], fewer)
    assert table[:3].equals(rows)
    others, other_rows = simulated_ecg_cohort(3, image_size=32, seed=5)
    assert (fewer != others).any((1, 2, 3)).all()
    assert not rows.equals(other_rows)


def test_global_random_state_is_not_touched():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    simulated_ecg_cohort(1, image_size=32)
    assert np.random.get_state()[1].tolist() == before


def test_the_first_patient_stays_the_same_in_every_version():
    _, table = simulated_ecg_cohort(1, image_size=32, seed=0)
    first = table.iloc[0]
    assert FIRST.items() <= first.to_dict().items()


def correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1])


def test_columns_depend_on_each_other_as_on_a_ward():
    patients = simulated_patients(4000, seed=0)
    worst = np.max([patients[f"stenosis_{name}"] for name in ARTERIES], axis=0)
    np.testing.assert_array_equal(patients["coronary_disease"], worst >= 50)
    assert 0.4 < patients["coronary_disease"].mean() < 0.75
    signs = [
        ("coronary_disease", "age", 1),
        ("coronary_disease", "male", 1),
        ("coronary_disease", "diabetes", 1),
        ("coronary_disease", "hdl", -1),
        ("coronary_disease", "st_level", -1),
        ("coronary_disease", "typical_angina", 1),
        ("stenosis_lad", "stenosis_rca", 1),
        ("prior_infarction", "ejection_fraction", -1),
        ("hypertension", "systolic_pressure", 1),
        ("diabetes", "glucose", 1),
        ("beta_blocker", "heart_rate", -1),
        ("kidney_disease", "creatinine", 1),
        ("dyslipidemia", "cholesterol", 1),
        ("male", "height", 1),
        ("bmi", "weight", 1),
    ]
    for first, second, sign in signs:
        assert sign * correlation(patients[first], patients[second]) > 0.08, (first, second)
    # The ages of one kind of people are those of a bell: no three peaks.
    centred = (patients["age"] - patients["age"].mean()) / patients["age"].std()
    assert abs(np.mean(centred**3)) < 0.2
    assert abs(np.mean(centred**4) - 3.0) < 0.4
    assert all(
        0.01 < patients[name].mean() < 0.99 for name in patients if patients[name].max() == 1
    )


def test_blood_pressure_and_blood_fats_keep_their_relations():
    patients = simulated_patients(2000, seed=1)
    assert (patients["systolic_pressure"] > patients["diastolic_pressure"]).all()
    parts = patients["ldl"] + patients["hdl"] + patients["triglycerides"] / 5
    assert np.abs(patients["cholesterol"] - parts).max() <= 0.5
    body = patients["weight"] / (patients["height"] / 100) ** 2
    assert np.abs(patients["bmi"] - body).max() <= 0.051
    assert not (patients["smoker"] & patients["former_smoker"]).any()


def signals(num, leads, seconds=10.0, rate=500):
    patients = simulated_patients(num, 0)
    times = np.arange(0, seconds, 1 / rate)
    return patients, times, np.stack(list(ecg_signals(patients, 0, leads, times)))


def test_the_heart_beats_at_its_rate():
    patients, times, found = signals(20, ["V5"], 30.0)
    for rate, signal in zip(patients["heart_rate"], found[:, 0], strict=True):
        high = signal > 0.5 * (signal.max() + np.median(signal))
        beats = np.flatnonzero(high[1:] & ~high[:-1])
        measured = 60 * (len(beats) - 1) / (times[beats[-1]] - times[beats[0]])
        assert abs(measured - rate) < 2.0


def test_derived_leads_follow_from_the_first_two():
    _, _, found = signals(10, LEADS)
    lead = dict(zip(LEADS, found.swapaxes(0, 1), strict=True))
    expected = {
        "III": lead["II"] - lead["I"],
        "aVR": -(lead["I"] + lead["II"]) / 2,
        "aVL": lead["I"] - lead["II"] / 2,
        "aVF": lead["II"] - lead["I"] / 2,
    }
    for name, signal in expected.items():
        # Each lead has its own noise, of up to 0.06 mV from breathing and as much from muscles.
        assert np.sqrt(np.mean((lead[name] - signal) ** 2)) < 0.1, name


def measured(image, seconds, rows):
    """Reads heart rate and ST level off the last row of an image, as a person would."""
    height, width = image.shape
    row = image[height * (rows - 1) // rows :]
    ink = np.clip(0.5 - row, 0, None)
    line = (ink * np.arange(len(row))[:, None]).sum(0) / np.maximum(ink.sum(0), 1e-6)
    per_second, per_millivolt = width / seconds, height / rows / 3.0
    top = np.array([np.flatnonzero(column > 0.3)[0] for column in ink.T])
    high = top < np.median(top) - 0.4 * (np.median(top) - top.min())
    starts = np.flatnonzero(high[1:] & ~high[:-1]) + 1
    peaks = np.array([start + np.argmin(top[start : start + 6]) for start in starts])
    levels = []
    for peak in peaks:
        before, after = (round(peak + t * per_second) for t in (-0.07, 0.1))
        if before >= 0 and after + 1 < width:
            levels.append(line[before : before + 2].mean() - line[after : after + 2].mean())
    rate = 60 * per_second * (len(peaks) - 1) / (peaks[-1] - peaks[0])
    return rate, np.mean(levels) / per_millivolt


def test_heart_rate_and_st_level_can_be_read_off_the_image():
    images, table = simulated_ecg_cohort(60, image_size=(300, 400), seconds=5.0, seed=2)
    readings = np.array([measured(image[..., 0], 5.0, 3) for image in images])
    assert correlation(readings[:, 0], table["heart_rate"]) > 0.95
    assert correlation(readings[:, 1], table["st_level"]) > 0.85


def test_disease_changes_the_ecg():
    patients, times, _ = signals(1, ["V4"])
    healthy = {name: values * 1 for name, values in patients.items()}
    healthy |= {f"stenosis_{name}": np.array([0]) for name in ARTERIES}
    healthy |= {"prior_infarction": np.array([0]), "st_level": np.array([0.0])}
    changes = {
        "stenosis_lad": np.array([95]),
        "prior_infarction": np.array([1]),
        "st_level": np.array([-0.3]),
        "hypertension": 1 - healthy["hypertension"],
        "bmi": healthy["bmi"] + 8,
    }
    (before,) = ecg_signals(healthy, 0, ["V4"], times)
    for name, value in changes.items():
        (after,) = ecg_signals(healthy | {name: value}, 0, ["V4"], times)
        assert np.abs(after - before).max() > 0.05, name


def test_a_curve_lies_where_its_voltage_says():
    flat, up = np.zeros((1, 8 * COLUMNS_PER_PIXEL)), np.ones((1, 8 * COLUMNS_PER_PIXEL))
    paper = np.ones((30, 8), np.float32)  # 10 pixels each mV, the zero line at 18
    expected = np.ones((30, 8))
    expected[17:19] = 0.5  # a pen of one pixel, half on either side
    np.testing.assert_allclose(draw(flat, paper), expected, atol=1e-6)
    expected = np.roll(expected, -10, axis=0)
    np.testing.assert_allclose(draw(up, paper), expected, atol=1e-6)
    # Whatever leaves the paper is cut off.
    np.testing.assert_array_equal(draw(5 * up, paper), paper)
    np.testing.assert_array_equal(draw(-5 * up, paper), paper)


def test_a_step_is_drawn_as_a_line_as_wide_as_the_pen():
    curve = np.repeat([0.0, 1.0], 4 * COLUMNS_PER_PIXEL)[None]
    drawn = draw(curve, np.ones((30, 8), np.float32))
    ink = 1 - drawn[10:17]  # between the two heights
    np.testing.assert_allclose(ink.sum(1), 1.0, atol=0.3)


def test_paper_has_lines_at_fifths_of_a_second_and_halves_of_a_millivolt():
    # 40 pixels a second and 20 each mV: bold lines each 8 and 10 pixels, fine ones too close.
    paper = graph_paper(60, 80, 1, 2.0)
    gray = 1.0 - 0.25 / 2  # a line of one pixel on the border of two
    np.testing.assert_allclose(paper[5, 4:13], [1, 1, 1, gray, gray, 1, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(paper[4:16, 4], [1] * 5 + [gray] * 2 + [1] * 5, atol=1e-6)
    fine = graph_paper(600, 800, 1, 2.0)
    np.testing.assert_allclose(fine[10, [16, 24, 80]], [1 - 0.05, 1, 1 - 0.125], atol=1e-6)


def test_small_images_have_no_grid():
    with_grid, _ = simulated_ecg_cohort(2, image_size=48)
    without, _ = simulated_ecg_cohort(2, image_size=48, grid=False)
    np.testing.assert_array_equal(with_grid, without)
    large, _ = simulated_ecg_cohort(1, image_size=256)
    clear, _ = simulated_ecg_cohort(1, image_size=256, grid=False)
    assert np.unique(to_uint8(clear[:, 0])).tolist() == [255]
    assert len(np.unique(to_uint8(large[:, 0]))) > 1


def test_rows_may_show_several_leads_one_after_the_other():
    both, _ = simulated_ecg_cohort(2, image_size=96, leads=[("I", "V2")], grid=False)
    first, _ = simulated_ecg_cohort(2, image_size=96, leads=["I"], grid=False)
    second, _ = simulated_ecg_cohort(2, image_size=96, leads=["V2"], grid=False)
    # At the border the pen goes from one to the other.
    np.testing.assert_array_equal(both[:, :, :47], first[:, :, :47])
    np.testing.assert_array_equal(both[:, :, 49:], second[:, :, 49:])
    page = [("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), "II"]
    images, _ = simulated_ecg_cohort(1, image_size=200, leads=page, seconds=10)
    assert images.shape == (1, 200, 200, 1)


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "num_patients", {"num_patients": 0}),
        (TypeError, "num_patients", {"num_patients": 2.0}),
        (ValueError, "image_size", {"image_size": 7}),
        (ValueError, "image_size", {"image_size": (32, 32, 1)}),
        (TypeError, "image_size", {"image_size": "32"}),
        (ValueError, "leads", {"leads": ["V7"]}),
        (ValueError, "leads", {"leads": []}),
        (ValueError, "leads", {"leads": ["I", ()]}),
        (ValueError, "leads", {"leads": [("I", 2)]}),
        (TypeError, "leads", {"leads": "V2"}),
        (TypeError, "leads", {"leads": [1]}),
        (TypeError, "leads", {"leads": None}),
        (ValueError, "seconds", {"seconds": 0}),
        (ValueError, "seconds", {"seconds": 61.0}),
        (ValueError, "seconds", {"seconds": float("nan")}),
        (TypeError, "seconds", {"seconds": "3"}),
        (TypeError, "grid", {"grid": 1}),
        (TypeError, "lead_names", {"lead_names": "all"}),
        (ValueError, "seed", {"seed": -1}),
        (TypeError, "seed", {"seed": None}),
    ],
)
def test_simulated_ecg_cohort_names_bad_input(error, argument, options):
    with pytest.raises(error, match=f"Invalid `{argument}`"):
        simulated_ecg_cohort(**{"num_patients": 1, "image_size": 32} | options)


def test_importing_datasets_does_not_import_pandas():
    code = "import sys, keras; old = 'pandas' in sys.modules; import keras_gan_kit.datasets; "
    code += "sys.exit('pandas' in sys.modules and not old)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_stand_where_leads_begin_and_strokes_where_they_change():
    rows = (("I", "aVR", "V1"), "II")
    options = {"image_size": (160, 360), "leads": rows, "grid": False}
    plain, table = simulated_ecg_cohort(2, **options)
    named, rows_of_named = simulated_ecg_cohort(2, lead_names=True, **options)
    assert table.equals(rows_of_named)
    ink = (plain - named)[0, ..., 0]
    assert ink.min() >= 0
    # In the upper quarter of each row, over the first ninth of what a lead has.
    for top, left, shown in [(0, 0, 1), (0, 120, 1), (0, 240, 1), (80, 0, 1), (80, 120, 0)]:
        assert (ink[top : top + 20, left : left + 40].max() > 0.5) == shown, (top, left)
    assert (ink[40:56, [119, 120, 239, 240]].max(0) > 0.5).sum() >= 2
    assert not ink[60:80].any()
    assert not ink[100:].any()


def test_small_pages_have_no_names():
    plain, _ = simulated_ecg_cohort(1, image_size=64)
    named, _ = simulated_ecg_cohort(1, image_size=64, lead_names=True)
    np.testing.assert_array_equal(named, plain)
