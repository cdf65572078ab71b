"""Validates sample weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.losses import AdversarialLoss, PlayerLosses
from keras_gan_kit.losses._weights import takes_weights
from keras_gan_kit.losses.keras_loss import KerasLoss
from keras_gan_kit.models._check_data import finite_bounds

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def check_weights(argument: str, weights: Any, num_samples: int) -> None:
    """Checks that there is one weight for each sample.

    Args:
        argument: The argument's name, without backticks.
        weights: An array of any library, or a list.
        num_samples: The number of samples.

    Raises:
        TypeError: If weights are not an array of numbers.
        ValueError: If they have another shape, or one is negative or not finite.
    """
    array = array_to_numpy(argument, weights)
    if array.shape not in ((num_samples,), (num_samples, 1)):
        raise invalid(
            argument,
            received=f"weights of shape {array.shape}",
            expected=f"one weight for each sample: shape ({num_samples},)",
            fix="average the weights of each sample",
        )
    _check_not_negative(argument, array)


def _check_not_negative(argument: str, weights: Any) -> None:
    low, high = finite_bounds(argument, weights)
    if low < 0:
        raise invalid(
            argument,
            received=f"weights from {low:.6g} to {high:.6g}",
            expected="weights of at least 0",
            fix="clip the weights: a negative weight would reward errors",
        )


def check_pixel_weights(argument: str, weights: Any, images: Any) -> None:
    """Checks that there is a weight for each pixel.

    Raises:
        ValueError: If weights have another shape, or one is negative or not finite.
    """
    shape = tuple(np.shape(weights))
    expected = tuple(images.shape[:3])
    if shape not in (expected, (*expected, 1)):
        raise invalid(
            argument,
            received=f"weights of shape {shape}",
            expected=f"a weight for each sample or each pixel: shape {expected[:1]} or {expected}",
            fix="give weights the size of the images",
        )
    _check_not_negative(argument, weights)


def check_has_values(argument: str, loss: Any) -> None:
    """Checks that a loss of targets and outputs has a value for each sample.

    Raises:
        ValueError: If it is an average.
    """
    image = ops.full((2, 1, 1, 1), 0.5)
    if not len(getattr(loss, "call", loss)(image, image).shape):
        raise invalid(
            "sample_weight",
            received=f"weights, for a `{argument}` that averages over the samples",
            expected=f"a `{argument}` with a value for each sample",
            fix="return the values without averaging, or pass a keras.losses.Loss",
        )


def check_parts_take_weights(gan: GANModel) -> None:
    """Checks that the loss of `compile` takes weights; warns of metrics that do not.

    Raises:
        ValueError: If the loss does not.
    """
    for part in _parts(gan.adversarial_loss):
        for method in (part.discriminator_loss, part.generator_loss):
            if not takes_weights(method):
                raise invalid(
                    "sample_weight",
                    received=f"weights, for the loss {type(part).__name__} without weights",
                    expected=f"`sample_weight=None` among the arguments of `{method.__name__}`",
                    fix="add the argument, and multiply the real term of each sample by it",
                )
        if isinstance(part, KerasLoss):
            check_has_values("loss", part.loss)
    for metric in gan.evaluation_metrics:
        if not takes_weights(metric.update_state):
            warn(
                f"The metric {metric.name!r} does not take weights: it counts every sample once. "
                "To weight the samples, add `sample_weight=None` to its `update_state`."
            )


def _parts(loss: AdversarialLoss) -> list[AdversarialLoss]:
    if isinstance(loss, PlayerLosses):
        return [*_parts(loss.discriminator), *_parts(loss.generator)]
    return [loss]


def refuse_class_weights(class_weight: Any) -> None:
    """Checks that no class weights are passed.

    Raises:
        ValueError: If `class_weight` is not None.
    """
    if class_weight is not None:
        raise invalid(
            "class_weight",
            received=f"{class_weight!r:.60}",
            expected="None: class weights would apply to the players' targets, 1 and 0",
            fix="pass the weight of each sample, for example "
            "sample_weight=np.array([class_weight[k] for k in labels])",
        )


def as_weights(weights: Any) -> Any:
    """Returns weights as a float32 NumPy array, or None."""
    if weights is None:
        return None
    return array_to_numpy("sample_weight", weights).astype(np.float32, copy=False)
