"""A callback that prepares the model before `fit` starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras

from keras_gan_kit._shows_arguments import ShowsArguments

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


class FitCallback(ShowsArguments, keras.callbacks.Callback):
    """The base class of callbacks that act before Keras builds its data iterator.

    When Keras calls `on_train_begin`, the data, the first epoch and the number of steps are
    fixed. Override `before_fit` to act earlier.

    Attributes:
        first: Whether the callback runs before all others, whatever its place in the list, so
            that they see what it adds to the logs.
        last: Whether the callback runs after all others, whatever its place in the list. A
            checkpoint must come after the work that it records.
        chief_only: Whether only the chief of several workers runs the callback. Set it for
            callbacks that only read the step log and write files. `generate`, `save` and
            `evaluate` need all workers.
        companions: All callbacks of this `fit`, set before `check`.
    """

    first: bool = False
    last: bool = False
    chief_only: bool = False
    companions: tuple[keras.callbacks.Callback, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that the callback writes to; `fit` creates and locks them."""
        return ()

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """Returns how many steps of `gan.step_log` the callback reads at once.

        Args:
            steps_per_epoch: The number of steps in an epoch; None if unknown.
        """
        return 0

    def check(self, gan: GANModel) -> None:
        """Checks that the callback supports the model, before anything changes."""

    def before_fit(self, gan: GANModel) -> tuple[int, int] | None:
        """Prepares the model, for example by restoring it.

        Returns:
            The epoch and the step in it to continue from, if the callback restored an earlier
            state; otherwise None.
        """
        return None
