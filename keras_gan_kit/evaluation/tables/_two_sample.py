"""Tests whether a classifier can distinguish synthetic rows from real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._score import NotComputableError, not_computable, score
from keras_gan_kit.evaluation.samples._columns import Column, sampled

_FEWEST, _MOST = 20, 5000  # samples of each kind
_CATEGORIES = 254  # that the trees distinguish, besides one for missing values
_FOLDS = 5
_FEW = 10  # levels that the trees handle as categories without additional features
_LEAF = 20  # rows per leaf, or a tenth of all rows if there are few
_ENOUGH = 100  # training rows that give each of a few levels about ten rows


def classifier_two_sample(columns: Sequence[Column], *, seed: int = 0) -> dict[str, Any]:
    """Runs the classifier two-sample test (Lopez-Paz and Oquab 2017, ICLR).

    Gradient-boosted trees are trained on half of equally many real and synthetic rows; the score is
    the area under the ROC curve on the other half. They use everything in the columns, including
    missing values, constants, and values or levels that only one of the tables has.

    Args:
        columns: The columns of both tables.
        seed: Seed of the sampling and the split.

    Returns:
        A score with goal 0.5, with `"accuracy"` and `"p_value"`, the probability of at least this
        accuracy by random guessing.
    """
    try:
        return _tested(columns, seed)
    except NotComputableError as error:
        return not_computable(str(error), goal=0.5)


def _tested(columns: Sequence[Column], seed: int) -> dict[str, Any]:
    from scipy.stats import binomtest
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split
    from threadpoolctl import threadpool_limits

    used = [column for column in columns if _varies(column)]
    count = min(len(columns[0].real), len(columns[0].synthetic), _MOST)
    if count < _FEWEST:
        raise NotComputableError(f"{count} rows per table; the classifier needs {_FEWEST}")
    if not used:
        raise NotComputableError("all columns are constant")
    values = [_numbers(column) for column in used]
    real, synthetic = (np.stack([pair[i] for pair in values], axis=1) for i in (0, 1))
    x = np.concatenate([sampled(real, count, seed), sampled(synthetic, count, seed + 1)])
    y = np.repeat([0, 1], count)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.5, stratify=y, random_state=seed
    )
    x_train, x_test = _with_shares(x_train, x_test, y_train, used, seed)
    # The trees do not split a category of one level from missing values.
    categorical = [column.kind != "continuous" and len(column.levels) > 1 for column in used]
    categorical += [False] * (x_train.shape[1] - len(used))
    # One thread gives the same sums on every machine, and no contention on a busy one.
    with threadpool_limits(1):
        model = HistGradientBoostingClassifier(
            max_iter=60,
            min_samples_leaf=min(_LEAF, max(1, len(x_train) // 10)),
            categorical_features=categorical,
            random_state=seed,
        )
        chances = model.fit(x_train, y_train).predict_proba(x_test)[:, 1]
    right = int(((chances > 0.5) == y_test).sum())
    p = binomtest(right, len(y_test), 0.5, alternative="greater").pvalue
    auc = float(roc_auc_score(y_test, chances))
    return score(auc, goal=0.5, accuracy=right / len(y_test), p_value=float(p), samples=2 * count)


def _with_shares(
    x_train: NDArray[Any],
    x_test: NDArray[Any],
    y_train: NDArray[Any],
    columns: Sequence[Column],
    seed: int,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Adds the share of synthetic training rows with a row's level, where levels are rare.

    Trees ignore levels with fewer than ten rows. For training rows, the share comes from other
    folds.
    """
    fold = np.random.default_rng(seed).permutation(len(y_train)) % _FOLDS
    for i, column in enumerate(columns):
        are_common = len(column.levels) <= _FEW and len(y_train) >= _ENOUGH
        if column.kind == "continuous" or are_common:
            continue
        # The last entry is for missing values.
        train, test = (
            np.where(np.isnan(x[:, i]), len(column.levels), x[:, i]).astype(int)
            for x in (x_train, x_test)
        )
        shares = np.empty(len(train))
        for part in range(_FOLDS):
            others = fold != part
            found = _shares(train[others], y_train[others], len(column.levels) + 1)
            shares[~others] = found[train[~others]]
        found = _shares(train, y_train, len(column.levels) + 1)
        x_train, x_test = np.c_[x_train, shares], np.c_[x_test, found[test]]
    return x_train, x_test


def _shares(levels: NDArray[Any], y: NDArray[Any], number: int) -> NDArray[np.float64]:
    """Returns the share of synthetic rows at each level, smoothed toward one half by one row."""
    shares: NDArray[np.float64] = (np.bincount(levels, y, number) + 0.5) / (
        np.bincount(levels, minlength=number) + 1.0
    )
    return shares


def _varies(column: Column) -> bool:
    values = np.concatenate(column.both).astype(np.float64)
    if column.kind != "continuous":
        values[values < 0] = np.nan
    known = values[~np.isnan(values)]
    return len(known) < len(values) or bool((known != known[0]).any())


def _numbers(column: Column) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns inputs for the trees: levels as frequency ranks, missing values as NaN."""
    if column.kind == "continuous":
        # Scaling by a power of two is exact, and keeps thresholds between large numbers from
        # overflowing.
        size = max(float(np.abs(values).max()) for values in column.present()) or 1.0
        unit = 2.0 ** np.floor(np.log2(size))
        return column.real / unit, column.synthetic / unit
    number = len(column.levels)
    counts = [np.bincount(codes[codes >= 0], minlength=number) for codes in column.both]
    rank = np.empty(number + 1)
    rank[np.argsort(-(counts[0] + counts[1]), kind="stable")] = np.arange(number)
    # The rarest levels share two categories: one for levels in real rows, one for others.
    rare = np.flatnonzero(rank[:number] >= _CATEGORIES - 2)
    rank[rare] = np.where(counts[0][rare] > 0, _CATEGORIES - 2, _CATEGORIES - 1)
    rank[number] = np.nan  # the entry of the code -1
    return rank[column.real], rank[column.synthetic]
