"""Computes how often each sample appears in training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._arrays import array_to_numpy

_MANY = 0.5  # a column with more different values than this share of the samples can't be balanced


def row_shares(weights: Any, balance: Any, y: Any, num: int) -> NDArray[np.float64] | None:
    """Returns the share of each sample in a pass, with sum 1; None for equal shares.

    Args:
        weights: One number per sample, or None.
        balance: A column whose values get equal shares, or None.
        y: The labels of the dataset.
        num: The number of samples.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If lengths differ, a weight is negative or not finite, all weights are 0, or the
            column is unknown or has too many values.
    """
    if weights is not None and balance is not None:
        raise invalid(
            "balance",
            received="a column, but `weights` is given too",
            expected="one of the two",
            fix="leave out `balance` or `weights`",
        )
    if balance is not None:
        return _balanced(_column(balance, y), num)
    if weights is None:
        return None
    array = array_to_numpy("weights", weights).astype(np.float64)
    if array.shape != (num,) or not np.isfinite(array).all() or array.min() < 0 or not array.any():
        problem = "" if array.shape != (num,) else ", some of them negative, infinite or all 0"
        raise invalid(
            "weights",
            received=f"numbers of shape {array.shape}{problem}",
            expected=f"{num} numbers of at least 0, one per sample, not all 0",
            fix="pass for example weights=np.where(is_rare, 5.0, 1.0)",
        )
    shares: NDArray[np.float64] = array / array.sum()
    return shares


def _column(balance: Any, y: Any) -> Any:
    if not isinstance(balance, str):
        return balance
    names = [str(name) for name in getattr(y, "columns", y if isinstance(y, dict) else ())]
    if balance in names:
        return y[balance]
    if balance == "y" and y is not None and not names:
        return y
    raise invalid(
        "balance",
        received=repr(balance),
        expected=f"one of the columns of `y`, {names}" if names else "'y', or an array of values",
        fix="pass the values: balance=frame['diagnosis']",
    )


def _balanced(column: Any, num: int) -> NDArray[np.float64]:
    import pandas as pd

    values = pd.Series(np.asarray(column) if not isinstance(column, pd.Series) else column.array)
    if values.ndim != 1 or len(values) != num:
        raise wrong_type(
            "balance",
            received=f"values of shape {np.shape(column)}",
            expected=f"{num} values, one per sample",
            fix="pass a column of the table in the order of the samples",
        )
    codes, uniques = pd.factorize(values, use_na_sentinel=False)
    if len(uniques) > max(2, _MANY * num):
        raise invalid(
            "balance",
            received=f"a column of {len(uniques)} different values for {num} samples",
            expected="a column with several samples per value",
            fix="bin the numbers, for example balance=pandas.cut(frame['age'], 5)",
        )
    shares = 1.0 / (len(uniques) * np.bincount(codes))
    found: NDArray[np.float64] = shares[codes]
    return found


def weighted_rows(
    shares: NDArray[np.float64], order: NDArray[np.intp], *, seed: int, key: tuple[int, ...]
) -> NDArray[np.intp]:
    """Draws the rows of a pass in ascending order, depending only on the arguments.

    Row i appears n * shares[i] times, randomly rounded up or down (systematic sampling). With equal
    shares each row appears once.

    Args:
        shares: The share of each row.
        order: A random order of the rows, which makes neighboring rows independent.
        seed: The seed.
        key: Identifies the pass.

    Example:
        >>> shares = np.array([0.5, 0.25, 0.25, 0.0])
        >>> weighted_rows(shares, np.arange(4), seed=0, key=(0,)).tolist()
        [0, 0, 1, 2]
    """
    num = len(shares)
    word = np.random.Philox(np.random.SeedSequence(seed, spawn_key=(*key, 1))).random_raw()
    ends = np.cumsum(shares[order]) * num
    # Rounding errors must not change the counts of equal shares.
    ends = np.where(np.abs(ends - np.rint(ends)) < 1e-9 * num, np.rint(ends), ends)
    offset = (int(word) + 0.5) / 2.0**64
    places = np.searchsorted(ends, np.arange(num) + offset, side="right")
    return np.sort(order[np.minimum(places, num - 1)])
