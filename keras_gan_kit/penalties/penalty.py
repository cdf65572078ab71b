"""The base class of penalties."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable
from typing import Any

from keras import ops, tree

from keras_gan_kit._arguments import number
from keras_gan_kit._backend import input_gradients
from keras_gan_kit._shows_arguments import ShowsArguments


class Penalty(ShowsArguments, abc.ABC):
    """Base class of penalties: terms that the discriminator minimizes besides its loss.

    To add a penalty, override `__call__`, set `name`, and register the class with
    `keras.saving.register_keras_serializable`. Store each constructor argument in an attribute of
    the same name and return it from `get_config`. `callbacks.Schedule` can change a penalty that is
    proportional to an argument called `gamma` or `weight`.

    Attributes:
        name: The key of the penalty in the logs.
        per_sample: Whether the penalty assumes that the discriminator treats samples one by one.
            If so, `compile` raises an error for discriminators with BatchNormalization.

    Example:
        >>> import keras
        >>> @keras.saving.register_keras_serializable(package="docs")
        ... class Drift(Penalty):
        ...     name, per_sample = "drift", False
        ...     def __init__(self, weight):
        ...         self.weight = weight
        ...     def __call__(self, discriminate, real, fake, *, seed=None):
        ...         return self.weight * ops.mean(ops.square(discriminate(real)))
        ...     def get_config(self):
        ...         return {"weight": self.weight}
        >>> float(Drift(0.5)(lambda x: 2.0 * x, ops.ones((4, 1)), None))
        2.0
    """

    name: str = ""
    per_sample: bool = True

    @abc.abstractmethod
    def __call__(
        self, discriminate: Callable[[Any], Any], real: Any, fake: Any, *, seed: Any = None
    ) -> Any:
        """Returns the weighted penalty, a float32 scalar.

        Args:
            discriminate: Maps samples to the discriminator's outputs. Those of `real` and `fake`
                are cached, because the loss needs them too.
            real: Real samples: a tensor or a nested structure of tensors, batch first.
            fake: Generated samples of the same structure and batch size.
            seed: A `keras.random.SeedGenerator` or an int, for penalties that draw random numbers.
                Draw them with `_backend.draw_for_batch`, because devices may share a batch.

        A penalty at real samples also takes `sample_weight`: weights of shape (batch,) by which it
        multiplies the values of the samples, or None. Other penalties leave the argument out.
        """

    @abc.abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Penalty:
        """Creates a penalty from the result of `get_config`."""
        return cls(**config)


def slopes_at(discriminate: Callable[[Any], Any], samples: Any) -> Any:
    """Computes the gradients of the outputs at samples, in float32 and in their structure.

    In a training step, the gradients at the batch of real or fake samples reuse the forward pass of
    the loss.
    """
    if hasattr(discriminate, "slopes_at"):
        return discriminate.slopes_at(samples)
    return input_gradients(discriminate, as_inputs(samples))


def squared_norms(gradients: Any) -> Any:
    """Sums squares over all axes but the batch, and over all leaves, in float32.

    Args:
        gradients: A tensor or a nested structure of tensors, batch first.

    Returns:
        A float32 vector with one number per sample.
    """
    total: Any = 0.0
    for leaf in tree.flatten(gradients):
        leaf = ops.cast(leaf, "float32")
        total = total + ops.sum(ops.square(leaf), axis=tuple(range(1, len(leaf.shape))))
    return total


def as_inputs(samples: Any) -> Any:
    """Casts every leaf to float32 and stops gradients into the network that made it."""
    return tree.map_structure(lambda leaf: ops.stop_gradient(ops.cast(leaf, "float32")), samples)


def check_weight(argument: str, value: float) -> float:
    """Validates a weight: a finite number of at least 0.

    Raises:
        TypeError: If it is not a number; the message names `argument`.
        ValueError: If it is negative or not finite.
    """
    return number(
        argument,
        value,
        lambda weight: math.isfinite(weight) and weight >= 0.0,
        expected="a finite number of at least 0",
        fix=f"pass for example {argument}=1.0",
    )
