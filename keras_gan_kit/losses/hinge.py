"""The hinge loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Hinge(AdversarialLoss):
    """The hinge loss (Lim and Ye 2017, arXiv 1705.02894).

    As in Miyato et al. 2018 (arXiv 1802.05957, equations 16 and 17):

        discriminator: E[max(0, 1 - D(real))] + E[max(0, 1 + D(fake))]
        generator:     -E[D(fake)]

    Example:
        >>> loss = Hinge()
        >>> zero = ops.zeros((4, 1))
        >>> float(loss.discriminator_loss(zero, zero))
        2.0
    """

    threshold = 0.0
    outputs = ("logits",)
    needs_real = False

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the sum of the real and the fake term."""
        real = weighted_mean(ops.relu(1.0 - real_logits), sample_weight)
        return real + ops.mean(ops.relu(1.0 + fake_logits))

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the negative mean output for fake samples."""
        return -weighted_mean(fake_logits, sample_weight)
