"""Measures whether synthetic samples are closer to the training set than to a holdout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._neighbors import nearest
from keras_gan_kit.evaluation.privacy._units import Units, p_of_members, units_of
from keras_gan_kit.evaluation.report._classification import classification_scores
from keras_gan_kit.evaluation.report._score import not_computable, score

_LOW = 0.05  # the quantile at which distances are compared


@dataclass(frozen=True)
class Closeness:
    """Scores, p-values of the tests, and data for the figures.

    Distances are arrays (n, 2), to the nearest and the second nearest training record.
    """

    scores: dict[str, Any]
    p_values: dict[str, float]
    from_synthetic: NDArray[Any]
    from_holdout: NDArray[Any]
    nearest: NDArray[Any]  # index of the training record nearest to each synthetic sample
    member_scores: tuple[NDArray[Any], NDArray[Any]]


def closeness(
    train: NDArray[Any],
    synthetic: NDArray[Any],
    holdout: NDArray[Any],
    *,
    persons: NDArray[np.intp] | None = None,
    seed: int = 0,
) -> Closeness:
    """Compares distances between three sets of vectors.

    Tests compare training records with holdout records, rather than synthetic samples with holdout
    records, because a generator of only common cases is close to all records without copying any.

    Args:
        train: Training records (n, d).
        synthetic: Synthetic samples.
        holdout: Records of the same population that the generator has not seen.
        persons: The person of each training and holdout record, as a number; None if unknown.
        seed: Seed of the bootstrap.
    """
    from_synthetic, places = _two_nearest(train, synthetic)
    from_holdout, _ = _two_nearest(train, holdout)
    units = units_of(train, holdout, persons)
    pool = np.concatenate([train, holdout])
    share, expected, p_closer = _closer_to_training(train, holdout, synthetic, persons, seed)
    chances, membership, p_member = _membership(pool, synthetic, units, seed)
    limit = np.quantile(from_holdout[:, 0], _LOW)
    scores = {
        "closer_to_training": score(share, goal=expected, p_value=p_closer),
        "membership_auc": membership | {"p_value": p_member},
        "closest_record": _closest_record(from_synthetic[:, 0], from_holdout[:, 0]),
        "nearest_ratio": score(
            float(np.quantile(nearest_ratios(from_synthetic), _LOW)),
            goal="maximize",
            floor=float(np.quantile(nearest_ratios(from_holdout), _LOW)),
        ),
        "near_copies": score(
            float((from_synthetic[:, 0] <= limit).mean()),
            goal="minimize",
            floor=float((from_holdout[:, 0] <= limit).mean()),
        ),
    }
    p_values = {"closer_to_training": p_closer, "membership_auc": p_member}
    return Closeness(
        scores,
        p_values,
        from_synthetic,
        from_holdout,
        places[:, 0],
        (units.member.astype(int), chances),
    )


def _two_nearest(
    known: NDArray[Any], asked: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    distances, places = nearest(known, asked, min(2, len(known)))
    return (np.repeat(distances, 2, axis=1) if len(known) < 2 else distances), places


def nearest_ratios(distances: NDArray[Any]) -> NDArray[np.float64]:
    """Returns the ratio of the nearest to the second nearest distance; 1 if both are 0."""
    first, second = distances.T
    ratios: NDArray[np.float64] = np.where(
        second > 0, first / np.where(second > 0, second, 1.0), 1.0
    )
    return ratios


def _closest_record(synthetic: NDArray[Any], holdout: NDArray[Any]) -> dict[str, Any]:
    """Compares the low quantiles of the distances to the closest record."""
    ours, theirs = np.quantile(synthetic, _LOW), np.quantile(holdout, _LOW)
    if theirs == 0:
        reason = f"more than {_LOW:.0%} of the holdout have a duplicate in the training set"
        return not_computable(reason, goal=1.0, limits=(0.0, None))
    return score(float(ours / theirs), goal=1.0, limits=(0.0, None))


def _closer_to_training(
    train: NDArray[Any],
    holdout: NDArray[Any],
    synthetic: NDArray[Any],
    persons: NDArray[np.intp] | None,
    seed: int,
) -> tuple[float, float, float]:
    """Returns the share, its expected value without a leak, and the p-value."""
    if persons is not None:
        # Similar records of a person would share the synthetic samples near them, so one record
        # represents each person.
        order = np.random.default_rng(seed).permutation(len(persons))
        chosen = order[np.unique(persons[order], return_index=True)[1]]
        holdout = holdout[chosen[chosen >= len(train)] - len(train)]
        train = train[chosen[chosen < len(train)]]
    units = units_of(train, holdout)
    pool = np.concatenate([train, holdout])
    _, places = nearest(pool[units.first], synthetic, 1)
    counts = np.bincount(places[:, 0], minlength=len(units.first))
    # Equal records share the synthetic samples nearest to them.
    shared = counts[units.record] * units.weight
    expected = float((units.member * units.weight).sum() / units.weight.sum())
    excess = shared - units.weight * len(synthetic) / units.weight.sum()
    p = p_of_members(units, excess)
    return float((units.member * shared).sum() / len(synthetic)), expected, p


def _membership(
    pool: NDArray[Any], synthetic: NDArray[Any], units: Units, seed: int
) -> tuple[NDArray[Any], dict[str, Any], float]:
    """Scores how well the distance to the nearest synthetic sample identifies members."""
    distances, _ = nearest(synthetic, pool[units.first], 1)
    chances = -distances[units.record, 0]
    found = classification_scores(
        units.member.astype(int),
        chances,
        num_resamples=200,
        seed=seed,
        units=None if units.is_plain else units.unit,
    )["auc"]
    entry = score(found["value"], goal=0.5, interval=found.get("interval", [0.0, 1.0]))
    # The Wilcoxon rank-sum test, in which equal records count as one.
    _, level = np.unique(chances, return_inverse=True)
    mass = np.bincount(level, units.weight)
    ranks = (np.cumsum(mass) - mass / 2.0)[level]
    excess = units.weight * (ranks - (ranks * units.weight).sum() / units.weight.sum())
    return chances, entry, p_of_members(units, excess, correction=0.5)
