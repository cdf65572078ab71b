"""The base class of callbacks that act periodically."""

from __future__ import annotations

import abc
from typing import Any

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import wrong_type
from keras_gan_kit.models._callbacks import FitCallback
from keras_gan_kit.models._gan_model import GANModel

_UNITS = ("step", "epoch")


class PeriodicCallback(FitCallback, abc.ABC):
    """Calls `on_event` every `every` steps or epochs.

    To add a callback, override `on_event`. With `unit="step"`, events follow the steps 0, `every`,
    2 `every`, ... or, if `first_step` is False, come after `every`, 2 `every`, ... steps. With
    several steps per execution, an event comes after the execution that contains its step.

    Args:
        every: The period, at least 1.
        unit: "step" or "epoch".

    Raises:
        TypeError: If `every` is not an integer.
        ValueError: If `every` is below 1, or `unit` is unknown.

    Example:
        >>> class Announce(PeriodicCallback):
        ...     def on_event(self, name):
        ...         print(name, self.model.generate(2, seed=0).shape)
        >>> Announce(every=1000, unit="step")
        Announce(every=1000, unit='step')
    """

    first_step: bool = True

    def __init__(self, *, every: int, unit: str) -> None:
        super().__init__()
        self.every = integer("every", every)
        self.unit = one_of("unit", unit, _UNITS)
        self._due = 0
        self._events = 1  # due since the last call of `on_event`

    @abc.abstractmethod
    def on_event(self, name: str) -> None:
        """Acts. `name` is the last step taken ("step_0000099") or the epoch ("epoch_00001")."""

    def _steps_between_events(self, steps_per_epoch: int | None) -> int:
        return self.every * (1 if self.unit == "step" else steps_per_epoch or 1)

    def set_model(self, model: Any) -> None:
        """Sets the model, which must be one of this package."""
        check_model(self, model)
        super().set_model(model)
        # On JAX, `self.model` copies the state back to the model, which only events need.
        self.gan: GANModel = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Finds the next event."""
        offset = 1 if self.first_step else self.every
        steps = self.gan.steps_taken  # from the device: another callback may have loaded weights
        self._due = offset + max(0, steps - offset) // self.every * self.every
        if self._due <= steps:
            self._due += self.every

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Calls `on_event` if it is time."""
        steps = self.gan.progress.steps
        if self.unit == "step" and steps >= self._due:
            self._events = (steps - self._due) // self.every + 1
            self._due += self.every * self._events
            self.on_event(f"step_{steps - 1:07d}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Calls `on_event` if it is time."""
        if self.unit == "epoch" and (epoch + 1) % self.every == 0:
            self.on_event(f"epoch_{epoch + 1:05d}")


def check_model(callback: Any, model: Any) -> None:
    """Checks that a model is one of this package.

    Raises:
        TypeError: If `model` is another Keras model.
    """
    if not isinstance(model, GANModel):
        name = type(callback).__name__
        raise wrong_type(
            "callbacks",
            received=f"{name}, for a {type(model).__name__}",
            expected=f"{name} in the fit of a keras_gan_kit model",
            fix="remove it, or train a keras_gan_kit.GAN",
        )
