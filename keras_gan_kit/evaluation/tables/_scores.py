"""Scores columns and pairs of columns from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.samples._columns import Column

_BINS = 10  # per continuous column in a contingency table, as in SDMetrics
_COMBINATIONS = 4_000_000  # the most cells of a contingency table


def column_scores(columns: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """Compares each column separately, without missing values unless stated otherwise.

    Returns:
        By column: `"kind"`; `"shape"`, 1 minus the Kolmogorov-Smirnov statistic (continuous) or the
        total variation distance (others); `"coverage"` of the real range or levels; `"adherence"`,
        the share of synthetic values within the real range, or of synthetic rows with a real level,
        where missing values are a level if real rows have them (SDMetrics' BoundaryAdherence and
        CategoryAdherence); `"missing"`, 1 minus the difference of the shares of missing values;
        `"p_value"` of the Kolmogorov-Smirnov or chi-squared test, `"q_value"` after Benjamini and
        Hochberg.
    """
    from scipy import stats

    found: dict[str, dict[str, Any]] = {}
    p_values = {}
    for column in columns:
        first, second = column.missing()
        shape, p_values[column.name] = _shape(column)
        found[column.name] = {
            "kind": column.kind,
            "shape": score(shape, goal="maximize"),
            "coverage": score(_coverage(column), goal="maximize"),
            "adherence": score(_adherence(column), goal="maximize"),
            "missing": score(1.0 - abs(first - second), goal="maximize"),
        }
    corrected = stats.false_discovery_control(list(p_values.values())) if p_values else ()
    for (name, p), q in zip(p_values.items(), corrected, strict=True):
        found[name] |= {"p_value": float(p), "q_value": float(q)}
    return found


def _shape(column: Column) -> tuple[float, float]:
    """Returns 1 minus the distance of the non-missing values, and the p-value of the test."""
    from scipy import stats

    real, synthetic = column.present()
    if column.kind == "continuous":
        # The exact distribution of the statistic is too slow for large samples.
        result = stats.ks_2samp(real, synthetic, method="asymp")
        return 1.0 - float(result.statistic), float(result.pvalue)
    counts = np.stack([np.bincount(x, minlength=len(column.levels)) for x in (real, synthetic)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
    counts = counts[:, counts.any(axis=0)]
    p = stats.chi2_contingency(counts, correction=False).pvalue if counts.shape[1] > 1 else 1.0
    return max(0.0, 1.0 - distance), float(p)  # rounding may make it negative


def _adherence(column: Column) -> float:
    """Returns the share of synthetic values within the real range or levels."""
    real, synthetic = column.present()
    if column.kind == "continuous":
        return float(((synthetic >= real.min()) & (synthetic <= real.max())).mean())
    valid = np.isin(column.synthetic, np.unique(real))
    if (column.real < 0).any():
        valid |= column.synthetic < 0
    return float(valid.mean())


def _coverage(column: Column) -> float:
    """Returns the share of the real range or levels that synthetic values cover."""
    real, synthetic = column.present()
    if column.kind != "continuous":
        levels = set(np.unique(real).tolist())
        return len(levels & set(np.unique(synthetic).tolist())) / len(levels)
    size = max(np.abs(real).max(), np.abs(synthetic).max()) or 1.0
    (low, high), (least, most) = ((x.min() / size, x.max() / size) for x in (real, synthetic))
    if low == high:
        return float(bool(least <= low <= most))
    lost = max(least - low, 0.0) + max(high - most, 0.0)
    return max(0.0, 1.0 - float(lost / (high - low)))


def pair_scores(columns: Sequence[Column]) -> dict[tuple[str, str], dict[str, Any]]:
    """Compares each pair of columns.

    Two continuous columns are compared by their Pearson correlations,
    `1 - |r_real - r_synthetic| / 2`, with the same for Spearman's rank correlations under
    `"spearman"`. Other pairs are compared by 1 minus the total variation distance of their
    contingency tables, where continuous columns are cut into ten bins of the real range, and
    missing values are a level.
    """
    continuous = [column for column in columns if column.kind == "continuous"]
    tables, ranked = correlations(continuous), correlations(continuous, ranks=True)
    place = {column.name: i for i, column in enumerate(continuous)}
    codes = {column.name: _binned(column) for column in columns}
    found = {}
    for first, second in combinations(columns, 2):
        pair = first.name, second.name
        if first.kind == second.kind == "continuous":
            i, j = place[pair[0]], place[pair[1]]
            entry = _correlation_similarity([t[i, j] for t in tables])
            if entry["value"] is not None:
                difference = abs(ranked[0][i, j] - ranked[1][i, j])
                entry["spearman"] = float(1.0 - difference / 2.0)
            found[pair] = entry
        else:
            found[pair] = _contingency_similarity(codes[pair[0]], codes[pair[1]])
    return found


def correlations(
    columns: Sequence[Column], *, ranks: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the real and synthetic correlation matrices, with NaN for constant columns.

    Args:
        columns: Columns whose `numbers()` is not None.
        ranks: Whether to return Spearman's correlations instead of Pearson's.
    """
    pairs = [column.numbers() or column.both for column in columns]
    found = []
    for which in (0, 1):
        values = [_unit_size(_ranks(pair[which]) if ranks else pair[which]) for pair in pairs]
        found.append(_correlations(np.stack(values, axis=1) if values else np.empty((1, 0))))
    return found[0], found[1]


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    known = ~np.isnan(values)
    ranks = np.full(len(values), np.nan)
    ranks[known] = rankdata(values[known])
    return ranks


