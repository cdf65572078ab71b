"""Writes the sections of `compare_images`."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._neighbors import nearest
from keras_gan_kit.evaluation.images._scores import decibels
from keras_gan_kit.evaluation.images._statistics import LEVELS, ImageStatistics
from keras_gan_kit.evaluation.report._section import BLUE, VERMILION, Drawing, Section

_PAIRS = 8
_GAP = 2  # pixels between two pictures
_BIAS = (
    "Most of these scores depend on the number of images. The Fréchet distance is biased: with "
    "fewer images it is larger, even between two sets of real images. The kernel distance is "
    "unbiased. Each score is therefore also computed between halves of the real set. This floor "
    "is the best value that a generator can be expected to reach. Compare it with the value at "
    "the same size."
)


def features_section(name: str, scores: Mapping[str, Any], drawings: list[Drawing]) -> Section:
    """Returns the section on feature metrics."""
    import pandas as pd

    rows = {
        key.replace("_", " "): {
            "value": entry["value"],
            "value at the size of the floor": entry.get("value_at_floor_size"),
            "floor: real vs. real": entry.get("floor"),
            "best": {"minimize": "low", "maximize": "high"}.get(
                entry["goal"], f"{entry['goal']:g}" if not isinstance(entry["goal"], str) else ""
            ),
        }
        for key, entry in scores.items()
    }
    sizes = [entry["floor_size"] for entry in scores.values() if "floor_size" in entry]
    text = (
        f"Features: {name}. Do not compare these distances with values for other features, "
        "whether published or from another report.\n\n" + _BIAS
    )
    if sizes:
        text += f" Here each half has {sizes[0]} images, and the split is repeated three times."
    text += (
        "\n\nPrecision and density measure whether synthetic images look real, recall and "
        "coverage whether they cover all kinds of real images. High precision with low coverage "
        "means that the generator produces only a few kinds of images."
    )
    table = pd.DataFrame.from_dict(rows, orient="index").astype({"best": str})
    return Section("Features", text, drawings, {"Feature metrics": table})


def pixels_section(real: ImageStatistics, synthetic: ImageStatistics) -> Section:
    """Returns the section on power spectra and intensities."""
    return Section(
        "Pixels",
        "Comparisons of pixels: the power at each spatial frequency, and the distribution of "
        "intensities. Blurred images lack power at high frequencies. Checkerboard patterns from "
        "transposed convolutions appear there as peaks.",
        [_spectra(real, synthetic), _intensities(real, synthetic)],
    )


def _lines(real: ImageStatistics, synthetic: ImageStatistics) -> Iterator[tuple[Any, ...]]:
    yield real, {"label": "real", "color": BLUE, "linestyle": "-"}
    yield synthetic, {"label": "synthetic", "color": VERMILION, "linestyle": "--"}


def _spectra(real: ImageStatistics, synthetic: ImageStatistics) -> Drawing:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        for images, style in _lines(real, synthetic):
            left.plot(images.spectrum()[0], decibels(images), **style)
        left.set(xlabel="cycles per pixel", ylabel="power per component (dB)")
        left.legend()
        right.plot(real.spectrum()[0], decibels(synthetic) - decibels(real), color=VERMILION)
        right.axhline(0.0, color=BLUE, linewidth=1.0)
        right.set(xlabel="cycles per pixel", ylabel="synthetic - real (dB)")

    return Drawing(
        "spectra",
        draw,
        "The mean power spectrum, averaged over directions. The lines should coincide; 3 dB is a "
        "factor of two. If the right panel is below 0 at high frequencies, the synthetic images "
        "are smoother than the real ones.",
        "Radial power spectra of real and synthetic images, and their difference.",
        (8.0, 3.4),
    )


def _intensities(real: ImageStatistics, synthetic: ImageStatistics) -> Drawing:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        levels = np.linspace(-1.0, 1.0, LEVELS // 4)
        for images, style in _lines(real, synthetic):
            shares = images.shares().reshape(-1, 4).sum(axis=1)
            axes.step(levels, shares, where="mid", **style)
        axes.set(xlabel="intensity", ylabel="share of pixels", yscale="log")
        # Matplotlib labels powers with math text, which reports disable.
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:g}")
        axes.legend()

    return Drawing(
        "intensities",
        draw,
        "The share of pixels with each intensity, on a logarithmic scale; -1 is black and 1 is "
        "white. The lines should coincide.",
        "Histograms of the intensities of real and synthetic images.",
    )


def pairs_section(
    real: ImageStatistics,
    synthetic: ImageStatistics,
    features: tuple[NDArray[Any], NDArray[Any]],
) -> Section:
    """Returns the section that shows real images with their closest synthetic ones."""
    real_features, synthetic_features = features
    distances, index = (x[:, 0] for x in nearest(synthetic_features, real_features, 1))
    order = np.argsort(distances, kind="stable")
    count = min(_PAIRS, len(order))
    middle = (len(order) - count) // 2
    groups = {
        "the closest pairs": order[:count],
        "pairs around the median": order[middle : middle + count],
        "real images without a close synthetic one": order[len(order) - count :],
    }

    return Section(
        "Nearest pairs",
        "Top: a real image. Bottom: the synthetic image with the closest features. Pairs that "
        "look the same may be copies of the training data; `privacy` tests for copies. Real "
        "images that are far from all synthetic ones are cases that the generator misses.",
        [
            Drawing(
                "nearest_pairs",
                functools.partial(_draw_pairs, real, synthetic, groups, index, distances),
                f"{count} pairs each: the closest of all {len(order)}, those around the median, "
                "and the real images farthest from any synthetic one.",
                "Rows of real images, each above the closest synthetic image.",
                (8.0, len(groups) * _pairs_height(real.thumbnails[0], count)),
            )
        ],
    )


def _pairs_height(thumbnail: NDArray[np.uint8], count: int) -> float:
    """Returns the height in inches of two rows of images and their title, 7 inches wide."""
    height, width = (side + 2 * _GAP for side in thumbnail.shape[:2])
    return 0.5 + float(min(7.0 * 2 * height / (count * width), 3.0))


def _draw_pairs(
    real: ImageStatistics,
    synthetic: ImageStatistics,
    groups: Mapping[str, NDArray[Any]],
    index: NDArray[Any],
    distances: NDArray[Any],
    figure: Any,
) -> None:
    for axes, (title, chosen) in zip(figure.subplots(len(groups), 1), groups.items(), strict=True):
        strips = [
            _strip([real.thumbnails[i] for i in chosen]),
            _strip([synthetic.thumbnails[index[i]] for i in chosen]),
        ]
        picture = np.concatenate(strips)
        # White frames separate the images; nearest-neighbor scaling keeps pixels sharp.
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        low, high = distances[chosen[0]], distances[chosen[-1]]
        axes.set_title(f"{title}: distances {low:.3g} to {high:.3g}")
        height = len(strips[0])
        axes.set_yticks([height / 2, 1.5 * height], ["real", "closest\nsynthetic"])
        axes.set_xticks([])
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)


def _strip(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Arranges images of equal size side by side in white frames."""
    frame = ((_GAP, _GAP), (_GAP, _GAP)) + ((0, 0),) * (pictures[0].ndim - 2)
    return np.concatenate([np.pad(p, frame, constant_values=255) for p in pictures], axis=1)
