"""A separate loss for each player."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.losses._weights import weighted
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class PlayerLosses(AdversarialLoss):
    """Combines the discriminator loss of one adversarial loss with the generator loss of another.

    `compile(loss={"discriminator": ..., "generator": ...})` creates it.

    Args:
        discriminator: The `AdversarialLoss` whose `discriminator_loss` and threshold are used.
        generator: The `AdversarialLoss` whose `generator_loss` is used.

    Raises:
        TypeError: If one is not an `AdversarialLoss`.
        ValueError: If no kind of discriminator output suits both.

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
                received=f"a loss for {' or '.join(generator.outputs)}",
                expected=f"a loss for {' or '.join(discriminator.outputs)}",
                fix="choose losses that accept the same outputs",
            )

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the loss of `discriminator`."""
        loss = weighted(self.discriminator.discriminator_loss, sample_weight)
        return loss(real_logits, fake_logits)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the loss of `generator`."""
        loss = weighted(self.generator.generator_loss, sample_weight)
        return loss(real_logits, fake_logits)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "generator": keras.saving.serialize_keras_object(self.generator),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PlayerLosses:
        """Creates a loss from the result of `get_config`."""
        return cls(**{key: keras.saving.deserialize_keras_object(config[key]) for key in config})
