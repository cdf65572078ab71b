"""Simulates electrocardiograms as signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.datasets._ecg_patients import simulated_patients
from keras_gan_kit.datasets._ecg_signal import LEADS, ecg_signals

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 60.0


def simulated_ecg_signals(
    num_patients: int,
    *,
    length: int = 256,
    leads: Sequence[str] = LEADS,
    seconds: float = 2.56,
    seed: int = 0,
) -> tuple[NDArray[np.float32], pd.DataFrame]:
    """Simulates the ECG signals of invented patients.

    The patients are those of `simulated_ecg_cohort` with the same seed. Use the data to try out
    methods, not for medical purposes.

    Args:
        num_patients: The number of patients, at least 1.
        length: The number of samples in time, at least 8.
        leads: Names of I, II, III, aVR, aVL, aVF, V1 to V6, at least one.
        seconds: The duration, above 0, at most 60.
        seed: Non-negative integer.

    Returns:
        Signals `(num_patients, length, len(leads))` in millivolts, float32, and a
        `pandas.DataFrame` with as many rows.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a lead is unknown, or an argument is out of range.

    Example:
        >>> signals, table = simulated_ecg_signals(3, length=64, leads=("II", "V5"))
        >>> signals.shape, table.shape
        ((3, 64, 2), (3, 35))
    """
    # Import pandas late: it takes half a second.
    import pandas as pd

    num = integer("num_patients", num_patients)
    length = integer("length", length, minimum=8)
    details = {"expected": f"names of {', '.join(LEADS)}", "fix": 'pass for example ("II", "V5")'}
    if isinstance(leads, str) or not isinstance(leads, Sequence):
        raise wrong_type("leads", received=repr(leads), **details)
    if not leads or any(lead not in LEADS for lead in leads):
        raise invalid("leads", received=repr(leads), **details)
    seconds = number(
        "seconds",
        seconds,
        lambda x: 0.0 < x <= _LONGEST,
        expected=f"a number above 0, at most {_LONGEST:g}",
        fix="pass seconds=2.56",
    )
    patients = simulated_patients(num, integer("seed", seed, minimum=0))
    times = (np.arange(length) + 0.5) * (seconds / length)
    signals = np.empty((num, length, len(leads)), np.float32)
    for signal, ecg in zip(signals, ecg_signals(patients, seed, leads, times), strict=True):
        signal[...] = ecg.T
    return signals, pd.DataFrame(patients)
