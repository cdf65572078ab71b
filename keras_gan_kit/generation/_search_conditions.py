"""Labels and conditions in a search for latents."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._table_scalings import SPREAD
from keras_gan_kit.models import GAN, ConditionalGAN
from keras_gan_kit.models._check_batches import check_labels
from keras_gan_kit.models._conditions import ask, refuse_labels_of


class SearchConditions:
    """Holds known labels or conditions, and searches unknown ones with the latents.

    Args:
        gan: The model.
        known: The labels or encoded conditions of the samples; None if they are searched too.
        seed: The seed of guesses.
    """

    def __init__(self, gan: ConditionalGAN, known: Any, seed: int) -> None:
        self.gan, self.known, self.seed = gan, known, seed
        self.is_known = known is not None
        # Labels are integers, which have no gradient, so the guesses include all classes.
        self.moves = gan.columns is not None and not self.is_known

    def guesses(self, num: int) -> Any:
        """Returns conditions for random latents: all classes in turn, or those of training."""
        if self.gan.columns is None:
            return (np.arange(num) % (self.gan.num_classes or 1)).astype(np.int32)
        asked = ask(self.gan.columns, None, None)
        drawn = asked.draw(self.gan.example_coordinates, num, seed=self.seed)
        return self.gan.columns.encoded(drawn)

    def projected(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Clips rows to valid ranges; scores of classes become shares that sum to 1."""
        if self.gan.columns is None:
            return rows
        start = 0
        for kind, width in self.gan.columns.blocks:
            part = rows[:, start : start + width]
            if kind == "number":
                np.clip(part, -SPREAD, SPREAD, out=part)
            else:
                np.clip(part, 0.0, 1.0, out=part)
            if kind == "class":
                part /= np.maximum(part.sum(axis=1, keepdims=True), 1e-6)
            start += width
        return rows

    def fixed(self, rows: Any) -> Any:
        """Returns the valid conditions nearest to the rows."""
        if self.gan.columns is None:
            return rows
        return self.gan.columns.encoded(self.gan.columns.decoded(rows))

    def result(self, rows: Any) -> Any:
        """Returns labels, or a DataFrame of conditions."""
        if self.gan.columns is None:
            return rows
        return self.gan.columns.frame(self.gan.columns.decoded(rows))


def search_conditions(
    gan: GAN, labels: Any, conditions: Any, num: int, seed: int
) -> SearchConditions | None:
    """Reads the arguments `labels` and `conditions`; None for a model without conditions.

    Raises:
        TypeError: If one has the wrong type.
        ValueError: If one is out of range, or the model has none.
    """
    if not isinstance(gan, ConditionalGAN):
        name = "labels" if labels is not None else "conditions"
        if labels is not None or conditions is not None:
            raise invalid(
                name,
                received=f"a value, for a {type(gan).__name__}",
                expected="None",
                fix="leave it out, or pass a ConditionalGAN",
            )
        return None
    if gan.columns is None:
        if conditions is not None:
            gan.check_conditions(conditions, num)
        if labels is None:
            return SearchConditions(gan, None, seed)
        every = np.full(num, labels) if np.ndim(labels) == 0 else labels
        return SearchConditions(gan, check_labels("labels", every, gan.num_classes or 0, num), seed)
    refuse_labels_of(gan.columns, labels)
    if conditions is None:
        return SearchConditions(gan, None, seed)
    asked = ask(gan.columns, conditions, num)
    rows = gan.columns.encoded(asked.draw(gan.example_coordinates, num, seed=seed))
    return SearchConditions(gan, rows, seed)
