"""A callback that prepares the model before `fit` starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._shows_arguments import ShowsArguments


class FitCallback(ShowsArguments, keras.callbacks.Callback):
    """The base of callbacks that have to act before Keras builds its data iterator.

    When Keras calls `on_train_begin`, the data, the first epoch and the number of steps are
    settled. What has to come earlier overrides `before_fit`.

    Attributes:
        first: Whether the callback acts before all others, wherever it stands in the list: they
            see what it adds to the logs.
        last: Whether the callback acts after all others, wherever it stands in the list: what a
            checkpoint says is done must be done.
        chief_only: Whether it only reads the step log and writes files. Of several workers, only
            the chief runs such callbacks; the others run on all of them, for `generate`, `save`
            and `evaluate` are work that workers do together, and write on the chief alone.
        companions: All callbacks of this `fit`, set before `check`.
    """

    first: bool = False
    last: bool = False
    chief_only: bool = False
    companions: tuple[keras.callbacks.Callback, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are the callback's own: `fit` makes them, and keeps other runs out."""
        return ()

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """How many steps back the callback reads `gan.step_log`.

        Args:
            steps_per_epoch: The length of an epoch, where it is known.
        """
        return 0

    def check(self, gan: Any) -> None:
        """Refuses a model that the callback cannot work with, before anything changes."""

    def before_fit(self, gan: Any) -> tuple[int, int] | None:
        """Prepares `gan`, the model that is about to train.

        Returns:
            The epoch and the step in it to go on from, if the callback restored an earlier
            state; None otherwise.
        """
        return None
