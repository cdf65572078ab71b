"""Conditions of a `ConditionalGAN`: columns of a table instead of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid

if TYPE_CHECKING:
    from keras_gan_kit.data._asked_conditions import Asked
    from keras_gan_kit.data._conditions import Conditions


def ask(columns: Conditions, conditions: Any, num_samples: int | None) -> Asked:
    """Reads the argument `conditions` of `generate`."""
    from keras_gan_kit.data._asked_conditions import ask as read  # which imports pandas

    return read(columns, conditions, num_samples)


def check_rows(argument: str, rows: Any, columns: Conditions, num: int) -> np.ndarray:
    """Checks that there is a row of conditions for each sample.

    Args:
        argument: The argument's name, without backticks.
        rows: A DataFrame, or encoded rows `(num, width)`.
        columns: The conditions.
        num: The number of samples.

    Returns:
        float32 of shape (num, width).

    Raises:
        TypeError: If they are neither.
        ValueError: If they are missing, of another length, or a column or a value is unknown.
    """
    if rows is None:
        raise invalid(
            argument,
            received="no conditions",
            expected=f"{num} rows of the columns {', '.join(map(repr, columns.names))}",
            fix="pass a DataFrame with a row for each sample",
        )
    encoded = columns.encode(argument, rows)
    if len(encoded) != num:
        raise invalid(
            argument,
            received=f"{len(encoded)} rows",
            expected=f"one for each of the {num} samples",
            fix="select the same samples in both",
        )
    return encoded


def refuse_labels_of(columns: Conditions, labels: Any) -> None:
    """Checks that there are no labels, for a model with conditions.

    Raises:
        ValueError: If there are.
    """
    if labels is not None:
        raise invalid(
            "labels",
            received=f"{labels!r:.80}, for a model with conditions",
            expected="None",
            fix=f"pass conditions={{{columns.names[0]!r}: ...}}",
        )


def condition_loss(rows: Any, predicted: Any, blocks: tuple[tuple[str, int], ...]) -> Any:
    """Returns the error of predicted conditions `(n,)`, a sum over the columns.

    It is the cross-entropy of a class, the squared error of a number that is not missing, and the
    binary cross-entropy of whether it is missing.

    Args:
        rows: Encoded conditions `(n, width)`.
        predicted: Scores of the same shape.
        blocks: The kinds and widths of the columns.
    """
    total, start = 0.0, 0
    for i, (kind, width) in enumerate(blocks):
        true, score = (x[:, start : start + width] for x in (rows, predicted))
        start += width
        if kind == "class":
            total = total + ops.categorical_crossentropy(true, score, from_logits=True)
        elif kind == "missing":
            losses = ops.binary_crossentropy(true, score, from_logits=True)
            total = total + losses[:, 0]
        else:
            may_miss = i + 1 < len(blocks) and blocks[i + 1][0] == "missing"
            known = 1.0 - rows[:, start] if may_miss else 1.0
            total = total + known * ops.square(true - score)[:, 0]
    return total
