"""A different loss for each player."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class PlayerLosses(AdversarialLoss):
    """Takes the discriminator's loss from one adversarial loss and the generator's from another.

    `compile(loss={"discriminator": ..., "generator": ...})` makes one.

    Args:
        discriminator: The `AdversarialLoss` whose `discriminator_loss` and threshold are used.
        generator: The `AdversarialLoss` whose `generator_loss` is used.

    Raises:
        TypeError: If one is not an `AdversarialLoss`.
        ValueError: If no discriminator's output suits both.

    Example:
        >>> from keras_gan_kit.losses import Hinge, LeastSquares
        >>> loss = PlayerLosses(Hinge(), LeastSquares())
        >>> float(loss.generator_loss(None, keras.ops.zeros((4, 1))))
        0.5
    """

    def __init__(self, discriminator: AdversarialLoss, generator: AdversarialLoss) -> None:
        for argument, loss in (("discriminator", discriminator), ("generator", generator)):
            if not isinstance(loss, AdversarialLoss):
                raise wrong_type(
                    argument,
                    received=f"{loss!r} of type {type(loss).__name__}",
                    expected="an AdversarialLoss",
                    fix="pass for example losses.Hinge()",
                )
        self.discriminator = discriminator
        self.generator = generator
        self.threshold = discriminator.threshold
        self.needs_real = generator.needs_real
        self.saturates = generator.saturates
        self.outputs = tuple(
            output for output in discriminator.outputs if output in generator.outputs
        )
        if not self.outputs:
            raise invalid(
                "generator",
                received=f"a loss of {' or '.join(generator.outputs)}",
                expected=f"one of {' or '.join(discriminator.outputs)}, as the discriminator's",
                fix="choose losses that take the same outputs",
            )

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the discriminator's own loss."""
        return self.discriminator.discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the generator's own loss."""
        return self.generator.generator_loss(real_logits, fake_logits)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "generator": keras.saving.serialize_keras_object(self.generator),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PlayerLosses:
        """Makes the loss that `get_config` described."""
        return cls(**{key: keras.saving.deserialize_keras_object(config[key]) for key in config})
