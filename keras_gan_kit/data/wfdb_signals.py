"""Holds signals from WFDB records."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray


class WfdbSignals(NamedTuple):
    """Signals from WFDB records, as `signals_from_wfdb` reads them.

    Attributes:
        signals: float32 `(n, length, channels)`.
        names: The path of each record in its folder. Comments of the headers, which may describe
            the patient, are left out.
        channel_names: The name of each channel, such as "II".
        units: The unit of each channel, such as "mV".
        sampling_rate: Samples per second.

    Example:
        >>> import numpy as np
        >>> zeros = np.zeros((2, 5000, 1), "float32")
        >>> ecg = WfdbSignals(zeros, ("1", "2"), ("II",), ("mV",), 500.0)
        >>> ecg.signals.shape[1] / ecg.sampling_rate
        10.0
    """

    signals: NDArray[Any]
    names: tuple[str, ...]
    channel_names: tuple[str, ...]
    units: tuple[str, ...]
    sampling_rate: float
