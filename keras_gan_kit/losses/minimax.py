"""The saturating minimax loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit._arguments import true_or_false
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss
from keras_gan_kit.losses.binary_crossentropy import (
    negative_log_complement,
    negative_log_likelihood,
)


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Minimax(AdversarialLoss):
    """The minimax loss (Goodfellow et al. 2014, arXiv 1406.2661, equation 1).

        discriminator: -E[log p(real)] - E[log(1 - p(fake))]
        generator:      E[log(1 - p(fake))]

    The generator's gradient vanishes if the discriminator is certain. `BinaryCrossentropy` is the
    usual choice for training.

    Args:
        from_logits: True if the discriminator ends without an activation, False if in a sigmoid.

    Raises:
        TypeError: If `from_logits` is not a bool.

    Example:
        >>> round(float(Minimax().generator_loss(None, ops.zeros((4, 1)))), 4)  # -log 2
        -0.6931
    """

    needs_real = False

    def __init__(self, from_logits: bool = True) -> None:
        self.from_logits = true_or_false("from_logits", from_logits)
        self.threshold = 0.0 if from_logits else 0.5
        self.outputs = ("logits",) if from_logits else ("probabilities",)

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the sum of the real and the fake term."""
        real = negative_log_likelihood(real_logits, from_logits=self.from_logits)
        fake = negative_log_complement(fake_logits, from_logits=self.from_logits)
        return weighted_mean(real, sample_weight) + ops.mean(fake)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns E[log(1 - p(fake))]."""
        losses = negative_log_complement(fake_logits, from_logits=self.from_logits)
        return -weighted_mean(losses, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"from_logits": self.from_logits}
