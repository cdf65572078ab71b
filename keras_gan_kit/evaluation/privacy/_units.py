"""Groups real records into independent units, and tests for differences between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Units:
    """The independent units among the rows of the training set and the holdout.

    Equal rows form one unit, because they may belong to the same person. If persons are known, the
    rows of a person form one unit too.

    Args:
        unit: The unit of each row, training rows first, shape (n,).
        record: The distinct record of each row, shape (n,).
        first: The first row of each distinct record.
        member: 1.0 for training rows, 0.0 for holdout rows, shape (n,).
        weight: 1 divided by the number of rows in the unit, shape (n,).
    """

    unit: NDArray[np.intp]
    record: NDArray[np.intp]
    first: NDArray[np.intp]
    member: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def is_plain(self) -> bool:
        """Whether each row is a separate unit."""
        return int(self.unit.max()) + 1 == len(self.unit)


def units_of(
    train: NDArray[np.float32],
    holdout: NDArray[np.float32],
    persons: NDArray[np.intp] | None = None,
) -> Units:
    """Groups rows into units.

    Args:
        train: Vectors of training records (n, d).
        holdout: Vectors of holdout records (m, d).
        persons: The person of each row as a number, training rows first; None if unknown.
    """
    rows = np.ascontiguousarray(np.concatenate([train, holdout]) + np.float32(0.0))
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, record = np.unique(keys, return_index=True, return_inverse=True)
    record = record.reshape(-1)
    unit = record if persons is None else persons
    member = np.repeat([1.0, 0.0], [len(train), len(holdout)])
    return Units(unit, record, first, member, 1.0 / np.bincount(unit)[unit])


def p_of_members(units: Units, excess: NDArray[np.float64], correction: float = 0.0) -> float:
    """Tests whether training records have higher values than holdout records.

    A permutation test of the sum over training rows, where units exchange their membership. It uses
    the exact variance under permutation and the normal approximation.

    Args:
        units: The units.
        excess: A value for each row, whose sum over all rows is 0.
        correction: The continuity correction, subtracted from the sum.

    Returns:
        The one-sided p-value; 1 if no two units differ.
    """
    from scipy.stats import norm

    count = int(units.unit.max()) + 1
    sizes = np.bincount(units.unit, minlength=count)
    known = sizes > 0
    totals = np.bincount(units.unit, excess, count)[known]
    labels = (np.bincount(units.unit, units.member, count) / np.maximum(sizes, 1))[known]
    spread = np.square(labels - labels.mean()).sum() * np.square(totals - totals.mean()).sum()
    variance = spread / max(len(labels) - 1, 1)
    statistic = float((units.member * excess).sum()) - correction
    if variance <= 0 or statistic == 0:
        return 1.0
    return float(norm.sf(statistic / np.sqrt(variance)))
