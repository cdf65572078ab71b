"""The least-squares loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class LeastSquares(AdversarialLoss):
    """The least-squares loss (Mao et al. 2017, arXiv 1611.04076, equation 9: targets 0 and 1).

        discriminator: 1/2 E[(D(real) - 1)^2] + 1/2 E[D(fake)^2]
        generator:     1/2 E[(D(fake) - 1)^2]

    Keras' `"mse"` is the same without the factor 1/2.

    Example:
        >>> loss = LeastSquares()
        >>> float(loss.generator_loss(None, ops.zeros((4, 1))))
        0.5
    """

    threshold = 0.5
    needs_real = False

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the sum of the real and the fake term."""
        real = weighted_mean(ops.square(real_logits - 1.0), sample_weight)
        return 0.5 * (real + ops.mean(ops.square(fake_logits)))

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the squared distance of the fake outputs from 1, halved."""
        return 0.5 * weighted_mean(ops.square(fake_logits - 1.0), sample_weight)
