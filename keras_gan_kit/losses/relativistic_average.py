"""The relativistic average loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit.losses._weights import weighted_mean, weighted_share
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class RelativisticAverage(AdversarialLoss):
    """The relativistic average loss, RaSGAN (Jolicoeur-Martineau 2018, arXiv 1807.00734).

    Each sample is compared with the mean output of the other batch, with f(t) = log(1 + e^-t)
    (section 4.2 of the paper):

        discriminator: E[f(D(real) - E[D(fake)])] + E[f(E[D(real)] - D(fake))]
        generator:     E[f(D(fake) - E[D(real)])] + E[f(E[D(fake)] - D(real))]

    `Relativistic` compares pairs of samples instead, which gave better results in Huang et al. 2024
    (arXiv 2501.05441). If several devices share a batch, each uses the means of its own share.

    Example:
        >>> same = ops.ones((4, 1))
        >>> round(float(RelativisticAverage().generator_loss(same, same)), 4)  # 2 log 2
        1.3863
    """

    outputs = ("logits",)
    needs_real = True

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the loss for real samples above the mean of fakes, and fakes below."""
        real_mean = weighted_share(real_logits, sample_weight)
        real = ops.softplus(ops.mean(fake_logits) - real_logits)
        fake = ops.softplus(fake_logits - real_mean)
        return weighted_mean(real, sample_weight) + ops.mean(fake)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the loss for fake samples above the mean of real ones, and real ones below."""
        real_mean = weighted_share(real_logits, sample_weight)
        real = ops.softplus(real_logits - ops.mean(fake_logits))
        fake = ops.softplus(real_mean - fake_logits)
        return weighted_mean(real, sample_weight) + ops.mean(fake)
