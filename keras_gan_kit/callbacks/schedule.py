"""A hyperparameter that changes during training."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from keras_gan_kit._arguments import integer, number, one_of
from keras_gan_kit._errors import invalid
from keras_gan_kit.callbacks._images_per_step import images_per_step
from keras_gan_kit.callbacks.periodic_callback import check_model
from keras_gan_kit.models._callbacks import FitCallback
from keras_gan_kit.models._gan_model import GANModel

_UNITS = ("step", "image", "epoch")
_SHAPES = ("cosine", "linear")
# The lowest and the highest value of each target.
_TARGETS = {
    "learning_rate": (0.0, math.inf),
    "beta_2": (0.0, 1.0 - 2.0**-20),
    "gamma": (0.0, math.inf),
    "weight": (0.0, math.inf),
    "ema_half_life": (0.0, math.inf),
    "strength": (0.0, 1.0),
}
# For each target: the number of values that a model must have, their description, and the fix.
_NEEDED = {
    "learning_rate": (
        2,
        "two optimizers that have a learning rate",
        "remove the keras.optimizers.schedules object, or this callback",
    ),
    "beta_2": (
        2,
        "two keras_gan_kit.ScheduledAdam optimizers",
        "pass them to `compile`: in other Adams, beta_2 is a constant of the compiled step",
    ),
    "gamma": (1, "a penalty whose gamma is above 0", "pass penalties=[penalties.R1(0.1)]"),
    "weight": (
        1,
        "a penalty whose weight is above 0",
        "pass penalties=[penalties.GradientPenalty(10.0)]",
    ),
    "ema_half_life": (1, "an average of the generator", "pass ema_momentum=0.999 to the model"),
    "strength": (
        1,
        "an augmenter with a strength",
        "pass augmenter=data.DifferentiableAugment() to the model",
    ),
}
# Setting a variable takes time, mostly on JAX. With a thousand stairs, a value deviates from its
# curve by at most 0.16% of its range (pi / 2 / 1000, where the cosine is steepest).
_STAIRS = 1000


class Schedule(FitCallback):
    """Changes a hyperparameter from `start` to `end`, and then keeps it.

    With t the share of `over` that has passed, at most 1:

        cosine: end + (start - end) (1 + cos(pi t)) / 2        linear: start + (end - start) t

    The value depends only on the position of the training, so that a resume is exact and a later
    `fit` continues it. With `unit="epoch"`, only the epochs of the current `fit` count; if their
    length is unknown, the value changes between epochs. The schedule replaces the value passed to
    `compile` or to a constructor, on every backend and in compiled steps. The value changes at most
    1,000 times, between executions. Use one `Schedule` per hyperparameter.

    | target | what changes |
    |---|---|
    | "learning_rate" | both players' learning rate |
    | "beta_2" | both players' beta_2; they must be `ScheduledAdam` |
    | "gamma" | the `gamma` of every penalty that has one: R1, R2 |
    | "weight" | the `weight` of every penalty that has one: GradientPenalty |
    | "ema_half_life" | the half-life of weights in the generator's average, counted in `unit` |
    | "strength" | the `strength` of the augmenter, a `data.DifferentiableAugment` |

    R3GAN (Huang et al. 2024, arXiv 2501.05441) changes all of them over the same number of images.

    Args:
        target: The hyperparameter to change: one of the targets above.
        start: The value at the beginning.
        end: The value from `over` on.
        over: The duration of the change in units of `unit`, at least 1.
        unit: "step", "image" (samples seen, by the size of a whole batch) or "epoch".
        shape: "cosine" or "linear".

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a value is out of range, a name is unknown, or the model has no such target.

    Example:
        >>> [round(Schedule("gamma", 2.0, 0.2, over=100).value(t), 3) for t in (0.0, 0.5, 1.0)]
        [2.0, 1.1, 0.2]
    """

    def __init__(
        self,
        target: str,
        start: float,
        end: float,
        *,
        over: int,
        unit: str = "step",
        shape: str = "cosine",
    ) -> None:
        super().__init__()
        self.target = one_of("target", target, tuple(_TARGETS))
        self.start = _check_value("start", start, self.target)
        self.end = _check_value("end", end, self.target)
        self.over = integer("over", over)
        self.unit = one_of("unit", unit, _UNITS)
        self.shape = one_of("shape", shape, _SHAPES)
        self._stair = -1
        self._per_unit = 0.0
        self._began = 0

    def value(self, share: float) -> float:
        """Computes the value after a share of `over`, in [0, 1]."""
        rest = 1.0 - share if self.shape == "linear" else (1.0 + math.cos(math.pi * share)) / 2.0
        return self.end + (self.start - self.end) * rest

    def set_model(self, model: Any) -> None:
        """Sets the model, which must be one of this package."""
        check_model(self, model)
        super().set_model(model)
        self.gan: GANModel = (
            model  # on JAX, `self.model` copies the whole state: use it for changes only
        )

    def check(self, gan: GANModel) -> None:
        """Checks that the model has the target."""
        found = len(_setters(gan, self.target))
        needed, expected, fix = _NEEDED[self.target]
        if found < needed:
            raise invalid(
                "callbacks",
                received=f"Schedule({self.target!r}), for a model without",
                expected=expected,
                fix=fix,
            )

    def on_train_begin(self, logs: Any = None) -> None:
        """Resets the batch size of an earlier `fit`."""
        self._per_unit = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Updates the value; another callback may have loaded weights."""
        self._stair = -1
        self._began = self.gan.progress.steps
        self._move()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stores the length of an epoch of a stream, which the half-life needs."""
        if self.unit == "epoch" and self.target == "ema_half_life":
            self._per_unit = self._per_unit or float(self.gan.progress.steps - self._began)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Updates the value if the next stair is reached."""
        self._move()

    def _move(self) -> None:
        self._per_unit = self._per_unit or self._steps_per_unit()
        needed = self.unit == "image" and self.gan.progress.steps
        if not self._per_unit and (needed or self.target == "ema_half_life"):
            return  # unknown until after the first batch or epoch of a stream
        stair = math.floor(min(self._passed() / self.over, 1.0) * _STAIRS)
        if stair == self._stair:
            return
        value = self.value(stair / _STAIRS)
        if self.target == "ema_half_life":
            value = 0.5 ** (1.0 / max(value * self._per_unit, 1e-8))
        for assign in _setters(self.model, self.target):
            assign(value)
        self._stair = stair

    def _steps_per_unit(self) -> float:
        """Returns the number of steps per unit; 0 if it is not known yet."""
        if self.unit == "step":
            return 1.0
        if self.unit == "epoch":
            return float(self.gan.progress.position.steps_per_epoch)
        size = images_per_step(self.model)
        return 1.0 / size if size else 0.0

    def _passed(self) -> float:
        """Returns the number of units that have passed."""
        progress, per_unit = self.gan.progress, self._per_unit
        whole, steps = 0, progress.steps
        if self.unit == "epoch":
            whole, steps = progress.epoch, progress.step
        return whole + (float(steps) / per_unit if per_unit else 0.0)


