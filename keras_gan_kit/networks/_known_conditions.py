"""Validates what networks are conditioned on: classes, or columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid, wrong_type

if TYPE_CHECKING:
    from keras_gan_kit.data._conditions import Conditions


def known_conditions(num_classes: Any, conditions: Any) -> Conditions | None:
    """Returns the columns to condition on; None for classes.

    Args:
        num_classes: The number of classes, or None.
        conditions: A fitted `TableTransformer`, or None.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If both or none are given, or the number is below 1.
        sklearn.exceptions.NotFittedError: If the transformer has not been fitted.
    """
    if conditions is None and num_classes is not None:
        integer("num_classes", num_classes)
        return None
    if num_classes is not None or conditions is None:
        raise invalid(
            "conditions",
            received="both `conditions` and `num_classes`" if conditions else "None",
            expected="one of `num_classes` and `conditions`",
            fix="pass num_classes=10 for classes, or conditions=TableTransformer().fit(frame) for "
            "columns of a table",
        )
    from keras_gan_kit.data import TableTransformer  # which imports scikit-learn

    if not isinstance(conditions, TableTransformer):
        raise wrong_type(
            "conditions",
            received=f"{conditions!r:.80} of type {type(conditions).__name__}",
            expected="a fitted TableTransformer",
            fix="pass TableTransformer().fit(frame), of the columns to condition on",
        )
    from keras_gan_kit.data._conditions import Conditions

    return Conditions(conditions)
