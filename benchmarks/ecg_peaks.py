"""Find the R peaks of an ECG page, and compare what they say of real and of synthetic pages.

    python benchmarks/ecg_peaks.py      # validates on simulated pages, whose heart rate is known

A page has rows of leads, the last of which is the rhythm strip. A reader of ECGs looks at:

- rate: 60 s over the median interval between two R peaks of the strip;
- irregularity: the standard deviation of these intervals over their mean;
- amplitudes: the median height of the R peaks in each lead, in pixels;
- unreadable: pages on which fewer than three R peaks are found.
"""

import argparse

import numpy as np
from scipy.signal import find_peaks, medfilt
from scipy.stats import ks_2samp, spearmanr

SECONDS = 10.0  # of a row
INK = 0.25  # from here on a pixel belongs to the curve
CLOSEST = 0.3  # seconds between two R peaks: 200 beats a minute
# Where the rows are in the pages of Khan et al. 2021, as fractions of the height and of the width.
REAL = {"rows": ((0.01, 0.25), (0.25, 0.5), (0.49, 0.74), (0.74, 1.0)), "columns": (0.042, 0.978)}
SIMULATED = {"rows": ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)), "columns": (0.0, 1.0)}
LEADS = 4  # of each row but the last


def strip_of(page: np.ndarray, row: int, layout: dict) -> np.ndarray:
    """Returns one row of a page `(height, width)` in [-1, 1] as ink in [0, 1]."""
    height, width = page.shape
    top, bottom = (round(height * part) for part in layout["rows"][row])
    left, right = (round(width * part) for part in layout["columns"])
    return np.clip((1.0 - page[top:bottom, left:right]) / 2.0, 0.0, 1.0)


def deflections(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns how far the curve of each column reaches above and below the zero line, in pixels."""
    rows = np.arange(len(ink))[:, None] + 0.5
    drawn = ink >= INK
    known = drawn.any(0)
    if not known.any():
        return np.zeros(ink.shape[1]), np.zeros(ink.shape[1])
    amount = np.maximum(np.where(drawn, ink, 0.0).sum(0), 1e-6)
    middle = (np.where(drawn, ink, 0.0) * rows).sum(0) / amount
    zero = np.median(middle[known])
    # A faint pixel at the tip of a line counts by its ink.
    first, last = drawn.argmax(0), len(ink) - 1 - drawn[::-1].argmax(0)
    columns = np.arange(ink.shape[1])
    above = zero - (first + 1 - ink[first, columns])
    below = (last + ink[last, columns]) - zero
    return (np.where(known, np.maximum(part, 0.0), 0.0) for part in (above, below))


def r_peaks(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the positions of the R peaks of a row, in seconds, and their heights in pixels.

    R waves are narrow: what remains after a median over 0.25 s is subtracted. They point up or
    down, whichever reaches further. A peak is at least 0.45 of the largest of most seconds high.
    """
    per_second = ink.shape[1] / SECONDS
    window = 2 * round(0.125 * per_second) + 1
    sharp = [
        np.maximum(part - medfilt(np.pad(part, window, "edge"), window)[window:-window], 0.0)
        for part in deflections(ink)
    ]
    sharp = max(sharp, key=_typical)
    least = max(0.45 * _typical(sharp), 0.03 * ink.shape[0])
    padded = np.pad(sharp, 1)
    peaks, _ = find_peaks(padded, height=least, distance=max(1.0, CLOSEST * per_second))
    centers = np.array([_center(padded, peak) for peak in peaks]) - 1
    return (centers + 0.5) / per_second, padded[peaks]


def _typical(sharp: np.ndarray) -> float:
    """Returns the median, over pieces of 1.5 s, of the largest deflection."""
    pieces = np.array_split(sharp, max(1, round(SECONDS / 1.5)))
    return float(np.median([piece.max() for piece in pieces]))


def _center(sharp: np.ndarray, peak: int) -> float:
    near = np.arange(peak - 1, peak + 2)
    weights = np.clip(sharp[near] - 0.3 * sharp[peak], 0.0, None)
    return float((near * weights).sum() / weights.sum())


def readings(pages: np.ndarray, layout: dict = REAL) -> dict[str, np.ndarray]:
    """Reads pages `(n, height, width, 1)` in [-1, 1]; what can't be read is NaN."""
    rate, irregularity = np.full((2, len(pages)), np.nan)
    amplitudes = np.full((len(pages), (len(layout["rows"]) - 1) * LEADS), np.nan)
    for index, page in enumerate(pages[..., 0]):
        beats, _ = r_peaks(strip_of(page, -1, layout))
        if len(beats) >= 3:
            intervals = np.diff(beats)
            rate[index] = 60.0 / np.median(intervals)
            irregularity[index] = intervals.std() / intervals.mean()
        for row in range(len(layout["rows"]) - 1):
            for lead, part in enumerate(np.array_split(strip_of(page, row, layout), LEADS, axis=1)):
                # The lines between two leads are in the columns at the borders.
                above = max((x[2:-2] for x in deflections(part)), key=np.max)
                amplitudes[index, row * LEADS + lead] = above.max()
    return {"rate": rate, "irregularity": irregularity, "amplitudes": amplitudes}


def compare(real: dict[str, np.ndarray], synthetic: dict[str, np.ndarray]) -> dict[str, float]:
    """Compares the readings of real and synthetic pages; the script's head says what is read."""
    found = [{k: v[np.isfinite(v)] for k, v in part.items()} for part in (real, synthetic)]
    medians = [np.nanmedian(part["amplitudes"], 0) for part in (real, synthetic)]
    readable = len(found[1]["rate"]) > 0
    nothing = float("nan")
    spread = [np.median(part["irregularity"]) if readable else nothing for part in found]
    return {
        "rate_ks": ks_2samp(found[0]["rate"], found[1]["rate"]).statistic if readable else 1.0,
        "irregularity_ratio": float(spread[1] / spread[0]),
        "amplitude_rank_correlation": float(spearmanr(*medians).statistic),
        "unreadable_real": float(1.0 - len(found[0]["rate"]) / len(real["rate"])),
        "unreadable_synthetic": float(1.0 - len(found[1]["rate"]) / len(synthetic["rate"])),
    }


def main() -> None:
    from keras_gan_kit.datasets import simulated_ecg_cohort

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--size", type=int, nargs=2, default=(128, 216))
    options = parser.parse_args()
    leads = [("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), "II"]
    pages, rows = simulated_ecg_cohort(
        options.patients, image_size=options.size, leads=leads, seconds=SECONDS, grid=False, seed=7
    )
    found = readings(pages, SIMULATED)
    read = np.isfinite(found["rate"])
    error = np.abs(found["rate"] - rows["heart_rate"])[read]
    print(f"{options.patients} simulated pages, {read.mean():.1%} readable")
    print(f"error of the rate: mean {error.mean():.2f} a minute, median {np.median(error):.2f},")
    print(f"{(error < 3).mean():.1%} of them under 3 a minute, largest {error.max():.1f}")


if __name__ == "__main__":
    main()
