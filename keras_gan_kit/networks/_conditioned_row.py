"""Puts the columns that are conditions into generated table rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid
from keras_gan_kit.networks._table_output import row_table

if TYPE_CHECKING:
    from keras_gan_kit.data import TableTransformer
    from keras_gan_kit.data._conditions import Condition, Conditions
    from keras_gan_kit.data._table_column import TableColumn

_TANH, _SIGMOID = "tanh", "sigmoid"
# The largest distance, as a share of the range, from a repeated value that has its own mode.
_SAME = 1e-6
# Weighs more than any difference of log probabilities.
_DECISIVE = 1e6


def with_conditioned_row(
    samples: Any,
    condition: Any,
    conditions: Conditions,
    generator: keras.Model,
    table: TableTransformer | None,
) -> Any:
    """Replaces the columns of generated rows that are conditions by the given values.

    Args:
        samples: The outputs of the generator.
        condition: Encoded conditions `(n, width)`.
        conditions: The columns that they encode.
        generator: The network that drew the samples.
        table: The transformer of the rows; None for the one that the generator was built with.

    Raises:
        ValueError: If there are no rows of that width, or rows can't have the values.
    """
    known = row_table(generator) if table is None else table
    if known is None:
        return samples
    is_dict = isinstance(samples, dict)
    row = samples.get("table") if is_dict else samples
    if getattr(row, "shape", ())[1:] != (known.width,):
        raise invalid(
            "table",
            received=f"a transformer of width {known.width}",
            expected="the transformer of the rows that `generator` draws",
            fix="pass the transformer that the generator was built for",
        )
    parts = _parts(conditions, known)
    if not parts:
        return samples
    activation = _TANH if any(name == _TANH for name, _ in known.blocks) else _SIGMOID
    layer = ConditionedRow(parts, activation, dtype="float32", name="table")
    row = layer([row, condition])
    return {**samples, "table": row} if is_dict else row


def _parts(conditions: Conditions, table: TableTransformer) -> list[dict[str, Any]]:
    """Describes how to compute each column of a row that is a condition."""
    by_name = {condition.name: condition for condition in conditions.columns}
    parts = []
    for column, scaling, place in table._state()._parts():
        condition = by_name.get(column.name)
        if condition is None or place.start == place.stop:
            continue
        _check_same(condition, column)
        part = {"row": [place.start, place.stop], "condition": condition.start}
        if condition.scaling is None:
            rows = np.zeros((max(condition.states, 1), place.stop - place.start), np.float32)
            levels = condition.values(np.arange(len(rows), dtype=float))
            scaling.encode(column.numbers(levels), rows)
            part |= {"kind": "class", "states": condition.states, "rows": rows.tolist()}
        else:
            part |= {"missing": condition.may_miss, **_number(condition, column, scaling)}
        parts.append(part)
    return parts


def _check_same(condition: Condition, column: TableColumn) -> None:
    mine, other = condition.column, column
    received = None
    if (mine.levels is None) != (other.levels is None) or mine.threshold != other.threshold:
        received = f"a {mine.kind} column that is {other.kind} in the rows"
    elif mine.missing and not other.missing:
        received = "missing values, which the rows don't have"
    elif mine.levels is not None and not {*mine.levels} <= {*(other.levels or ())}:
        received = "levels that the rows don't have"
    elif (mine.low, mine.high) != (other.low, other.high) and mine.levels is None:
        received = f"values from {mine.described()}, in the rows from {other.described()}"
    if received is not None:
        raise invalid(
            "conditions",
            received=f"column {column.name!r} with {received}",
            expected="the same column as in the table of the generated rows",
            fix="fit both transformers on the same rows, with the same declarations",
        )


def _number(condition: Condition, column: TableColumn, scaling: Any) -> dict[str, Any]:
    """Describes how to compute a number of a row from a condition."""
    from keras_gan_kit.data._table_scalings import MinMax

    share = condition.scaling
    if share is None or share.log != scaling.log:
        raise invalid(
            "conditions",
            received=f"column {column.name!r} on another scale than in the rows",
            expected="a logarithmic scale in both, or in none",
            fix="pass the same `log` to both transformers",
        )
    if isinstance(scaling, MinMax):
        return {"kind": "number", "filler": scaling.filler}
    span = 1.0
    part: dict[str, Any] = {"kind": "modes", "state": scaling.missing}
    means, points = np.array(scaling.means), np.array(scaling.scales) == 0
    scales, deviations = np.array(scaling.scales), np.array(scaling.deviations)
    if share.log is None:
        # As shares of the range, because float32 has seven digits.
        span = (share.high - share.low) or 1.0
        means = (means - share.low) / span
    else:
        means = np.where(points, np.log(np.maximum(means, share.log)), means)
        low, high = share.logarithms().tolist()
        part["log"] = {"low": low, "high": high, "shift": share.shift, "least": share.log}
        # The modes of zeros are below all others.
        is_zero = points & (np.array(scaling.means) <= 0)
        means = np.where(is_zero, np.log(share.log) - 1.0, means)
    scores = np.log(np.array(scaling.weights) / np.where(points, 1.0, deviations / span))
    return part | {
        "means": means.tolist(),
        "scales": np.where(points, 1.0, scales / span).tolist(),
        "deviations": np.where(points, 1.0, deviations / span).tolist(),
        "scores": scores.tolist(),
        "points": points.tolist(),
    }


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ConditionedRow(keras.layers.Layer):
    """Replaces columns of rows by encoded conditions, in the encoding of the rows.

    Args:
        parts: Descriptions of the columns, in their order.
        activation: The activation whose range holds every block of a row: "tanh" or "sigmoid".
        **options: The options of a Keras layer.
    """

    def __init__(
        self, parts: Sequence[dict[str, Any]], activation: str = _SIGMOID, **options: Any
    ) -> None:
        super().__init__(**options)
        self.parts = [dict(part) for part in parts]
        self.activation = keras.activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Maps [rows, conditions], `(n, width)` each, to rows."""
        rows, conditions = inputs
        pieces, place = [], 0
        for part in self.parts:
            start, stop = part["row"]
            pieces += [rows[:, place:start], _columns(part, conditions)]
            place = stop
        pieces.append(rows[:, place:])
        return ops.concatenate([p for p in pieces if p.shape[-1] != 0], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns the shape of the rows."""
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        name = keras.activations.serialize(self.activation)
        return {**super().get_config(), "parts": self.parts, "activation": name}


def _columns(part: dict[str, Any], conditions: Any) -> Any:
    """Returns the columns that a part describes, `(n, columns)`."""
    from keras_gan_kit.data._table_scalings import SPREAD

    first = part["condition"]
    if part["kind"] == "class":
        if part["states"] < 2:  # it has no inputs
            return ops.zeros_like(conditions[:, :1]) + ops.convert_to_tensor(part["rows"])
        states = conditions[:, first : first + part["states"], None]
        # Not a product of matrices, which some devices round to three digits.
        return ops.sum(states * ops.convert_to_tensor(part["rows"]), axis=1)
    share = conditions[:, first : first + 1] / (2.0 * SPREAD) + 0.5
    if part["missing"]:
        absent = ops.cast(conditions[:, first + 1 : first + 2] > 0.5, "float32")
    else:
        absent = ops.zeros_like(share)
    if part["kind"] == "modes":
        return _modes(part, share, absent)
    if part["filler"] is None:
        return share
    filled = share * (1.0 - absent) + part["filler"] * absent
    return ops.concatenate([filled, absent], axis=-1)


def _modes(part: dict[str, Any], share: Any, absent: Any) -> Any:
    """Returns a number's position in its mode, and the one-hot vector of the mode."""
    number = share
    if "log" in part:
        log = part["log"]
        value = ops.exp(log["low"] + share * (log["high"] - log["low"])) - log["shift"]
        number = ops.log(ops.maximum(value, log["least"]))
        if log["shift"]:  # there are zeros
            is_zero = value < log["least"] / 2.0
            number = ops.where(is_zero, math.log(log["least"]) - 1.0, number)
    means, scales, deviations, scores = (
        ops.convert_to_tensor(part[key], "float32")
        for key in ("means", "scales", "deviations", "scores")
    )
    points = ops.convert_to_tensor(part["points"], "bool")
    apart = ops.abs(number - means)
    reach = ops.where(points, 0.0, scales)
    beyond = ops.maximum(apart - reach - _SAME, 0.0)
    score = scores - 0.5 * (apart / deviations) ** 2 - _DECISIVE**2 * beyond
    score = ops.where(ops.logical_and(points, apart <= _SAME), score + _DECISIVE, score)
    mode = ops.one_hot(ops.argmax(score, axis=-1), len(part["points"]), dtype="float32")
    places = ops.where(points, 0.0, (number - means) / scales)
    place = ops.clip(ops.sum(mode * places, axis=-1, keepdims=True), -1.0, 1.0) * (1.0 - absent)
    if len(part["points"]) + part["state"] < 2:
        return place
    pieces = [place, mode * (1.0 - absent)] + [absent] * part["state"]
    return ops.concatenate(pieces, axis=-1)
