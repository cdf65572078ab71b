"""Adapts callbacks of Keras to two players."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

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
