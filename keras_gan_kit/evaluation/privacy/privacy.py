"""Measures how much a synthetic dataset reveals about its training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.privacy._closeness import Closeness, closeness
from keras_gan_kit.evaluation.privacy._copies import copies_within, fingerprints
from keras_gan_kit.evaluation.privacy._persons import persons_of
from keras_gan_kit.evaluation.privacy._sections import LIMITS, closeness_section, pairs_section
from keras_gan_kit.evaluation.report._holm import significant
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._samples import (
    SampleEncoder,
    Samples,
    chosen_kinds,
    columns_text,
    comparable,
    samples_of,
)

_FEWEST = 20  # records of a set; with fewer, the tests have no power
_LEVEL = 0.01  # the significance level of all tests together
_WORDS = {"image": "images", "table": "rows", "sample": "images and rows together"}


def privacy(
    real_train: Any,
    synthetic: Any,
    real_holdout: Any,
    *,
    group: str | None = None,
    show: int = 8,
    continuous: Sequence[str] = (),
    categorical: Sequence[str] = (),
    max_rows: int | None = 20_000,
    tolerance: float = 0.0,
    seed: int = 0,
) -> Report:
    """Measures how much a synthetic dataset reveals about its training data.

    A holdout (real samples that the generator has not seen) shows how close unrelated samples are.
    There are three tests. Is a training record more often the nearest real record of a synthetic
    sample than expected from the training set's share of all real records? Does the distance to the
    nearest synthetic sample identify members of the training set (Chen et al. 2020, ACM CCS)? Are
    there more exact copies than in the holdout? The report also includes the distance to the
    closest record and the nearest-neighbor distance ratio. For joint samples, all scores are
    computed for images, for rows, and for both together.

    Equal real records count as one in the tests, because they may be visits of the same person. If
    a person may have different records, pass the column that identifies persons as `group`.

    Keys, such as a running number or a patient id, are left out, because they don't describe a
    person. A column is a key if all its values differ in the training set and it contains text,
    integers that step by a constant, or integers under a name with a word such as id, key, no, nr,
    number or mrn. `continuous` and `categorical` override this.

    Args:
        real_train: The training set: a DataFrame, images `(n, height, width, channels)` in [-1, 1]
            or uint8, or a dict with "image" and "table". At least 20 samples.
        synthetic: Synthetic samples in the same form, at least 20.
        real_holdout: Real samples of the same population that the generator has not seen, at least
            20.
        group: A column of `real_train` and `real_holdout` that identifies persons, each of whom
            must be in only one of the two. The tests then treat records of a person as dependent.
            The column itself is not compared.
        show: The number of closest pairs to show, which includes real records; 0 shows none.
        continuous: Columns to compare as numbers, or as dates.
        categorical: Columns of numbers that are codes, so that all codes are equally distant.
        max_rows: Larger sets are randomly sampled down to this size for distances, but not for
            exact copies; None uses all samples.
        tolerance: How much a copy may differ: a number by this share of its magnitude, a pixel by
            this share of the pixel range. SDMetrics' `NewRowSynthesis` uses 0.01 for numbers. 0
            compares numbers as float32 and pixels as 8 bits.
        seed: Seed of all random draws.

    Returns:
        A `Report` whose summary states whether a leak was found, and the limitations. Main scores:
        `exact_copies` (share of synthetic samples); and for images, rows or both (as a prefix of
        the name if there are several): `closer_to_training`, `membership_auc` (0.5 is best),
        `closest_record` (5th percentile of the distances divided by the holdout's, 1 is best),
        `nearest_ratio` (its 5th percentile) and `near_copies` (share within the holdout's 5th
        percentile), each with the holdout's value as `"floor"`. `scores["leak_found"]` is True or
        False. `scores["columns_used"]` lists the compared columns, and `scores["left_out"]`, if
        present, gives the reason for each column left out.

    Raises:
        TypeError: If an argument is neither a table nor images.
        ValueError: If the sets don't match, one has fewer than 20 samples, a column is absent or in
            both `continuous` and `categorical`, or a person is in both the training set and the
            holdout.

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
    original = {name: samples_of(name, samples) for name, samples in given.items()}
    _check_sizes(original)
    show, seed = integer("show", show, minimum=0), integer("seed", seed, minimum=0)
    tolerance = _share(tolerance)
    limit = None if max_rows is None else integer("max_rows", max_rows, minimum=_FEWEST)
    kinds = chosen_kinds(continuous, categorical, original["real_train"])
    persons = persons_of(group, original["real_train"], original["real_holdout"])
    sets, left_out = comparable(original, kinds, drop=[] if group is None else [str(group)])
    copies, p_copies = _exact_copies(sets, None if persons is None else persons[1], tolerance)
    rows = [_drawn(len(samples), limit, seed + i) for i, samples in enumerate(sets.values())]
    used = [samples.take(chosen) for samples, chosen in zip(sets.values(), rows, strict=True)]
    numbers = None if persons is None else _numbered(persons[0][rows[0]], persons[1][rows[2]])
    found = {name: _close(name, used, numbers, seed) for name in _spaces(used[0])}
    scores, p_values = _together(found)
    scores = {"exact_copies": copies} | scores
    suspicious = significant({"exact_copies": p_copies} | p_values, _LEVEL)
    pairs = [original[name].take(rows[i]) for i, name in enumerate(("real_train", "synthetic"))]
    names = [] if used[0].table is None else list(used[0].table.columns)
    return Report(
        "Privacy of synthetic samples",
        summary=_verdict(sets, used, scores, suspicious, tolerance) + columns_text(names, left_out),
        scores=scores
        | {"leak_found": bool(suspicious), "columns_used": names}
        | ({"left_out": left_out} if left_out else {}),
        sections=_sections(found, pairs, show),
    )


def _share(tolerance: Any) -> float:
    return number(
        "tolerance",
        tolerance,
        lambda tolerance: 0.0 <= tolerance < 1.0,
        received=repr(tolerance),
        expected="a number in [0, 1)",
        fix="pass tolerance=0.01 to find copies within one percent",
    )


def _numbered(train: NDArray[np.intp], holdout: NDArray[np.intp]) -> NDArray[np.intp]:
    """Renumbers the remaining persons from 0."""
    return np.unique(np.concatenate([train, holdout]), return_inverse=True)[1].reshape(-1)


def _together(
    found: Mapping[str, Closeness | str],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Returns the scores and p-values of all spaces, with a prefix if there are several."""
    scores: dict[str, Any] = {}
    p_values: dict[str, float] = {}
    for name, result in found.items():
        front = f"{name}_" if len(found) > 1 else ""
        scores |= {f"{front}{key}": entry for key, entry in _entries(result).items()}
        if isinstance(result, Closeness):
            p_values |= {f"{front}{key}": p for key, p in result.p_values.items()}
    return scores, p_values


def _drawn(count: int, limit: int | None, seed: int) -> NDArray[np.intp]:
    if limit is None or count <= limit:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, limit, replace=False))


def _sections(
    found: Mapping[str, Closeness | str], pairs: Sequence[Samples], show: int
) -> list[Any]:
    close = {name: result for name, result in found.items() if isinstance(result, Closeness)}
    sections = [closeness_section(name, _WORDS[name], result) for name, result in close.items()]
    whole = found["sample" if len(found) > 1 else next(iter(found))]
    if show and isinstance(whole, Closeness):
        sections.append(pairs_section(pairs[0], pairs[1], whole, min(show, len(pairs[1]))))
    return sections


def _check_sizes(sets: Mapping[str, Samples]) -> None:
    for name, samples in sets.items():
        if len(samples) < _FEWEST:
            raise invalid(
                name,
                received=f"{len(samples)} samples",
                expected=f"at least {_FEWEST}",
                fix="pass more samples",
            )


def _spaces(samples: Samples) -> list[str]:
    return [*samples.parts, "sample"] if len(samples.parts) > 1 else list(samples.parts)


def _close(
    name: str, used: list[Samples], persons: NDArray[np.intp] | None, seed: int
) -> Closeness | str:
    if name != "sample":
        used = [Samples(**{name: getattr(samples, name)}) for samples in used]
    encoder = SampleEncoder(used[0], seed=seed)
    train, synthetic, holdout = (encoder(samples) for samples in used)
    if not train.shape[1]:
        return "all columns are constant"
    return closeness(train, synthetic, holdout, persons=persons, seed=seed)


def _entries(result: Closeness | str) -> dict[str, Any]:
    if isinstance(result, Closeness):
        return result.scores
    names = ("closer_to_training", "membership_auc")
    return {name: not_computable(result, goal=0.5) for name in names}


def _exact_copies(
    sets: Mapping[str, Samples], persons: NDArray[np.intp] | None, tolerance: float
) -> tuple[dict[str, Any], float]:
    """Returns the share of copies with that of the holdout, and the p-value of the difference."""
    from scipy.stats import fisher_exact

    train, synthetic, holdout = sets.values()
    keys = fingerprints(holdout)
    if tolerance:
        counts = [int(copies_within(x, train, tolerance).sum()) for x in (synthetic, holdout)]
    else:
        known = set(fingerprints(train))
        counts = [sum(key in known for key in found) for found in (fingerprints(synthetic), keys)]
    shares = counts[0] / len(synthetic), counts[1] / len(holdout)
    # The effective size of the holdout is its number of distinct records, or of persons.
    independent = len(set(keys)) if persons is None else len(np.unique(persons))
    copied = round(shares[1] * independent)
    table = [[counts[0], len(synthetic) - counts[0]], [copied, independent - copied]]
    p = float(fisher_exact(table, alternative="greater").pvalue)
    more: dict[str, Any] = {"floor": shares[1], "count": counts[0], "p_value": p}
    return score(shares[0], goal="minimize", **more), p


def _verdict(
    sets: Mapping[str, Samples],
    used: list[Samples],
    scores: Mapping[str, Any],
    suspicious: list[str],
    tolerance: float,
) -> str:
    train, made, holdout = (len(samples) for samples in sets.values())
    copies = scores["exact_copies"]
    if suspicious:
        names = ", ".join(name.replace("_", " ") for name in suspicious)
        text = (
            f"The samples reveal training records. Significant at {_LEVEL:.0%} after correction "
            f"for multiple tests: {names}. Do not share these samples until you know why."
        )
    else:
        text = (
            "No test found traces of the training set. This does not prove privacy: a holdout of "
            f"{holdout} records only reveals large leaks."
        )
    text += (
        f" {copies['count']} of {made} synthetic samples are copies of one of the {train} "
        f"training records; so are {copies['floor']:.2%} of the {holdout} holdout records. "
    )
    text += (
        f"Numbers within {tolerance:.3g} of their magnitude, and pixels within {tolerance:.3g} "
        "of their range, count as equal."
        if tolerance
        else "Numbers are compared as float32 and pixels as 8 bits."
    )
    smaller = [len(x) for x in used]
    if smaller != [train, made, holdout]:
        text += " Distances are computed from random subsamples of {}, {} and {} records.".format(
            *smaller
        )
    return f"{text}\n\n{LIMITS}"
