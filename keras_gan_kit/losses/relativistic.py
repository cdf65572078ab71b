"""The relativistic pairing loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Relativistic(AdversarialLoss):
    """The relativistic pairing loss (Jolicoeur-Martineau 2018, arXiv 1807.00734).

    Sample i of the real batch is paired with sample i of the fake batch, f(t) = log(1 + e^-t):

        discriminator: E[f(D(real) - D(fake))]
        generator:     E[f(D(fake) - D(real))]

    Together with R1 and R2, Huang et al. 2024 (arXiv 2501.05441, equation 2) use it for their
    modern baseline.

    Example:
        >>> same = ops.ones((4, 1))
        >>> round(float(Relativistic().generator_loss(same, same)), 4)  # log 2
        0.6931
    """

    outputs = ("logits",)
    needs_real = True

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the loss for ranking the real sample of each pair higher."""
        return weighted_mean(ops.softplus(fake_logits - real_logits), sample_weight)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the loss for ranking the fake sample of each pair higher."""
        return weighted_mean(ops.softplus(real_logits - fake_logits), sample_weight)
