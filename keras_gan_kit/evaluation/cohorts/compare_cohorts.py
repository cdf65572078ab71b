"""Compares synthetic patients, each an image and a table row, with real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.cohorts._link import link_scores, link_section, measure_links
from keras_gan_kit.evaluation.features.extract_features import extract_features
from keras_gan_kit.evaluation.images.compare_images import compare_images
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._columns import columns_of_both, keys_of, kinds_of
from keras_gan_kit.evaluation.samples._encoder import PixelEncoder
from keras_gan_kit.evaluation.samples._samples import Samples, alike, samples_of
from keras_gan_kit.evaluation.tables.compare_tables import compare_tables

_COMPONENTS = 128  # principal components of the images, from which columns are predicted


def compare_cohorts(
    real: Any,
    synthetic: Any,
    *,
    features: str | keras.Model = "pixels",
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    constraints: Sequence[str] = (),
    max_rows: int | None = 200_000,
    max_images: int | None = 10_000,
    seed: int = 0,
) -> Report:
    """Compares joint samples: their tables, their images, and the link between row and image.

    Realistic rows and realistic images are not enough: each row must also match its image. To
    measure this link, a predictor (kernel ridge regression on image features) is trained on half of
    the real samples to predict each column. Its correlation with synthetic rows is compared with
    its correlation with the other real rows, and with shuffled synthetic rows. Keys are left out:
    see `compare_tables`.

    Args:
        real: `{"image": images (n, height, width, channels) in [-1, 1], "table": DataFrame}`.
        synthetic: The same, with the same columns and image size.
        features: As in `compare_images`. For the link, "pixels" are 128 principal components.
        continuous: As in `compare_tables`.
        categorical: As in `compare_tables`.
        constraints: As in `compare_tables`.
        max_rows: As in `compare_tables`.
        max_images: As in `compare_images`; also limits the samples used for the link.
        seed: Seed of all random draws.

    Returns:
        A `Report`. `scores["link"]` is the synthetic correlation as a share of the real one, over
        columns that can be predicted from real images; `link_worst` is the share of the worst
        column; `link_lost` is the share of these columns whose correlation is significantly lower;
        `scores["link_columns"][name]` has the scores of each column. `scores["table"]` and
        `scores["image"]` are those of `compare_tables` and `compare_images`.

    Raises:
        TypeError: If a part has the wrong type.
        ValueError: If a part is missing, or the parts don't match.

    Example:
        >>> from keras_gan_kit.datasets import simulated_ecg_cohort
        >>> images, table = simulated_ecg_cohort(200, image_size=32)
        >>> real = {"image": images[:100], "table": table[:100]}
        >>> other = {"image": images[100:], "table": table[100:]}
        >>> report = compare_cohorts(real, other)
        >>> report.scores["link"]["value"] > 0.7
        True
    """
    sets = {"real": samples_of("real", real), "synthetic": samples_of("synthetic", synthetic)}
    for name, samples in sets.items():
        _check_joint(name, samples)
    seed = integer("seed", seed, minimum=0)
    limit = None if max_images is None else integer("max_images", max_images, minimum=2)
    _check_sizes(sets)
    tables: list[Any] = [samples.table for samples in sets.values()]
    kinds = kinds_of(continuous, categorical, tables[0])
    images = [samples.image for samples in sets.values()]
    options: dict[str, Any] = {"constraints": constraints, "max_rows": max_rows, **kinds}
    table = compare_tables(*tables, seed=seed, **options)
    image = compare_images(*images, features=features, max_images=limit, seed=seed)
    first, second = (x.sampled(limit, seed + i) for i, x in enumerate(sets.values()))
    cut: list[Any] = [first.table, second.table]
    # Keys are determined from all rows, and are not linked to images.
    keys = keys_of(tables[0], kinds)
    both = [table.drop(columns=[name for name in keys if name in table]) for table in cut]
    columns, _ = columns_of_both(*both, **kinds)
    links = measure_links(columns, *_features(first, second, features, seed), seed=seed)
    scores = link_scores(links)
    return Report.combined(
        "Real and synthetic patients",
        summary=_summary(scores, table, image),
        parts={"table": table, "image": image},
        scores=scores,
        sections=[link_section(links, scores)],
    )


def _check_joint(name: str, samples: Samples) -> None:
    if len(samples.parts) < 2:
        raise invalid(
            name,
            received=f"samples with only {' and '.join(samples.parts)}",
            expected='a dict with "image" and "table"',
            fix="use compare_tables or compare_images for a single part",
        )


def _check_sizes(sets: dict[str, Samples]) -> None:
    """Checks image sizes. Different columns are allowed, and reported."""
    alike({name: Samples(image=samples.image) for name, samples in sets.items()})


def _features(first: Samples, second: Samples, features: Any, seed: int) -> tuple[Any, Any]:
    if isinstance(features, str) and features == "pixels":
        encoder = PixelEncoder(first.image, components=_COMPONENTS, seed=seed)  # type: ignore[arg-type]
        return encoder(first.image), encoder(second.image)  # type: ignore[arg-type]
    found = extract_features(first.image, features=features)
    return found.values, extract_features(second.image, features=found.network).values


def _summary(scores: dict[str, Any], table: Report, image: Report) -> str:
    link = scores["link"]
    if link["value"] is None:
        text = f"The link between image and row can't be computed: {link['not_computable']}."
    else:
        worst = scores["link_worst"]
        text = (
            f"Synthetic rows keep {link['value']:.0%} of the real correlation with their images "
            f"(shuffled rows: {link['shuffled']:.0%}). The weakest column is {worst['column']} "
            f"with {worst['value']:.0%}."
        )
    return f"{text}\n\n{table.summary}\n\n{image.summary}"
