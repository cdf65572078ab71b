"""Any Keras loss as an adversarial loss."""

from __future__ import annotations

import inspect
from typing import Any

import keras
from keras import ops

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss

# Their targets are classes, sequences or directions, not the 1 and 0 of one channel.
_NOT_OF_ONE_NUMBER = ("categorical", "ctc", "cosine")
# These take a logarithm of the output: on logits they are NaN.
_OF_POSITIVE_OUTPUTS = ("poisson", "kl_divergence", "logarithmic", "crossentropy")


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class KerasLoss(AdversarialLoss):
    """A Keras loss against the targets 1 (real) and 0 (fake).

        discriminator: loss(1, D(real)) + loss(0, D(fake))
        generator:     loss(1, D(fake))

    `compile(loss=...)` makes one from a Keras loss or its name; there is rarely a need to make it
    by hand.

    Args:
        loss: A `keras.losses.Loss` or a function of (y_true, y_pred).

    Raises:
        TypeError: If `loss` is neither.
        ValueError: If its targets are classes, sequences or directions.

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
        # Keras' hinge losses take the targets 1 and 0 for 1 and -1.
        self.threshold = 0.0 if from_logits or "hinge" in name else 0.5
        if from_logits:
            self.outputs = ("logits",)
        elif from_logits is False or takes_logarithms(loss):
            self.outputs = ("probabilities",)

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the sum of the real and the fake term."""
        return self._against(1.0, real_logits) + self._against(0.0, fake_logits)

    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the loss of the fake outputs against the real target."""
        return self._against(1.0, fake_logits)

    def _against(self, target: float, outputs: Any) -> Any:
        return ops.mean(self.loss(ops.full_like(outputs, target), outputs))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"loss": keras.saving.serialize_keras_object(self.loss)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasLoss:
        """Makes the loss that `get_config` described."""
        return cls(keras.saving.deserialize_keras_object(config["loss"]))


def takes_logarithms(loss: Any) -> bool:
    """Tells whether a loss needs outputs above 0: probabilities, not logits."""
    return not getattr(loss, "from_logits", False) and any(
        word in computed_by(loss) for word in _OF_POSITIVE_OUTPUTS
    )


def computed_by(loss: Any) -> str:
    """Finds the name of what a loss computes; its `name` is the user's."""
    computes = getattr(loss, "fn", loss)
    return str(getattr(computes, "__name__", type(computes).__name__)).lower()
