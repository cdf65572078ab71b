"""Draws signals as pages of an electrocardiogram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._ecg_paper import (
    COLUMNS_PER_PIXEL,
    blank_page,
    draw_pages,
    rows_of_leads,
)
from keras_gan_kit.data._image_arguments import height_and_width

# The usual page: three rows of four leads, 2.5 s each, and a rhythm strip.
_USUAL = (
    ("I", "aVR", "V1", "V4"),
    ("II", "aVL", "V2", "V5"),
    ("III", "aVF", "V3", "V6"),
    ("II",),
)
_MILLIVOLTS = {"v": 1000.0, "mv": 1.0, "uv": 0.001, "µv": 0.001, "μv": 0.001}


def ecg_pages(
    signals: Any,
    channel_names: Sequence[str],
    sampling_rate: float,
    *,
    units: str | Sequence[str] = "mV",
    image_size: int | Sequence[int] = (320, 512),
    leads: Sequence[str | Sequence[str]] | None = None,
    seconds: float | None = None,
    grid: bool = True,
    lead_names: bool = False,
    verbose: int = 1,
) -> NDArray[np.float32]:
    """Draws ECG signals as pages: black curves on graph paper.

    The pages look like those of `datasets.simulated_ecg_cohort`: a row is 3 mV high, with its zero
    line at 0.6 of the height. Where leads share a row, each shows its own part of the time.

    Args:
        signals: `(n, length, channels)`, such as the `signals` of `signals_from_wfdb`.
        channel_names: The name of each channel, such as "II".
        sampling_rate: Samples per second, above 0.
        units: The unit of the signals, or of each channel: "V", "mV" or "uV".
        image_size: Height and width in pixels, as one integer or `(height, width)`.
        leads: The rows of the page. Each is the name of a channel or a sequence of names that share
            the row one after the other; upper and lower case are the same. None draws the usual
            page of three rows of four leads and lead II below if `channel_names` has the twelve
            leads, else one row per channel.
        seconds: The duration that the width covers, from the first sample; None for all of it.
        grid: Whether to draw grid lines every 0.04 s and 0.1 mV, every fifth one darker, if the
            image is large enough for them.
        lead_names: Whether to write the name of each lead at its start and a mark between leads
            that share a row. This takes a width of at least 320 pixels and 64 pixels per row.
        verbose: 0 for no progress bar.

    Returns:
        Images `(n, height, width, 1)`, float32 in [-1, 1], dark on white.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a lead or unit is unknown, the signals are too short, not of this shape or
            not finite, or an argument is out of range.

    Example:
        >>> import numpy as np
        >>> beats = np.sin(np.linspace(0, 60, 2000)).reshape(1, 1000, 2)
        >>> ecg_pages(beats, ["I", "II"], 100, image_size=(64, 128), verbose=0).shape
        (1, 64, 128, 1)
    """
    names = _names(channel_names)
    samples, factors = _samples(signals, names), _factors(units, names)
    rate = number(
        "sampling_rate",
        sampling_rate,
        lambda x: 0.0 < x < float("inf"),
        expected="samples per second, above 0",
        fix="pass for example 500",
    )
    height, width = height_and_width("image_size", image_size, minimum=8)
    rows = rows_of_leads(_default_rows(names) if leads is None else leads, names)
    count = _num_samples(samples.shape[1], rate, seconds)
    paper = blank_page((height, width), rows, count / rate, grid=grid, lead_names=lead_names)

    # At least one point per sample: an R peak lasts only a few.
    points = width * max(COLUMNS_PER_PIXEL, -(-count // width))
    times = (np.arange(points) + 0.5) * (count / points) - 0.5
    curves = (
        np.stack([np.interp(times, np.arange(count), channel) for channel in signal.T])
        for signal in (sample[:count] * factors for sample in samples)
    )
    return draw_pages(curves, len(samples), names, rows, paper, verbose=verbose)


def _names(channel_names: object) -> list[str]:
    fits = isinstance(channel_names, Iterable) and not isinstance(channel_names, str)
    names = list(channel_names) if isinstance(channel_names, Iterable) else []
    details = {
        "received": repr(channel_names),
        "expected": "a name for each channel, all different",
        "fix": "pass the `channel_names` of `signals_from_wfdb`",
    }
    if not fits or not all(isinstance(name, str) for name in names):
        raise wrong_type("channel_names", **details)
    if not names or len({name.casefold() for name in names}) < len(names):
        raise invalid("channel_names", **details)
    return names


def _samples(signals: Any, names: Sequence[str]) -> NDArray[Any]:
    array = np.asarray(signals)
    expected = f"finite numbers (n, length, {len(names)}), a channel for each of `channel_names`"
    if array.dtype.kind not in "fiu":
        fix = "pass the `signals` of `signals_from_wfdb`"
        raise wrong_type("signals", received=f"dtype {array.dtype}", expected=expected, fix=fix)
    if array.ndim != 3 or array.shape[-1] != len(names) or 0 in array.shape:
        fix = "pass one signal as signals[None], and channels last"
        raise invalid("signals", received=f"shape {array.shape}", expected=expected, fix=fix)
    if not np.isfinite(array).all():
        broken = int((~np.isfinite(array)).any((1, 2)).sum())
        raise invalid(
            "signals",
            received=f"NaN or infinity in {broken} of {len(array)} signals",
            expected=expected,
            fix="fill the gaps, or leave these signals out",
        )
    return array


def _factors(units: object, names: Sequence[str]) -> NDArray[np.float64]:
    """Returns what makes millivolts of each channel."""
    details = {
        "received": repr(units),
        "expected": f'"V", "mV" or "uV", one for all or one for each of {len(names)} channels',
        "fix": "scale the signals to mV and pass units='mV'",
    }
    if not isinstance(units, Iterable):
        raise wrong_type("units", **details)
    each = [units] * len(names) if isinstance(units, str) else list(units)
    factors = [_MILLIVOLTS.get(str(unit).casefold()) for unit in each]
    if len(factors) != len(names) or None in factors:
        raise invalid("units", **details)
    return np.array(factors, np.float64)


def _default_rows(names: Sequence[str]) -> Sequence[Sequence[str]]:
    known = {name.casefold() for name in names}
    usual = {name.casefold() for row in _USUAL for name in row}
    return _USUAL if usual <= known else [(name,) for name in names]


def _num_samples(length: int, rate: float, seconds: float | None) -> int:
    if seconds is None:
        return length
    longest = length / rate
    number(
        "seconds",
        seconds,
        lambda x: 1 / rate <= x <= longest,
        expected=f"at most {longest:g} s, the length of the signals",
        fix="pass seconds=None to draw all of it",
    )
    return min(length, round(seconds * rate))
