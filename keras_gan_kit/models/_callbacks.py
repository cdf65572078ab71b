"""The base class of callbacks that prepare the model, and Keras' callbacks for two players."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

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


# Whether smaller or larger values are better, by the end of a name in the logs. What the
# discriminator's accuracy and outputs should be depends on the loss: Keras then requires `mode`.
_SMALLER = (
    "loss",
    "distance",
    "distance_mean",
    "wasserstein",
    "penalty",
    "r1",
    "r2",
    "mismatch",
    "error",
    "mae",
    "mse",
    "rmse",
    "reconstruction",
    "cycle",
    "identity",
    "class",
)
_LARGER = (
    "coverage",
    "density",
    "precision",
    "recall",
    "dice",
    "auc",
    "inception_score",
    "score",
    "score_mean",
)
_PLAYERS = ("d_loss", "g_loss")


class NonFiniteLoss(keras.callbacks.Callback):
    """Adds a player's loss that is NaN or infinite to the batch logs as "loss".

    `TerminateOnNaN` only reads "loss", which a GAN does not log.
    """

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Adds the loss for the callbacks that follow."""
        for name in _PLAYERS:
            if logs and not np.isfinite(float(logs.get(name, 0.0))):
                logs["loss"] = logs[name]


def adapted(callbacks: Iterable[keras.callbacks.Callback]) -> list[keras.callbacks.Callback]:
    """Returns the callbacks, with those of Keras made to work with the logs of a GAN.

    `mode="auto"` gets the direction of `g_loss`, `frechet_distance` and other names that Keras does
    not know. `TerminateOnNaN` gets the losses of both players.
    """
    found = list(callbacks)
    for callback in found:
        if getattr(callback, "mode", None) == "auto":
            mode = direction(str(getattr(callback, "monitor", "")))
            if mode is not None:
                callback.mode = mode
    if any(isinstance(callback, keras.callbacks.TerminateOnNaN) for callback in found):
        found.insert(0, NonFiniteLoss())
    return found


def direction(monitor: str) -> str | None:
    """Returns "min" or "max" for a name in the logs, or None if it is unknown."""
    name = monitor.removeprefix("val_")
    for mode, ends in (("min", _SMALLER), ("max", _LARGER)):
        if any(name == end or name.endswith(f"_{end}") for end in ends):
            return mode
    return None
