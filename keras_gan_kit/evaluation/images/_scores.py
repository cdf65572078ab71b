"""Computes the scores of `compare_images`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features.density_coverage import density_coverage
from keras_gan_kit.evaluation.features.frechet_distance import frechet_distance
from keras_gan_kit.evaluation.features.kernel_distance import kernel_distance
from keras_gan_kit.evaluation.features.precision_recall import precision_recall
from keras_gan_kit.evaluation.images._statistics import ImageStatistics
from keras_gan_kit.evaluation.report._score import not_computable, score

_SPLITS = 3
_UNBOUNDED = (0.0, None)
_ANY = (None, None)  # no bounds
_LEAST_POWER = 1e-12  # a variance below this is rounding error


def feature_scores(
    real: NDArray[Any], synthetic: NDArray[Any], *, k: int | None, seed: int
) -> dict[str, Any]:
    """Computes all feature metrics, and their values between two real sets.

    Besides its value on all images, a score has `"floor"`, the mean value between two halves of the
    real images, and `"value_at_floor_size"`, the mean value between these halves and equally many
    synthetic images. These two have the same bias, so they can be compared.

    Args:
        real: Features (n, d).
        synthetic: Features (m, d).
        k: The number of neighbors; None for 3 (precision and recall) and 5 (density and coverage),
            as in the papers.
        seed: Seed of the split into halves.
    """
    first, second = k or 3, k or 5
    random = np.random.default_rng(seed)
    size = min(len(real) // 2, len(synthetic))
    splits = []
    for _ in range(_SPLITS):
        order = random.permutation(len(real))
        drawn = random.choice(len(synthetic), size, replace=False)
        splits.append((real[order[:size]], real[order[size : 2 * size]], synthetic[drawn]))

    both = functools.partial(_scores, real, synthetic, splits)
    share = ("maximize", (0.0, 1.0))
    return (
        both(frechet_distance, 2, {"frechet_distance": ("minimize", _UNBOUNDED)})
        | both(kernel_distance, 2, {"kernel_distance": (0.0, _ANY)})
        | both(
            lambda a, b: precision_recall(a, b, k=first),
            first + 1,
            {"precision": share, "recall": share},
        )
        | both(
            lambda a, b: density_coverage(a, b, k=second),
            second + 1,
            {"density": (1.0, _UNBOUNDED), "coverage": share},
        )
    )


def _scores(
    real: NDArray[Any],
    synthetic: NDArray[Any],
    splits: Sequence[tuple[NDArray[Any], ...]],
    metric: Callable[..., Any],
    minimum: int,
    goals: dict[str, Any],
) -> dict[str, Any]:
    """Computes the scores of one metric, with floors from (real, real, synthetic) splits."""
    size = len(splits[0][0])
    if min(len(real), len(synthetic)) < minimum:
        reason = f"at least {minimum} real and synthetic images are needed"
        return {
            name: not_computable(reason, goal=goal, limits=limits)
            for name, (goal, limits) in goals.items()
        }
    values = np.atleast_1d(metric(real, synthetic))
    more: list[dict[str, Any]] = [{} for _ in goals]
    if size >= minimum:
        floors = np.mean([np.atleast_1d(metric(a, b)) for a, b, _ in splits], axis=0)
        same = np.mean([np.atleast_1d(metric(a, c)) for a, _, c in splits], axis=0)
        more = [
            {"floor": float(floor), "value_at_floor_size": float(value), "floor_size": size}
            for floor, value in zip(floors, same, strict=False)
        ]
    return {
        name: score(float(value), goal=goal, limits=limits, **entries)
        for (name, (goal, limits)), value, entries in zip(goals.items(), values, more, strict=False)
    }


def pixel_scores(real: ImageStatistics, synthetic: ImageStatistics) -> dict[str, Any]:
    """Compares intensities and power spectra."""
    overlap = float(np.minimum(real.shares(), synthetic.shares()).sum())
    gap = decibels(synthetic) - decibels(real)
    return {
        "intensity_overlap": score(min(overlap, 1.0), goal="maximize"),
        "spectrum_gap": score(float(np.abs(gap).mean()), goal="minimize", limits=_UNBOUNDED)
        if len(gap)
        else not_computable("the images have a single pixel", goal="minimize", limits=_UNBOUNDED),
    }


def decibels(images: ImageStatistics) -> NDArray[np.float64]:
    """Returns the power spectrum in decibels, with variances of at least 1e-12."""
    power: NDArray[np.float64] = 10.0 * np.log10(np.maximum(images.spectrum()[1], _LEAST_POWER))
    return power
