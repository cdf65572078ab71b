"""Simulates the electrocardiogram of a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.datasets._draws import Draws

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

_MEASURED = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
# The other four are differences of the first two (Einthoven, Goldberger).
_DERIVED = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}
# Heights in mV of a healthy heart's P, Q, R, S and T waves, one row per measured lead.
_HEIGHTS = np.array(
    [
        [0.07, -0.04, 0.60, -0.10, 0.20],
        [0.13, -0.06, 1.05, -0.15, 0.28],
        [0.05, 0.00, 0.20, -0.85, -0.04],
        [0.07, 0.00, 0.40, -1.15, 0.38],
        [0.07, -0.02, 0.70, -0.80, 0.42],
        [0.07, -0.05, 1.20, -0.45, 0.38],
        [0.07, -0.08, 1.25, -0.22, 0.32],
        [0.07, -0.08, 1.00, -0.10, 0.24],
    ]
)
_P, _Q, _R, _S, _T = range(5)
# The times of the waves, in seconds from R, and their widths (standard deviations).
_TIMES = np.array([-0.16, -0.026, 0.0, 0.028, 0.31])
_WIDTHS = np.array([0.022, 0.009, 0.012, 0.011, 0.048])
# The ST segment between S and T: its middle and half its length, in seconds.
_ST_TIME, _ST_WIDTH = 0.14, 0.09
# The ST level of each measured lead relative to V5.
_ST_SHARES = np.array([0.6, 0.8, 0.1, 0.4, 0.7, 0.9, 1.0, 0.9])
# The leads over the region that an artery supplies.
_SUPPLY = {
    "lad": np.array([0, 0, 0.8, 1, 1, 1, 0.3, 0]),
    "lcx": np.array([1, 0, 0, 0, 0, 0, 0.9, 1]),
    "rca": np.array([0, 1, 0, 0, 0, 0, 0, 0.2]),
}
_STREAM = 1


def ecg_signals(
    patients: Mapping[str, NDArray[Any]], seed: int, leads: Sequence[str], times: NDArray[Any]
) -> Iterator[NDArray[np.float64]]:
    """Yields the ECG of each patient.

    Each wave is a Gaussian on the cardiac cycle, whose length varies with breathing (0.25 Hz) and
    blood pressure (0.1 Hz), after McSharry et al. 2003 (IEEE Trans. Biomed. Eng. 50:289). Instead
    of solving their differential equation, this draws its solution, the sum of Gaussians. The time
    and width of the T wave scale with the square root of the cycle length RR (Bazett 1920); PR and
    QRS don't change.

    Args:
        patients: The columns of `simulated_patients`.
        seed: The seed of `simulated_patients`.
        leads: Names from `LEADS`.
        times: Seconds, shape (t,), ascending.

    Yields:
        Arrays `(len(leads), t)` in mV.
    """
    num = len(patients["age"])
    draws = Draws(num, seed, _STREAM)
    heights, widths = _waves(draws, patients)
    st = patients["st_level"][:, None] * _ST_SHARES
    choice = np.array([_mixture(lead) for lead in leads])
    places = np.array([LEADS.index(lead) for lead in leads])
    phases = np.stack([draws.uniform(0.0, 2.0 * np.pi) for _ in range(7)], -1)
    start = draws.uniform()
    tremor = 0.008 * np.exp(draws.normal(0.0, 0.5))
    tones = np.stack([draws.uniform(8.0, 45.0) for _ in range(4)], -1)
    sway = draws.uniform(0.01, 0.06)
    for i in range(num):
        beats = _beats(60.0 / patients["heart_rate"][i], start[i], phases[i, :2], times)
        waves = np.concatenate([heights[i], st[i][:, None]], 1)
        signal = choice @ waves @ _cycle(times, beats, widths[i])
        signal += _disturbance(times, places, phases[i, 2:], tones[i], tremor[i], sway[i])
        yield signal


def _mixture(lead: str) -> NDArray[np.float64]:
    """Returns the weights of the measured leads in this lead."""
    if lead in _DERIVED:
        return np.array([*_DERIVED[lead], 0, 0, 0, 0, 0, 0])
    return np.array([float(name == lead) for name in _MEASURED])


def _waves(
    draws: Draws, patients: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns wave heights (num, 8, 5) in mV and widths (num, 5) in s, with the effects of disease.

    A stenosis flattens and inverts the T waves of the leads over its region. An old infarction
    shows there as a deep, wide Q and a small R. Hypertension raises the voltages of the lateral
    leads, and body fat lowers all voltages.
    """
    num = len(patients["age"])
    waves = np.stack([np.exp(draws.normal(0.0, 0.12)) for _ in range(5)], -1)
    places = np.stack([np.exp(draws.normal(0.0, 0.08)) for _ in _MEASURED], -1)
    fat = np.exp(-0.012 * (patients["bmi"] - 27))
    heights = _HEIGHTS * waves[:, None] * (places * fat[:, None])[:, :, None]
    wall = 1.0 + 0.2 * patients["hypertension"]
    heights[:, 3, _S] *= wall
    heights[:, 5:, _R] *= wall[:, None]

    narrow = {name: patients[f"stenosis_{name}"] / 100 for name in _SUPPLY}
    for name in ("lad", "lcx"):  # both branch off the trunk
        narrow[name] = np.maximum(narrow[name], patients["stenosis_trunk"] / 100)
    lack = np.zeros((num, len(_MEASURED)))
    scar = np.zeros((num, len(_MEASURED)))
    worst = np.argmax(list(narrow.values()), axis=0)
    for k, (name, supply) in enumerate(_SUPPLY.items()):
        shortage = np.clip((narrow[name] - 0.4) / 0.6, 0, 1)
        lack = np.maximum(lack, shortage[:, None] * supply)
        scar += (patients["prior_infarction"] * (worst == k))[:, None] * supply
    heights[:, :, _T] *= 1.0 - 1.7 * lack
    heights[:, :, _Q] -= 0.35 * scar
    heights[:, :, _R] *= 1.0 - 0.55 * scar

    widths = np.tile(_WIDTHS, (num, 1))
    widths[:, _Q] *= 1.0 + 0.6 * patients["prior_infarction"]
    return heights, widths


