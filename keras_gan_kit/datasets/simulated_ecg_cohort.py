"""Simulates patients with an electrocardiogram and a table row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit.data._ecg_paper import (
    COLUMNS_PER_PIXEL,
    blank_page,
    draw_pages,
    rows_of_leads,
)
from keras_gan_kit.data._image_arguments import height_and_width
from keras_gan_kit.datasets._ecg_patients import simulated_patients
from keras_gan_kit.datasets._ecg_signal import LEADS, ecg_signals

if TYPE_CHECKING:
    import pandas as pd


_LONGEST = 60.0


def simulated_ecg_cohort(
    num_patients: int,
    *,
    image_size: int | Sequence[int] = 128,
    leads: Sequence[str | Sequence[str]] = ("II", "V2", "V5"),
    seconds: float = 3.0,
    grid: bool = True,
    lead_names: bool = False,
    seed: int = 0,
) -> tuple[NDArray[np.float32], pd.DataFrame]:
    """Simulates patients with an ECG image and a dependent table row each.

    The table has 35 columns: person, risk factors, findings, blood values, the stenosis of four
    arteries in percent, and the diagnosis (`coronary_disease`: a stenosis of at least 50%). The
    image shows the same heart. `heart_rate` (per minute) sets the beats, and `st_level` (mV, lead
    V5, 60 ms after the QRS complex) the ST segments. Stenoses invert T waves, `prior_infarction`
    causes deep Q waves, `hypertension` and `bmi` change the amplitudes. P, Q, R, S and T are
    Gaussians on the cardiac cycle (McSharry et al. 2003, IEEE Trans. Biomed. Eng. 50:289).

    Equal seeds give equal cohorts, and patient i does not depend on `num_patients`. The patients
    and the strengths of all dependencies are invented: use them to try out methods, not for medical
    purposes.

    Args:
        num_patients: The number of patients, at least 1.
        image_size: Height and width in pixels, as one integer or `(height, width)`.
        leads: The rows of the page. Each is the name of a lead (I, II, III, aVR, aVL, aVF, V1 to
            V6) or a sequence of names that share the row one after the other. A row is 3 mV high,
            with its zero line at 0.6 of the height.
        seconds: The duration that the width covers, above 0, at most 60.
        grid: Whether to draw grid lines every 0.04 s and 0.1 mV, every fifth one darker, if the
            image is large enough for them.
        lead_names: Whether to write the name of each lead at its start and a mark between leads
            that share a row. This takes a width of at least 320 pixels and 64 pixels per row.
        seed: Non-negative integer.

    Returns:
        Images `(num_patients, height, width, 1)`, float32 in [-1, 1], dark on white, and a
        `pandas.DataFrame` with as many rows.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a lead is unknown, or an argument is out of range.

    Example:
        >>> images, table = simulated_ecg_cohort(4, image_size=64, seed=1)
        >>> images.shape, table.shape
        ((4, 64, 64, 1), (4, 35))
        >>> three, _ = simulated_ecg_cohort(3, image_size=64, seed=1)
        >>> bool((images[:3] == three).all())
        True
    """
    # Import pandas late: it takes half a second.
    import pandas as pd

    num = integer("num_patients", num_patients)
    height, width = height_and_width("image_size", image_size, minimum=8)
    rows = rows_of_leads(leads, LEADS)
    seconds = _seconds(seconds)
    patients = simulated_patients(num, integer("seed", seed, minimum=0))
    paper = blank_page((height, width), rows, seconds, grid=grid, lead_names=lead_names)

    count = width * COLUMNS_PER_PIXEL
    times = (np.arange(count) + 0.5) * (seconds / count)
    names = list(dict.fromkeys(name for row in rows for name in row))
    signals = ecg_signals(patients, seed, names, times)
    images = draw_pages(signals, num, names, rows, paper)
    return images, pd.DataFrame(patients)


def _seconds(seconds: object) -> float:
    return number(
        "seconds",
        seconds,
        lambda x: 0.0 < x <= _LONGEST,
        expected=f"a number above 0, at most {_LONGEST:g}",
        fix="pass seconds=3.0, or 10.0 for a usual page",
    )