def _unit_size(values: NDArray[Any]) -> NDArray[np.float64]:
    """Centers and scales values so that squares don't overflow."""
    known = values[~np.isnan(values)]
    size = np.abs(known).max(initial=0.0)
    if size == 0 or known.min() == known.max():
        return np.where(np.isnan(values), np.nan, 0.0)
    scaled = values / size
    scaled = scaled - np.nanmean(scaled)
    made: NDArray[np.float64] = scaled / np.nanmax(np.abs(scaled))
    return made


def _correlations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import pandas as pd

    if np.isnan(values).any():
        return np.asarray(pd.DataFrame(values).corr(), np.float64)
    values = values - values.mean(axis=0)
    norms = np.sqrt((values**2).sum(axis=0))
    norms[norms == 0] = np.nan
    made: NDArray[np.float64] = np.clip((values.T @ values) / np.outer(norms, norms), -1.0, 1.0)
    return made


def _correlation_similarity(pair: Sequence[float]) -> dict[str, Any]:
    if np.isnan(pair).any():
        which = "real" if np.isnan(pair[0]) else "synthetic"
        return not_computable(f"a {which} column is constant", goal="maximize")
    return score(1.0 - abs(pair[0] - pair[1]) / 2.0, goal="maximize")


def _binned(column: Column) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Returns codes from 0, the last for missing values, and the number of codes."""
    if column.kind != "continuous":
        count = len(column.levels)
        made = [np.where(codes < 0, count, codes).astype(np.int32) for codes in column.both]
        return made[0], made[1], count + 1
    real, _ = column.present()
    edges = np.linspace(real.min(), real.max(), _BINS + 1)[1:-1]
    made = []
    for values in column.both:
        bins = np.searchsorted(edges, values, side="right")
        made.append(np.where(np.isnan(values), _BINS, bins).astype(np.int32))
    return made[0], made[1], _BINS + 1


def _contingency_similarity(first: Any, second: Any) -> dict[str, Any]:
    size = first[2] * second[2]
    if size > _COMBINATIONS:
        return not_computable(
            f"there are too many combinations of values ({size})", goal="maximize"
        )
    shares = []
    for a, b in zip(first[:2], second[:2], strict=True):
        shares.append(np.bincount(a * np.int32(second[2]) + b, minlength=size) / len(a))
    distance = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
    return score(max(0.0, 1.0 - distance), goal="maximize")


def mean_score(entries: Mapping[Any, Any] | Sequence[Any], nothing: str) -> dict[str, Any]:
    """Averages the scores that could be computed.

    Args:
        entries: Scores.
        nothing: The reason to report if there are no scores.
    """
    listed = list(entries.values()) if isinstance(entries, Mapping) else list(entries)
    values = [entry["value"] for entry in listed if entry["value"] is not None]
    if not values:
        return not_computable(nothing, goal="maximize")
    return score(float(np.mean(values)), goal="maximize")