def _setters(gan: GANModel, target: str) -> list[Callable[[float], None]]:
    """Returns a function that sets the value, for each value of the target."""
    if target in ("learning_rate", "beta_2"):
        # A loss scaling optimizer wraps the player's own.
        players = [getattr(each, "inner_optimizer", each) for each in gan.optimizer.optimizers]
        found = [getattr(player, target, None) for player in players]
        return [number.assign for number in found if isinstance(number, keras.Variable)]
    if target == "strength":
        strength = getattr(gan.augmenter, "strength", None)
        return [strength.assign] if isinstance(strength, keras.Variable) else []
    if target == "ema_half_life":
        return [] if gan.ema_momentum is None else [partial(_set_all, gan, {"ema_momentum": 1.0})]
    weights = {
        penalty.name: getattr(penalty, target)
        for penalty in gan.penalties
        if getattr(penalty, target, 0.0) > 0.0
    }
    return [partial(_set_all, gan, weights)] if weights else []


def _set_all(gan: GANModel, units: dict[str, float], value: float) -> None:
    """Sets settings to a value, each in its own unit."""
    gan.settings.set({name: value / unit for name, unit in units.items()})


def _check_value(argument: str, value: Any, target: str) -> float:
    low, high = _TARGETS[target]
    return number(
        argument,
        value,
        lambda x: low <= x <= high and math.isfinite(x),
        expected=f"a finite number from {low:g} to {high:g}, for {target!r}",
        fix="pass a value that the hyperparameter itself accepts",
    )
