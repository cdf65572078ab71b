"""Reads the targets of `utility`: their kinds, and their values in each set of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.samples._columns import columns_of, names_of
from keras_gan_kit.evaluation.samples._samples import Samples


@dataclass(frozen=True)
class Target:
    """A column to predict.

    Args:
        name: The name of the column.
        kind: "binary", "categorical" or "continuous".
        classes: The classes in the order of their codes; the negative and the positive class of a
            binary target.
        truth: By set of samples, float64 (samples,): 1 or 0 (binary), codes of `classes`
            (categorical), or numbers, with dates in days (continuous); NaN for any other value.
        strange: By set of samples, the number of values that don't occur in the real column.
    """

    name: str
    kind: str
    classes: tuple[str, ...] = ()
    truth: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    strange: dict[str, int] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The number of predicted values per sample."""
        return len(self.classes) if self.kind == "categorical" else 1

    def __str__(self) -> str:
        if self.kind == "binary":
            return f"{self.name} (positive: {self.classes[-1]})"
        counted = f"{len(self.classes)} classes"
        return f"{self.name} ({counted if self.kind == 'categorical' else 'a number'})"


def named_targets(
    target: Any, kinds: Mapping[str, Sequence[str]], real: Samples
) -> dict[str, Any | None]:
    """Returns the columns to predict, each with its positive value, or None.

    Raises:
        TypeError: If `target` doesn't name columns.
        ValueError: If it is empty, names an absent column or a value that doesn't occur in the real
            column, or contradicts `kinds`.
    """
    listed = list(target) if isinstance(target, Mapping) else target
    names = names_of("target", listed, real.table)
    if not names:
        raise invalid(
            "target",
            received="no columns",
            expected="at least one column",
            fix="pass a column name",
        )
    positive = {str(k): v for k, v in target.items()} if isinstance(target, Mapping) else {}
    found = {name: positive.get(name) for name in names}
    for name, value in found.items():
        if value is None:
            continue
        values = real.table[name]  # type: ignore[index]
        if not (values == value).any():
            raise invalid(
                "target",
                received=f"{{{name!r}: {value!r}}}",
                expected=f"a value of the real column, such as {values.iloc[0]!r}",
                fix="check the spelling and the type",
            )
        for kind, those in kinds.items():
            if name in those:
                raise invalid(
                    kind,
                    received=f"{name!r}, with the positive value {value!r}",
                    expected="columns without a positive value",
                    fix=f"pass target={{{name!r}: None}}, or leave {name!r} out of `{kind}`",
                )
    return found


def targets_of(
    named: Mapping[str, Any], sets: Mapping[str, Samples], kinds: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Target], dict[str, str]]:
    """Reads the targets, whose kinds and classes the real column determines.

    Args:
        named: From `named_targets`.
        sets: The samples by name, those under "real" first.
        kinds: From `kinds_of`.

    Returns:
        The targets, and the reasons why others can't be used.
    """
    targets, reasons = {}, {}
    for name, positive in named.items():
        made = _chosen(name, positive, sets) if positive is not None else _read(name, sets, kinds)
        if isinstance(made, str):
            reasons[name] = made
        else:
            targets[name] = made
    return targets, reasons


def _chosen(name: str, positive: Any, sets: Mapping[str, Samples]) -> Target | str:
    """Returns a binary target of one value against all others."""
    others = {str(v) for v in sets["real"].table[name].dropna() if v != positive}  # type: ignore[index]
    rest = others.pop() if len(others) == 1 else "any other"
    target = Target(name, "binary", (rest, str(positive)))
    for which, samples in sets.items():
        values = samples.table[name]  # type: ignore[index]
        if not values.notna().any():
            return f"the {which.replace('_', ' ')} values are all missing"
        hit = (values == positive).to_numpy(dtype=float, na_value=np.nan)
        target.truth[which] = np.where(values.isna(), np.nan, hit)
        target.strange[which] = 0
    return target


def _read(
    name: str, sets: Mapping[str, Samples], kinds: Mapping[str, Sequence[str]]
) -> Target | str:
    tables = {
        which.replace("_", " "): samples.table[[name]]  # type: ignore[index]
        for which, samples in sets.items()
    }
    columns, problems = columns_of(tables, **kinds)
    if not columns:
        return problems[name]
    (column,) = columns
    coded = column.kind != "continuous"
    codes = np.unique(column.real[column.real >= 0]) if coded else np.empty(0, np.int32)
    classes = tuple(column.levels[code] for code in codes)
    kind = "continuous" if column.kind == "continuous" else "binary"
    target = Target(name, "categorical" if len(classes) > 2 else kind, classes)
    for which, values in zip(sets, column.parts, strict=True):
        truth, strange = values.astype(np.float64), 0
        if coded:
            known = np.isin(values, codes)
            strange = int(np.sum(~known & (values >= 0)))
            truth = np.where(known, np.searchsorted(codes, values), np.nan)
            if len(classes) == 1:
                truth += 1.0  # the only class is the positive one
        if np.isnan(truth).all():
            return f"no value of the {which.replace('_', ' ')} samples occurs in the real column"
        target.truth[which], target.strange[which] = truth, strange
    return target
