"""Measures how much a synthetic dataset reveals about its training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.privacy._closeness import Closeness, closeness
from keras_gan_kit.evaluation.privacy._copies import fingerprints
from keras_gan_kit.evaluation.privacy._sections import LIMITS, closeness_section, pairs_section
from keras_gan_kit.evaluation.report._holm import significant
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._columns import kinds_of
from keras_gan_kit.evaluation.samples._samples import SampleEncoder, Samples, alike, samples_of

_FEWEST = 20  # records of a set; with fewer, the tests have no power
_LEVEL = 0.01  # of the tests, together
_WORDS = {"image": "images", "table": "rows", "sample": "image and row together"}


def privacy(
    real_train: Any,
    synthetic: Any,
    real_holdout: Any,
    *,
    show: int = 8,
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    max_rows: int | None = 20_000,
    seed: int = 0,
) -> Report:
    """Measures how much a synthetic dataset reveals about its training data.

    A holdout of real samples that the generator has not seen serves as the reference. Three tests
    compare the training set with it:

    - Is the nearest real record of a synthetic sample a training record more often than expected?
    - Does the distance to the nearest synthetic sample reveal who was in the training set (Chen et
      al. 2020, ACM CCS)?
    - Are there more exact copies of training records than of holdout records?

    The report also has the distance to the closest record and the nearest-neighbor distance ratio,
    without a test. For joint samples, everything is computed for images, for rows, and for both
    together.

    Args:
        real_train: The training data of the generator: a DataFrame, images `(n, height, width,
            channels)` in [-1, 1], or a dict with "image" and "table". At least 20 samples.
        synthetic: Synthetic samples of the same form, at least 20.
        real_holdout: Real samples of the same population that the generator has not seen, at least
            20.
        show: The number of closest pairs to show, with their real records; 0 shows none.
        continuous: Columns to treat as continuous.
        categorical: Columns of numeric codes to treat as categorical: any two codes are equally far
            apart.
        max_rows: Larger sets are subsampled for distances, but not for exact copies; None uses all
            samples.
        seed: Seed of all random choices.

    Returns:
        A `Report` whose summary is a verdict with its limits. Its main scores are `exact_copies`
        (share of synthetic samples), `closer_to_training`, `membership_auc` (0.5 is best),
        `closest_record` (5th percentile of the distances, divided by the holdout's; 1 is best),
        `nearest_ratio` (its 5th percentile) and `near_copies` (share within the holdout's 5th
        percentile). For joint samples, the names begin with `image_`, `table_` or `sample_`. Each
        score has the holdout's value as `"floor"`. `scores["leak_found"]` is True or False.

    Raises:
        TypeError: If an argument is neither a table nor images.
        ValueError: If the sets do not match, one has fewer than 20 samples, or a column is missing
            or listed as both kinds.

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> people = random.normal(size=(300, 4))
        >>> report = privacy(people[:100], people[:100], people[100:200])
        >>> report.scores["leak_found"], report.scores["exact_copies"]["value"]
        (True, 1.0)
        >>> privacy(people[:100], people[200:], people[100:200]).scores["leak_found"]
        False
    """
    given = {"real_train": real_train, "synthetic": synthetic, "real_holdout": real_holdout}
    sets = {name: samples_of(name, samples) for name, samples in given.items()}
    alike(sets)
    _check_sizes(sets)
    show, seed = integer("show", show, minimum=0), integer("seed", seed, minimum=0)
    limit = None if max_rows is None else integer("max_rows", max_rows, minimum=_FEWEST)
    kinds = _kinds(continuous, categorical, sets["real_train"])
    copies, p_copies = _exact_copies(*sets.values())
    used = [samples.sampled(limit, seed + i) for i, samples in enumerate(sets.values())]
    found = {name: _close(name, used, kinds, seed) for name in _spaces(used[0])}
    scores, p_values = {"exact_copies": copies}, {"exact_copies": p_copies}
    for name, result in found.items():
        front = f"{name}_" if len(found) > 1 else ""
        scores |= {f"{front}{key}": entry for key, entry in _entries(result).items()}
        if isinstance(result, Closeness):
            p_values |= {f"{front}{key}": p for key, p in result.p_values.items()}
    suspicious = significant(p_values, _LEVEL)
    whole = found["sample" if len(found) > 1 else next(iter(found))]
    close = {name: result for name, result in found.items() if isinstance(result, Closeness)}
    sections = [closeness_section(name, _WORDS[name], result) for name, result in close.items()]
    if show and isinstance(whole, Closeness):
        sections.append(pairs_section(used[0], used[1], whole, min(show, len(used[1]))))
    return Report(
        "Privacy of the training set",
        summary=_verdict(sets, used, scores, suspicious),
        scores=scores | {"leak_found": bool(suspicious)},
        sections=sections,
    )


def _kinds(continuous: Any, categorical: Any, real: Samples) -> dict[str, list[str]]:
    if real.table is not None:
        return kinds_of(continuous, categorical, real.table)
    for argument, names in (("continuous", continuous), ("categorical", categorical)):
        if names:
            raise invalid(
                argument,
                received=f"{names!r}, of samples without a table",
                expected="columns of a table",
                fix="leave it out, or pass samples with a table",
            )
    return {}


def _check_sizes(sets: Mapping[str, Samples]) -> None:
    for name, samples in sets.items():
        if len(samples) < _FEWEST:
            raise invalid(
                name,
                received=f"{len(samples)} samples",
                expected=f"at least {_FEWEST}",
                fix="pass more samples; with fewer, the tests have no power",
            )


def _spaces(samples: Samples) -> list[str]:
    return [*samples.parts, "sample"] if len(samples.parts) > 1 else list(samples.parts)


def _close(
    name: str, used: list[Samples], kinds: Mapping[str, Sequence[str]], seed: int
) -> Closeness | str:
    if name != "sample":
        used = [Samples(**{name: getattr(samples, name)}) for samples in used]
    encoder = SampleEncoder(used[0], seed=seed, kinds=kinds)
    train, synthetic, holdout = (encoder(samples) for samples in used)
    if not train.shape[1]:
        return "all columns are constant"
    return closeness(train, synthetic, holdout, seed=seed)


def _entries(result: Closeness | str) -> dict[str, Any]:
    if isinstance(result, Closeness):
        return result.scores
    names = ("closer_to_training", "membership_auc")
    return {name: not_computable(result, goal=0.5) for name in names}


def _exact_copies(
    train: Samples, synthetic: Samples, holdout: Samples
) -> tuple[dict[str, Any], float]:
    """Returns the share of copies, that of the holdout, and the p-value of the difference."""
    from scipy.stats import fisher_exact

    known = set(fingerprints(train))
    counts = [sum(key in known for key in fingerprints(x)) for x in (synthetic, holdout)]
    sizes = len(synthetic), len(holdout)
    table = [[count, size - count] for count, size in zip(counts, sizes, strict=True)]
    p = float(fisher_exact(table, alternative="greater").pvalue)
    more: dict[str, Any] = {"floor": counts[1] / sizes[1], "count": counts[0], "p_value": p}
    return score(counts[0] / sizes[0], goal="minimize", **more), p


def _verdict(
    sets: Mapping[str, Samples],
    used: list[Samples],
    scores: Mapping[str, Any],
    suspicious: list[str],
) -> str:
    train, made, holdout = (len(samples) for samples in sets.values())
    copies = scores["exact_copies"]
    if suspicious:
        names = ", ".join(name.replace("_", " ") for name in suspicious)
        text = (
            f"A leak was found. Significant at {_LEVEL:.0%}, corrected for the number of tests: "
            f"{names}. Do not share these samples before you know the cause."
        )
    else:
        text = (
            f"No test found a leak, with {holdout} holdout records. This does not prove that there "
            "is none."
        )
    text += (
        f" {copies['count']} of {made} synthetic samples are copies of one of the {train} training "
        f"records, compared with {copies['floor']:.2%} of the {holdout} holdout records. Numbers "
        "are compared to 7 digits, pixels to 8 bits."
    )
    smaller = [len(x) for x in used]
    if smaller != [train, made, holdout]:
        text += " Distances use random subsamples of {}, {} and {} records.".format(*smaller)
    return f"{text}\n\n{LIMITS}"
