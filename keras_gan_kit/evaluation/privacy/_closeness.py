"""Distances between training, synthetic and holdout records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.features._neighbors import nearest
from keras_gan_kit.evaluation.report._classification import classification_scores
from keras_gan_kit.evaluation.report._score import not_computable, score

_LOW = 0.05  # the quantile of distances at which closeness is compared


@dataclass(frozen=True)
class Closeness:
    """Scores, the p-values of the tests, and the data of the figures.

    Distances are arrays `(n, 2)`: to the nearest and to the second nearest training record.
    """

    scores: dict[str, Any]
    p_values: dict[str, float]
    from_synthetic: NDArray[Any]
    from_holdout: NDArray[Any]
    nearest: NDArray[Any]  # index of the training record nearest to each synthetic sample
    member_scores: tuple[NDArray[Any], NDArray[Any]]


def closeness(
    train: NDArray[Any], synthetic: NDArray[Any], holdout: NDArray[Any], *, seed: int = 0
) -> Closeness:
    """Measures distances between three sets of vectors.

    The tests compare training records with holdout records, not synthetic samples with holdout
    records: a generator that only makes common cases is close to all records, and copies none.

    Args:
        train: Vectors of the training records, `(n, d)`.
        synthetic: Vectors of the synthetic samples.
        holdout: Vectors of real records that the generator has not seen, from the same population.
        seed: Seed of the order in which ties are broken, and of the bootstrap.
    """
    from_synthetic, places = _two_nearest(train, synthetic)
    from_holdout, _ = _two_nearest(train, holdout)
    share, expected, p_closer = _closer_to_training(train, synthetic, holdout, seed)
    truth, chances, membership, p_member = _membership(train, synthetic, holdout, seed)
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
    return Closeness(scores, p_values, from_synthetic, from_holdout, places[:, 0], (truth, chances))


def _two_nearest(
    known: NDArray[Any], asked: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    distances, places = nearest(known, asked, min(2, len(known)))
    return (np.repeat(distances, 2, axis=1) if len(known) < 2 else distances), places


def nearest_ratios(distances: NDArray[Any]) -> NDArray[np.float64]:
    """Returns the nearest distance divided by the second nearest; 1 if both are 0."""
    first, second = distances.T
    ratios: NDArray[np.float64] = np.where(
        second > 0, first / np.where(second > 0, second, 1.0), 1.0
    )
    return ratios


def _closest_record(synthetic: NDArray[Any], holdout: NDArray[Any]) -> dict[str, Any]:
    """Compares the low quantiles of the distances to the closest record."""
    ours, theirs = np.quantile(synthetic, _LOW), np.quantile(holdout, _LOW)
    if theirs == 0:
        reason = f"more than {_LOW:.0%} of the holdout have an equal in the training set"
        return not_computable(reason, goal=1.0, limits=(0.0, None))
    return score(float(ours / theirs), goal=1.0, limits=(0.0, None))


def _closer_to_training(
    train: NDArray[Any], synthetic: NDArray[Any], holdout: NDArray[Any], seed: int
) -> tuple[float, float, float]:
    """Returns the share, its expected value without a leak, and the p-value."""
    from scipy.stats import norm

    pool = np.concatenate([train, holdout])
    member = np.arange(len(pool)) < len(train)
    # Of equal records the first is taken for the nearest: the order must not favour one set.
    order = np.random.default_rng(seed).permutation(len(pool))
    _, places = nearest(pool[order], synthetic, 1)
    counts = np.bincount(order[places[:, 0]], minlength=len(pool))
    share, expected = float(counts[member].sum() / len(synthetic)), float(member.mean())
    # Variance of the sum over the records that are called members, when the names are shuffled.
    spread = ((counts - counts.mean()) ** 2).sum() / (len(pool) - 1)
    deviation = np.sqrt(len(pool) * expected * (1.0 - expected) * spread) / len(synthetic)
    p = float(norm.sf((share - expected) / deviation)) if deviation > 0 else 1.0
    return share, expected, p


def _membership(
    train: NDArray[Any], synthetic: NDArray[Any], holdout: NDArray[Any], seed: int
) -> tuple[NDArray[Any], NDArray[Any], dict[str, Any], float]:
    """Predicts membership in the training set from the distance to the nearest synthetic sample."""
    from scipy.stats import mannwhitneyu

    members = -nearest(synthetic, train, 1)[0][:, 0]
    others = -nearest(synthetic, holdout, 1)[0][:, 0]
    truth = np.repeat([1, 0], [len(train), len(holdout)])
    chances = np.concatenate([members, others])
    found = classification_scores(truth, chances, num_resamples=200, seed=seed)["auc"]
    p = float(mannwhitneyu(members, others, alternative="greater", method="asymptotic").pvalue)
    entry = score(found["value"], goal=0.5, interval=found.get("interval", [0.0, 1.0]))
    return truth, chances, entry, p
