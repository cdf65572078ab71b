"""Does a synthetic set give away whom its generator learned from?"""

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

_FEWEST = 20  # records of a set: fewer show nothing
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
    """Looks for traces of the training set in a synthetic one.

    A holdout, real samples that the generator has not seen, tells what closeness is usual. Tests:
    is a training record more often the nearest real record of a synthetic sample than its share of
    all real records says; does the distance to the nearest synthetic sample tell members of the
    training set from others (Chen et al. 2020, ACM CCS); are there exact copies. Beside them stand
    the distance to the closest record and the nearest-neighbour distance ratio. For joint samples
    all of it is done for images, for rows, and for both together.

    Args:
        real_train: What the generator learned from: a DataFrame, images `(n, height, width,
            channels)` in [-1, 1], or a dict with "image" and "table". At least 20 samples.
        synthetic: The same of synthetic samples, at least 20.
        real_holdout: Real samples of the same population that it has not seen, at least 20.
        show: How many of the closest pairs to show, with their real records; 0 shows none.
        continuous: Columns to take as numbers in any case.
        categorical: Columns of numbers that are codes of classes: two codes are as far apart as
            any two others.
        max_rows: More samples than that of a set are sampled down for distances, not for exact
            copies; None takes all.
        seed: Of all draws.

    Returns:
        A `Report` whose summary is a verdict with its limits. Main scores: `exact_copies` (share of
        synthetic samples), and for images, rows or both, with that in front of the name where
        there are several: `closer_to_training`, `membership_auc` (0.5 is best), `closest_record`
        (5th percentile of the distances over the holdout's, 1 is best), `nearest_ratio` (its 5th
        percentile) and `near_copies` (share within the holdout's 5th percentile), each with the
        holdout's own as `"floor"`. `scores["leak_found"]` is True or False.

    Raises:
        TypeError: If an argument is neither table nor images.
        ValueError: If the sets do not fit each other, one has fewer than 20 samples, or a column
            is not there, or to be of both kinds.

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
        "Traces of the training set",
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
                fix="leave it out, or pass samples with their rows",
            )
    return {}


def _check_sizes(sets: Mapping[str, Samples]) -> None:
    for name, samples in sets.items():
        if len(samples) < _FEWEST:
            raise invalid(
                name,
                received=f"{len(samples)} samples",
                expected=f"at least {_FEWEST}",
                fix="pass more; fewer can show nothing",
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
    """Returns the share of copies, beside the holdout's, and the p-value of the difference."""
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
            f"The training set shows through. Significant at {_LEVEL:.0%}, corrected for the "
            f"number of tests: {names}. Do not share these samples before you know why."
        )
    else:
        text = (
            "No test found a trace of the training set. That is the absence of evidence in "
            f"{holdout} holdout records, and no proof."
        )
    text += (
        f" Of {made} synthetic samples {copies['count']} equal one of {train} training records; of "
        f"the {holdout} holdout records {copies['floor']:.2%} do. Numbers count as equal to 7 "
        "digits, pixels to 8 bits."
    )
    smaller = [len(x) for x in used]
    if smaller != [train, made, holdout]:
        text += " Distances are between {}, {} and {} of them, drawn at random.".format(*smaller)
    return f"{text}\n\n{LIMITS}"
