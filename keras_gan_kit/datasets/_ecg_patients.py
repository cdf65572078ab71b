"""Simulates the table of patients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.datasets._draws import Draws, sigmoid

ARTERIES = ("trunk", "lad", "lcx", "rca")
# The log odds of a stenosis of half the width at average risk.
_NARROWING = {"trunk": -2.6, "lad": -0.4, "lcx": -1.0, "rca": -0.8}
_STREAM = 0

Columns = dict[str, NDArray[Any]]


def simulated_patients(num: int, seed: int) -> Columns:
    """Simulates 35 columns of patients with plausible dependencies.

    No column is fitted to real patients. Use the data to try out methods, not for medicine.

    Args:
        num: The number of patients.
        seed: Selects the cohort.

    Returns:
        Arrays `(num,)` by name: int64 for counts, ratings and yes (1) or no (0); otherwise float64
        rounded to one to three decimals.

    Example:
        >>> len(simulated_patients(2, seed=0))
        35
    """
    draws = Draws(num, seed, _STREAM)
    person = _person(draws)
    factors = _risk_factors(draws, person)
    laboratory = _laboratory(draws, person | factors)
    disease, narrow = _disease(draws, person | factors | laboratory)
    examination = _examination(draws, person | factors | disease, narrow)
    known = person | factors | disease | examination | laboratory
    return known | {f"stenosis_{name}": narrow[name] for name in ARTERIES} | _label(narrow)


def _rounded(
    values: NDArray[np.float64], low: float, high: float, decimals: int = 0
) -> NDArray[Any]:
    """Clips and rounds values."""
    bounded = np.round(np.clip(values, low, high), decimals) + 0.0  # no negative zero
    return bounded if decimals else bounded.astype(np.int64)


def _person(draws: Draws) -> Columns:
    male = draws.yes(0.4)
    age = draws.normal(64.0 - 3.0 * male, 10.5)
    height = _rounded(draws.normal(162.0 + 13.0 * male, 6.5), 140, 205)
    mass_index = 27.0 * np.exp(draws.normal(0.0, 0.15))
    weight = _rounded(mass_index * (height / 100) ** 2, 35.0, 200.0, 1)
    return {
        "age": _rounded(age, 25, 95),
        "male": male,
        "height": height,
        "weight": weight,
        "bmi": np.round(weight / (height / 100) ** 2, 1),
    }


def _risk_factors(draws: Draws, known: Columns) -> Columns:
    years, heavy, male = known["age"] - 62, known["bmi"] - 27, known["male"]
    smoker = draws.yes(-1.2 + 0.5 * male - 0.03 * years)
    former = draws.yes(-0.9 + 0.5 * male + 0.01 * years) * (1 - smoker)
    diabetes = draws.yes(-1.2 + 0.03 * years + 0.11 * heavy)
    hypertension = draws.yes(0.3 + 0.05 * years + 0.08 * heavy + 0.5 * diabetes)
    family = draws.yes(-1.1 - 0.02 * years)
    return {
        "smoker": smoker,
        "former_smoker": former,
        "family_history": family,
        "diabetes": diabetes,
        "hypertension": hypertension,
        "dyslipidemia": draws.yes(-0.3 + 0.05 * heavy + 0.4 * diabetes + 0.4 * family),
        "kidney_disease": draws.yes(-3.2 + 0.05 * years + 0.8 * diabetes + 0.7 * hypertension),
        "prior_stroke": draws.yes(-3.3 + 0.04 * years + 0.6 * hypertension + 0.4 * smoker),
    }


def _laboratory(draws: Draws, known: Columns) -> Columns:
    """Returns blood values in mg/dl; hemoglobin in g/dl."""
    male, heavy, diabetes = known["male"], known["bmi"] - 27, known["diabetes"]
    fatty, kidney = known["dyslipidemia"], known["kidney_disease"]
    ldl = _rounded(draws.normal(112.0 + 34.0 * fatty, 24.0), 30, 300)
    hdl = _rounded(draws.normal(53.0 - 8.0 * male - 0.5 * heavy, 9.0), 15, 110)
    fats = draws.normal(4.75 + 0.3 * fatty + 0.2 * diabetes + 0.02 * heavy, 0.35)
    triglycerides = _rounded(np.exp(fats), 30, 900)
    sugar = draws.normal(4.55 + 0.45 * diabetes, 0.08) + 0.15 * diabetes * draws.normal()
    creatinine = np.log(0.82 + 0.14 * male) + 0.6 * kidney
    return {
        # Friedewald et al. 1972, solved for the total.
        "cholesterol": _rounded(ldl + hdl + triglycerides / 5, 60, 500),
        "ldl": ldl,
        "hdl": hdl,
        "triglycerides": triglycerides,
        "glucose": _rounded(np.exp(sugar), 55, 450),
        "creatinine": _rounded(np.exp(draws.normal(creatinine, 0.13)), 0.3, 9.0, 2),
        "hemoglobin": _rounded(draws.normal(13.4 + 1.4 * male - 0.9 * kidney, 1.1), 7.0, 19.0, 1),
    }


def _disease(draws: Draws, known: Columns) -> tuple[Columns, Columns]:
    """Returns disease columns, and the stenosis of each artery in percent of its width."""
    risk = (
        0.05 * (known["age"] - 62)
        + 0.7 * (known["male"] - 0.6)
        + 0.8 * (known["smoker"] - 0.3)
        + 0.3 * (known["former_smoker"] - 0.25)
        + 0.8 * (known["diabetes"] - 0.25)
        + 0.5 * (known["hypertension"] - 0.6)
        + 0.5 * (known["family_history"] - 0.25)
        + 0.012 * (known["ldl"] - 126)
        - 0.02 * (known["hdl"] - 48)
    )
    shared = draws.normal(risk, 0.8)
    narrow = {}
    for name in ARTERIES:
        share = sigmoid(1.2 * draws.normal(shared + _NARROWING[name], 0.8))
        # Reports use steps of five and count small ones as none.
        narrow[name] = np.where(share < 0.2, 0, 5 * np.round(20 * share)).astype(np.int64)
    worst = np.max(list(narrow.values()), axis=0)
    infarction = draws.yes(-3.0 + 3.0 * np.clip((worst - 40) / 60, 0, 1))
    ejection = _rounded(draws.normal(61.0 - 12.0 * infarction, 5.5), 15, 78)
    failure = draws.yes(-2.4 + 0.13 * (52 - ejection))
    disease = {
        "prior_infarction": infarction,
        "heart_failure": failure,
        "ejection_fraction": ejection,
    }
    return disease, narrow


def _examination(draws: Draws, known: Columns, narrow: Columns) -> Columns:
    """Returns findings on admission; `st_level` is in mV, negative for a depression."""
    years, hypertension = known["age"] - 62, known["hypertension"]
    diseased = _label(narrow)["coronary_disease"]
    severity = np.clip(np.max(list(narrow.values()), axis=0) / 50 - 1, 0, 1)
    pressure = draws.normal(123.0 + 15.0 * hypertension + 0.3 * years, 12.0)
    blocker = draws.yes(-1.2 + 1.3 * diseased + 0.8 * hypertension)
    effort = 0.09 * (58 - known["ejection_fraction"]) + 0.03 * years + draws.normal()
    rate = 76.0 - 10.0 * blocker + 4.0 * known["smoker"] + 8.0 * known["heart_failure"]
    depth = diseased * (0.05 + 0.22 * severity) * draws.uniform(0.6, 1.4)
    return {
        "typical_angina": draws.yes(-2.0 + 2.4 * diseased + severity),
        "dyspnea_class": 1 + np.searchsorted([0.4, 1.3, 2.6], effort),
        "beta_blocker": blocker,
        "systolic_pressure": _rounded(pressure, 80, 220),
        "diastolic_pressure": _rounded(
            draws.normal(78.0 + 0.35 * (pressure - 132) - 0.15 * years, 7.0), 40, 130
        ),
        "heart_rate": _rounded(draws.normal(rate, 10.0), 42, 140),
        "st_level": _rounded(draws.normal(-depth, 0.02), -0.5, 0.2, 2),
    }


def _label(narrow: Columns) -> Columns:
    """Returns the diagnosis: a stenosis of at least 50% of any artery."""
    worst = np.max(list(narrow.values()), axis=0)
    return {"coronary_disease": (worst >= 50).astype(np.int64)}