def _beats(
    period: float, start: float, phases: NDArray[Any], times: NDArray[Any]
) -> NDArray[np.float64]:
    """Returns the times of the R waves, with an extra one before and after `times`."""
    first, last = times[0] / period - start - 2, times[-1] / period - start + 2
    even = (np.arange(np.floor(first), np.ceil(last)) + start) * period
    breathing = np.sin(2.0 * np.pi * 0.25 * even + phases[0])
    pressure = np.sin(2.0 * np.pi * 0.1 * even + phases[1])
    beats: NDArray[np.float64] = even + 0.018 * breathing + 0.02 * pressure
    return beats


def _cycle(
    times: NDArray[Any], beats: NDArray[np.float64], widths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the five waves and the ST segment at height 1, of shape (6, t)."""
    # Only the beats just before and after a point in time contribute to it.
    after = np.clip(np.searchsorted(beats, times), 1, len(beats) - 1)
    near = np.stack([after - 1, after])
    since = times - beats[near]
    rest = np.sqrt(np.diff(beats, prepend=2 * beats[0] - beats[1]))[near]
    shapes = np.empty((6, len(times)))
    for wave in range(5):
        stretch = rest if wave == _T else 1.0
        distance = (since - _TIMES[wave] * stretch) / (widths[wave] * stretch)
        shapes[wave] = np.exp(-0.5 * distance**2).sum(0)
    flat = (since - _ST_TIME * rest) / (_ST_WIDTH * rest)
    shapes[5] = np.exp(-(flat**4)).sum(0)
    return shapes


def _disturbance(
    times: NDArray[Any],
    places: NDArray[Any],
    phases: NDArray[Any],
    tones: NDArray[Any],
    tremor: float,
    sway: float,
) -> NDArray[np.float64]:
    """Returns baseline wander from breathing, and muscle noise, in mV."""
    place = places[:, None]
    noise: NDArray[np.float64] = sway * np.sin(2.0 * np.pi * 0.25 * times + phases[0] + 0.7 * place)
    for phase, tone in zip(phases[1:], tones, strict=True):
        noise += tremor * np.sin(2.0 * np.pi * tone * times + phase + 1.9 * place)
    return noise
