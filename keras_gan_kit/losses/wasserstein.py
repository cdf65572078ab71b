"""The Wasserstein loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class Wasserstein(AdversarialLoss):
    """The Wasserstein loss (Arjovsky et al. 2017, arXiv 1701.07875, equations 2 and 3).

        discriminator (critic): E[D(fake)] - E[D(real)]
        generator:              -E[D(fake)]

    It estimates a distance only if the critic is Lipschitz continuous: use it with
    `penalties.GradientPenalty`, as `WGANGP` does.

    Example:
        >>> float(Wasserstein().discriminator_loss(ops.ones((4, 1)), ops.zeros((4, 1))))
        -1.0
    """

    outputs = ("logits",)
    needs_real = False
    saturates = False

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the mean output for fake samples minus the mean output for real samples."""
        return ops.mean(fake_logits) - weighted_mean(real_logits, sample_weight)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the negative mean output for fake samples."""
        return -weighted_mean(fake_logits, sample_weight)
