"""Identifies the persons of real records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.evaluation.samples._samples import Samples


def persons_of(
    group: object, train: Samples, holdout: Samples
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Numbers the persons of training and holdout records.

    Args:
        group: The name of the column of persons, or None.
        train: The training set.
        holdout: The holdout.

    Returns:
        The person of each record as a number, with a separate person for each record without one.
        None without `group`.

    Raises:
        TypeError: If `group` is not a name.
        ValueError: If a table has no such column, or a person is in both sets.
    """
    import pandas as pd

    if group is None:
        return None
    if not isinstance(group, str):
        raise wrong_type(
            "group",
            received=repr(group),
            expected="the name of the column that identifies persons",
            fix="pass for example group='patient_id'",
        )
    tables = {"real_train": train.table, "real_holdout": holdout.table}
    for name, table in tables.items():
        if table is None or group not in table.columns:
            raise invalid(
                "group",
                received=f"{group!r}, which is not a column of `{name}`",
                expected="a column of `real_train` and of `real_holdout`",
                fix="check the spelling, or add the column",
            )
    found = [table[group].astype(object) for table in tables.values() if table is not None]
    shared = set(found[0].dropna()) & set(found[1].dropna())
    if shared:
        raise invalid(
            "real_holdout",
            received=f"{len(shared)} persons who are also in `real_train`, such as "
            f"{sorted(map(str, shared))[:3]}",
            expected="records of other persons",
            fix="split by persons, for example with sklearn.model_selection.GroupShuffleSplit",
        )
    codes, uniques = pd.factorize(pd.concat(found, ignore_index=True))
    alone = codes < 0
    codes[alone] = len(uniques) + np.arange(alone.sum())
    return codes[: len(found[0])], codes[len(found[0]) :]
