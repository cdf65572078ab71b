"""Copies within a tolerance."""

# Runs once: numpy alone computes it.

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.evaluation import privacy


def copies(*sets, **options):
    return privacy(*sets, show=0, **options).scores["exact_copies"]["value"]


def people(seed, rows=40):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.uniform(20, 90, rows),
            "weight": np.where(random.random(rows) < 0.2, np.nan, random.uniform(50, 90, rows)),
            "sex": random.choice(["f", "m"], rows),
        }
    )


def test_numbers_within_a_share_of_their_size():
    train, holdout = people(0), people(1)
    near = train.assign(age=train["age"] * 1.004, weight=train["weight"] * 0.996)
    assert copies(train, near, holdout) == 0.0
    assert copies(train, near, holdout, tolerance=0.005) == 1.0
    assert copies(train, near, holdout, tolerance=0.003) == 0.0
    other = near.assign(sex=near["sex"].map({"f": "m", "m": "f"}))
    assert copies(train, other, holdout, tolerance=0.005) == 0.0
    strangers = people(2)[:20]  # by chance, one is within 0.005 of a training record
    strangers = strangers.assign(age=strangers["age"] + 100.0)
    half = pd.concat([near[:20], strangers], ignore_index=True)
    assert copies(train, half, holdout, tolerance=0.005) == 0.5


def test_missing_is_not_near_a_number():
    train, holdout = people(0), people(1)
    filled = train.assign(weight=train["weight"].fillna(0.0))
    assert copies(train, filled, holdout, tolerance=0.01) == train["weight"].notna().mean()


def test_pixels_within_a_share_of_their_range():
    random = np.random.default_rng(0)
    images = random.uniform(-0.9, 0.9, (90, 4, 4, 1)).astype("float32")
    train, holdout = images[:40], images[40:60]
    near = train + np.where(random.random(train.shape) < 0.5, 0.015, -0.015).astype("float32")
    assert copies(train, near, holdout) == 0.0
    assert copies(train, near, holdout, tolerance=0.01) == 1.0
    assert copies(train, images[60:], holdout, tolerance=0.01) == 0.0
    joint = [{"image": part, "table": people(0, len(part))} for part in (train, near)]
    rest = {"image": holdout, "table": people(1, 20)}
    assert copies(*joint, rest, tolerance=0.01) == 1.0


def test_the_report_says_so_and_a_bad_tolerance_is_named():
    train, holdout = people(0), people(1)
    report = privacy(train, people(2), holdout, show=0, tolerance=0.01)
    assert "within 0.01 of their magnitude" in report.summary
    with pytest.raises(ValueError, match=r"Invalid `tolerance`"):
        privacy(train, train, holdout, tolerance=1.0)
