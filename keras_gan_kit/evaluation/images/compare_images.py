"""Compares synthetic images with real ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_gan_kit._arguments import integer
from keras_gan_kit.evaluation.features.extract_features import extract
from keras_gan_kit.evaluation.images._scores import feature_scores, pixel_scores
from keras_gan_kit.evaluation.images._sections import (
    features_section,
    pairs_section,
    pixels_section,
)
from keras_gan_kit.evaluation.images._statistics import ImageStatistics
from keras_gan_kit.evaluation.report._projection import projection
from keras_gan_kit.evaluation.report.report import Report


def compare_images(
    real: Any,
    synthetic: Any,
    *,
    features: str | keras.Model = "pixels",
    k: int | None = None,
    max_images: int | None = 10_000,
    batch_size: int = 64,
    cache: str | Path | None = None,
    seed: int = 0,
) -> Report:
    """Compares two sets of images by features, spectra and intensities, and shows nearest pairs.

    Every feature metric comes with its floor, the value between two sets of real images, which the
    first section of the page explains. `docs/metrics.md` describes each metric.

    Args:
        real: An array (n, height, width, channels), float32 in [-1, 1] or uint8; or any iterable of
            batches of such images, such as the shards of a generated dataset. Of joint samples, the
            part "image" is used.
        synthetic: Images of the same size; any number of them.
        features: "pixels" (principal components of the real images), "inception-v3", or a Keras
            model: see `extract_features`.
        k: The number of neighbors for precision, recall, density and coverage; None for 3
            (precision and recall) and 5 (density and coverage), as in the papers.
        max_images: Larger sets are randomly sampled down to this size (of a stream, the first
            images are used), and the report says so; None uses all images.
        batch_size: The number of images per forward pass.
        cache: A folder to cache features in: see `extract_features`.
        seed: Seed of all random draws.

    Returns:
        A `Report`. Its scores are `frechet_distance`, `kernel_distance`, `precision`, `recall`,
        `density` and `coverage`, each with its `"floor"` and `"value_at_floor_size"`;
        `intensity_overlap` (overlap of the distributions of pixel values) and `spectrum_gap` (mean
        difference of the power spectra in dB). `scores["features"]` names the features, and
        `scores["images"]` has the numbers of images.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If image shapes don't match, or a number is out of range.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(-1, 1, (2, 60, 8, 8, 1))
        >>> report = compare_images(*images)
        >>> report.scores["images"]
        {'real': 60, 'synthetic': 60}
        >>> report.scores["coverage"]["value"] > 0.5
        True
    """
    batch_size = integer("batch_size", batch_size)
    maximum = None if max_images is None else integer("max_images", max_images, minimum=2)
    k = None if k is None else integer("k", k)
    seed = integer("seed", seed, minimum=0)
    options: dict[str, Any] = {"batch_size": batch_size, "maximum": maximum}
    first = ImageStatistics("real", real, seed=seed, **options)
    second = ImageStatistics("synthetic", synthetic, seed=seed + 1, like=first, **options)
    options = {"batch_size": batch_size, "cache": cache}
    found = extract("real", first.batches(), features=features, **options)
    others = extract("synthetic", second.batches(), features=found.network, **options)
    both = found.values, others.values
    scores = feature_scores(*both, k=k, seed=seed)
    # If all real images are equal, there are no components to plot.
    drawings = projection(*both, what="image", seed=seed) if np.ptp(both[0]) > 0 else []
    return Report(
        "Real and synthetic images",
        summary=_summary(first, second, found.name, scores),
        scores=scores
        | pixel_scores(first, second)
        | {
            "features": found.name,
            "images": {"real": first.count, "synthetic": second.count},
        },
        sections=[
            features_section(found.name, scores, drawings),
            pixels_section(first, second),
            pairs_section(first, second, both),
        ],
    )


def _summary(
    real: ImageStatistics, synthetic: ImageStatistics, name: str, scores: Mapping[str, Any]
) -> str:
    counts = " and ".join(
        f"{images.count:,} {kind} images"
        + (f" (drawn from {images.given:,})" if images.given not in (None, images.count) else "")
        for kind, images in (("real", real), ("synthetic", synthetic))
    )
    height, width, channels = real.shape
    text = (
        f"{counts} of {height} x {width} pixels, {channels} channel(s), compared by these "
        f"features: {name}. Do not compare these values with values for other features or other "
        "numbers of "
        "images."
    )
    coverage, precision = scores["coverage"], scores["precision"]
    if "floor" not in coverage or "floor" not in precision:
        return text + "\n\nThere are too few real images to compute values between two real sets."
    return text + (
        f"\n\nOf {coverage['floor_size']:,} real images, {coverage['value_at_floor_size']:.0%} "
        "have a synthetic image nearby; equally many other real images cover "
        f"{coverage['floor']:.0%} of them. By precision, {precision['value_at_floor_size']:.0%} "
        f"of the synthetic images look real; other real images reach {precision['floor']:.0%}."
    )
