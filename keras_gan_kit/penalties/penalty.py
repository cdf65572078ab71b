"""The base of every penalty."""

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
    """A term that the discriminator minimises besides its loss.

    To add a penalty, override `__call__`, set `name` (its key in the logs), and register the
    class with `keras.saving.register_keras_serializable`. Constructor arguments must be
    attributes of the same name and appear in `get_config`. A penalty that is proportional to an
    argument called `gamma` or `weight` can be moved by `callbacks.Schedule`.

    Attributes:
        name: The key of the penalty in the logs.
        per_sample: True where the penalty takes the discriminator for a function of one sample
            at a time, which rules BatchNormalization out.

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
            discriminate: Maps samples to the discriminator's outputs. Of `real` and `fake`
                themselves the loss has them already: they are not computed again.
            real: Real samples: a tensor or a nested structure of tensors, batch first.
            fake: Generated samples of the same structure and batch size.
            seed: A `keras.random.SeedGenerator`, or an int, for penalties that draw numbers;
                by way of `_backend.draw_for_batch`, for several devices may share the batch.
        """

    @abc.abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Penalty:
        """Makes the penalty that `get_config` described."""
        return cls(**config)


def slopes_at(discriminate: Callable[[Any], Any], samples: Any) -> Any:
    """Computes the gradients of the outputs at samples, in their structure, in float32.

    While a model learns, those at its batch of real and of fake samples come out of the pass that
    the loss made.
    """
    if hasattr(discriminate, "slopes_at"):
        return discriminate.slopes_at(samples)
    return input_gradients(discriminate, as_inputs(samples))


def squared_norms(gradients: Any) -> Any:
    """Sums the squares of everything but the batch axis, over all leaves, in float32.

    Args:
        gradients: A tensor or a nested structure of tensors, batch first.

    Returns:
        A float32 vector, one number for each sample.
    """
    total: Any = 0.0
    for leaf in tree.flatten(gradients):
        leaf = ops.cast(leaf, "float32")
        total = total + ops.sum(ops.square(leaf), axis=tuple(range(1, len(leaf.shape))))
    return total


def as_inputs(samples: Any) -> Any:
    """Cuts every leaf from what made it, in float32, so that gradients at it are float32 too."""
    return tree.map_structure(lambda leaf: ops.stop_gradient(ops.cast(leaf, "float32")), samples)


def check_weight(argument: str, value: float) -> float:
    """Returns `value` if it is a finite number of at least 0.

    Raises:
        TypeError: If it is not a number; the message names `argument`.
        ValueError: If it is negative or not finite.
    """
    return number(
        argument,
        value,
        lambda weight: math.isfinite(weight) and weight >= 0.0,
        expected="a finite number of at least 0",
        fix=f"pass for example {argument}=1.0: a negative one would reward what is to be punished",
    )
