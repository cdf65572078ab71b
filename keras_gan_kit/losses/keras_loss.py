"""Wraps a Keras loss as an adversarial loss."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss

# Losses whose targets are classes, sequences or directions, not 1 and 0.
_NOT_OF_ONE_NUMBER = ("categorical", "ctc", "cosine")
# Losses that take the logarithm of the output, which is NaN for negative logits.
_OF_POSITIVE_OUTPUTS = ("poisson", "kl_divergence", "logarithmic", "crossentropy")
# Probabilities, which are also valid logits.
_LOW, _HIGH = (np.array(values, "float32") for values in ([[0.125], [0.25]], [[0.5], [0.75]]))
# Keras clips a target of 0 to 1e-7, so that a term that vanishes is not exactly constant.
_CONSTANT = 1e-5


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class KerasLoss(AdversarialLoss):
    """A Keras loss against the targets 1 (real) and 0 (fake).

        discriminator: loss(1, D(real)) + loss(0, D(fake))
        generator:     loss(1, D(fake))

    `compile(loss=...)` creates it from a Keras loss or its name.

    Args:
        loss: A `keras.losses.Loss` or a function of (y_true, y_pred).

    Raises:
        TypeError: If `loss` is neither.
        ValueError: If the loss compares classes, sequences or directions instead of numbers.

    Example:
        >>> loss = KerasLoss(keras.losses.MeanSquaredError())
        >>> float(loss.generator_loss(None, ops.zeros((4, 1))))
        1.0
    """

    needs_real = False

    def __init__(self, loss: Any) -> None:
        if not (isinstance(loss, keras.losses.Loss) or inspect.isfunction(loss)):
            raise wrong_type(
                "loss",
                received=f"{loss!r} of type {type(loss).__name__}",
                expected="a keras.losses.Loss object or a function of (y_true, y_pred)",
                fix="pass for example keras.losses.MeanSquaredError()",
            )
        name = computed_by(loss)
        if any(word in name for word in _NOT_OF_ONE_NUMBER):
            raise invalid(
                "loss",
                received=repr(name),
                expected="a loss that compares one number with its target",
                fix="pass 'mse' or 'binary_crossentropy'",
            )
        self.loss = loss
        from_logits = getattr(loss, "from_logits", None)
        # Keras' hinge losses convert the targets 1 and 0 to 1 and -1.
        self.threshold = 0.0 if from_logits or "hinge" in name else 0.5
        if from_logits:
            self.outputs = ("logits",)
        elif from_logits is False or takes_logarithms(loss):
            self.outputs = ("probabilities",)

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the sum of the real and the fake term."""
        return self._against(1.0, real_logits, sample_weight) + self._against(0.0, fake_logits)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the loss of the fake outputs against the real target."""
        return self._against(1.0, fake_logits, sample_weight)

    def _against(self, target: float, outputs: Any, sample_weight: Any = None) -> Any:
        targets = ops.full_like(outputs, target)
        if sample_weight is None:
            return ops.mean(self.loss(targets, outputs))
        # `Loss.call` does not reduce.
        losses = getattr(self.loss, "call", self.loss)(targets, outputs)
        return weighted_mean(losses, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"loss": keras.saving.serialize_keras_object(self.loss)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasLoss:
        """Creates a loss from the result of `get_config`."""
        return cls(keras.saving.deserialize_keras_object(config["loss"]))


def check_targets_matter(loss: Any, targets: tuple[float, ...]) -> None:
    """Checks that a loss depends on the outputs for each of the targets.

    Tutorials have losses such as `mean(target * output)`, made for the targets 1 and -1. For the
    target 0 they are constant, and the discriminator would never learn from generated samples.

    Raises:
        ValueError: If the loss is constant for one of the targets.
    """
    probes = [ops.convert_to_tensor(values) for values in (_LOW, _HIGH)]
    for target in targets:
        low, high = (float(ops.mean(loss(ops.full_like(probe, target), probe))) for probe in probes)
        if abs(low - high) < _CONSTANT:
            raise invalid(
                "loss",
                received=f"{computed_by(loss)!r}, which is the same for every output if the target "
                f"is {target:g}",
                expected="a loss for the targets 1 (real) and 0 (fake) that depends on the outputs",
                fix="pass loss='wasserstein' for mean(target * output), or loss='hinge'; both need "
                "no targets",
            )


def takes_logarithms(loss: Any) -> bool:
    """Returns whether a loss needs positive outputs: probabilities, not logits."""
    return not getattr(loss, "from_logits", False) and any(
        word in computed_by(loss) for word in _OF_POSITIVE_OUTPUTS
    )


def computed_by(loss: Any) -> str:
    """Returns the name of the function that a loss computes; users may change its `name`."""
    computes = getattr(loss, "fn", loss)
    return str(getattr(computes, "__name__", type(computes).__name__)).lower()
