"""Conditions requested for generated samples; the others are drawn as in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit.data._conditions import MISSING, Condition, Conditions, as_frame

Floats = NDArray[np.float64]
_BLOCK = 256
_KEY = 0xC04D  # keeps conditions independent of the latents of the same seed
_AT_ONCE = 2**22  # the most distances in memory
_NAMED = 3
_EQUAL = 1e-9


@dataclass(frozen=True)
class Asked:
    """Bounds of the coordinates of conditions: `lows` <= coordinates <= `highs`.

    Args:
        conditions: The columns.
        lows: Lower bounds `(n, columns)`, or `(1, columns)` for the same bounds in all samples;
            -inf for open columns.
        highs: Upper bounds.
        count: The number of samples that the bounds are for; None for any number.
    """

    conditions: Conditions
    lows: Floats
    highs: Floats
    count: int | None = None

    def draw(self, examples: Floats | None, num: int, *, seed: int, start: int = 0) -> Floats:
        """Draws conditions. Row i depends only on the seed, on i and on its bounds.

        Open columns are taken from a random training row within the bounds. If an exact number is
        requested, the row is one of those nearest to it.

        Args:
            examples: The coordinates of training rows `(m, columns)`; None to draw open columns
                from a uniform distribution.
            num: The number of rows.
            seed: The seed.
            start: The index of the first row.

        Returns:
            Coordinates `(num, columns)`.
        """
        rows = np.arange(start, start + num)
        # The samples that fill up the last batch of a dataset are discarded.
        rows = np.minimum(rows, len(self.lows) - 1)
        lows, highs = self.lows[rows], self.highs[rows]
        chances = _uniforms(num, 1 + lows.shape[1], seed, start)
        even = self._evenly(lows, highs, chances[:, 1:])
        if examples is None or not len(examples):
            return even
        # Numbers requested exactly are matched by the nearest training rows.
        near = (lows == highs) & (lows != MISSING) & self._are_numbers
        wide_lows, wide_highs = np.where(near, -np.inf, lows), np.where(near, np.inf, highs)
        boxes = np.concatenate([wide_lows, wide_highs], axis=1)
        groups, members = np.unique(boxes, axis=0, return_inverse=True)
        absent = []
        for group, box in enumerate(groups):
            low, high = np.split(box, 2)
            here = np.flatnonzero(members.reshape(-1) == group)
            beyond = np.maximum(low - examples, examples - high).clip(min=0.0)
            beyond[:, ~self._are_numbers] = beyond[:, ~self._are_numbers] > 0
            total = beyond.sum(axis=1)
            if total.min() > 0:
                absent.append(here[0])
            candidates = examples[total <= total.min() + _EQUAL]
            drawn = _nearest(candidates, lows[here], near[here], chances[here, 0])
            inside = (drawn >= low) & (drawn <= high)
            even[here] = np.where(inside, drawn, even[here])
        if absent:
            self._warn(lows[absent], highs[absent])
        return np.where(lows == highs, lows, even)

    @property
    def _are_numbers(self) -> NDArray[np.bool_]:
        return np.array([c.scaling is not None for c in self.conditions.columns])

    def _evenly(self, lows: Floats, highs: Floats, chances: Floats) -> Floats:
        """Draws coordinates from a uniform distribution within the bounds."""
        states = np.array([max(c.states, 1) for c in self.conditions.columns])
        numbers = self._are_numbers
        low = np.clip(lows, 0.0, None)
        high = np.clip(highs, None, np.where(numbers, 1.0, states - 1.0))
        steps = np.floor(low + chances * (high - low + 1.0))
        drawn = np.where(numbers, low + chances * (high - low), np.minimum(steps, high))
        return np.where(lows == highs, lows, drawn)

    def _warn(self, lows: Floats, highs: Floats) -> None:
        described = [self._described(*box) for box in zip(lows, highs, strict=True)]
        more = f", and {len(described) - _NAMED} more" if len(described) > _NAMED else ""
        warn(
            f"No training row has {'; or '.join(described[:_NAMED])}{more}: samples of a "
            "combination that is not in the training data may be wrong."
        )

    def _described(self, low: Floats, high: Floats) -> str:
        parts = []
        for i, condition in enumerate(self.conditions.columns):
            if np.isinf(low[i]) or not condition.blocks:
                continue
            first, last = condition.values(np.array([low[i], high[i]]))
            value = repr(first) if isinstance(first, str) else str(first)
            value += "" if low[i] == high[i] else f" to {last}"
            parts.append(f"{condition.name} = {value}")
        return ", ".join(parts)


def ask(conditions: Conditions, asked: Any, num: int | None) -> Asked:
    """Parses the argument `conditions` of `generate`.

    Args:
        conditions: The columns.
        asked: None, a dict of values, ranges and lists, a DataFrame, or encoded rows.
        num: The number of samples, if it is known.

    Raises:
        TypeError: If it is none of these.
        ValueError: If a column or a value is unknown or out of range, or lengths differ.
    """
    columns = len(conditions.columns)
    lows, highs = np.full((1, columns), -np.inf), np.full((1, columns), np.inf)
    if asked is None:
        return Asked(conditions, lows, highs)
    if not isinstance(asked, Mapping):
        return _of_rows(conditions, asked, num)
    conditions.check_names("conditions", asked, strict=True)
    bounds = {
        i: _bounds(conditions, condition, asked[condition.name])
        for i, condition in enumerate(conditions.columns)
        if condition.name in asked
    }
    lengths = {len(low) for low, _ in bounds.values()} - {1}
    if lengths and len(lengths | ({num} - {None})) > 1:
        raise _lengths(f"lists of {' and '.join(map(str, sorted(lengths)))} values", num)
    rows = max(lengths, default=1)
    lows, highs = (np.repeat(x, rows, axis=0) for x in (lows, highs))
    for i, (low, high) in bounds.items():
        lows[:, i], highs[:, i] = low, high
    return Asked(conditions, lows, highs, max(lengths, default=None))


def _of_rows(conditions: Conditions, asked: Any, num: int | None) -> Asked:
    frame = as_frame(asked, conditions.names)
    if frame is None:
        if not hasattr(asked, "__array__"):
            raise wrong_type(
                "conditions",
                received=f"{asked!r:.80} of type {type(asked).__name__}",
                expected="a DataFrame, or a dict such as {'age': (60, 70)}",
                fix="pass a dict from the names of columns to values",
            )
        rows = conditions.decoded(conditions.encode("conditions", asked))
        lows = highs = rows
    else:
        conditions.check_names("conditions", frame.columns)
        lows = np.full((len(frame), len(conditions.columns)), -np.inf)
        highs = -lows
        for i, condition in enumerate(conditions.columns):
            if condition.name in frame:
                values = conditions.cut(condition, frame)
                coordinates = condition.coordinates("conditions", values, strict=True)
                lows[:, i] = highs[:, i] = coordinates
    if not len(lows) or num not in (None, len(lows)):
        raise _lengths(f"{len(lows)} rows", num)
    return Asked(conditions, lows, highs, len(lows))


def _lengths(received: str, num: int | None) -> ValueError:
    return invalid(
        "conditions",
        received=received,
        expected="at least one" if num is None else f"one for each of the {num} samples",
        fix="pass one row per sample, or a dict of values and ranges for all samples",
    )


def _bounds(conditions: Conditions, condition: Condition, value: Any) -> tuple[Floats, Floats]:
    """Returns the bounds `(1,)` or `(n,)` of a value, a list of values or a range `(low, high)`."""
    is_range = isinstance(value, tuple) and len(value) == 2
    several = is_range or isinstance(value, list | np.ndarray | pd.Series | pd.Index | range)
    values = pd.Series(list(value) if several else [value])
    if not len(values):
        raise _lengths(f"no value of {condition.name!r}", None)
    if values.isna().all():
        # pandas.NA cannot be cast to float64.
        gap = np.nan if condition.scaling is not None else None
        dtype = "float64" if condition.scaling is not None else object
        values = pd.Series(gap, index=values.index, dtype=dtype)
    values = conditions.cut(condition, {condition.name: values})
    strict = not is_range or not condition.overlaps(values)
    found = condition.coordinates("conditions", values, strict=strict)
    if not is_range:
        return found, found
    if condition.scaling is None and condition.column.kind != "ordinal":
        raise invalid(
            "conditions",
            received=f"the range {value} for {condition.name!r}, a {condition.column.kind} column",
            expected=f"one of {condition.described}, or a list with one value per sample",
            fix="pass ranges only for columns of numbers and ordinal columns",
        )
    if MISSING in found or found[0] > found[1]:
        raise invalid(
            "conditions",
            received=f"the range {value} for {condition.name!r}",
            expected="(low, high) with low <= high",
            fix="swap the two numbers, or pass a single value",
        )
    return found[:1], found[1:]


def _nearest(candidates: Floats, asked: Floats, near: NDArray[np.bool_], chances: Floats) -> Floats:
    """Returns for each row one of the candidates nearest to the numbers in the columns `near`."""
    count = len(candidates)
    if not near.any():
        return candidates[np.minimum((chances * count).astype(np.intp), count - 1)]
    kept = max(1, math.isqrt(count))
    chosen = np.empty((len(asked), candidates.shape[1]))
    piece = max(1, _AT_ONCE // count)
    for first in range(0, len(asked), piece):
        rows = slice(first, first + piece)
        distances = np.zeros((len(asked[rows]), count))
        for i in np.flatnonzero(near.any(axis=0)):
            apart = np.abs(asked[rows, i, None] - candidates[None, :, i])
            distances += np.where(near[rows, i, None], apart, 0.0)
        nearest = np.argpartition(distances, kept - 1, axis=1)[:, :kept]
        nearest.sort(axis=1)
        picks = np.minimum((chances[rows] * kept).astype(np.intp), kept - 1)
        chosen[rows] = candidates[nearest[np.arange(len(picks)), picks]]
    return chosen


def _uniforms(num: int, columns: int, seed: int, start: int) -> Floats:
    """Draws rows `start` to `start + num - 1` of an infinite sequence of numbers in [0, 1)."""
    first, last = start // _BLOCK, max(start, start + num - 1) // _BLOCK
    blocks = [
        np.random.Generator(np.random.Philox(key=[(seed ^ _KEY) % 2**64, block])).random(
            (_BLOCK, columns)
        )
        for block in range(first, last + 1)
    ]
    offset = start - first * _BLOCK
    return np.concatenate(blocks)[offset : offset + num]
