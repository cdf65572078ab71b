"""The non-saturating loss of the original GAN."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_gan_kit._arguments import number, true_or_false
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.losses.adversarial_loss import AdversarialLoss

# Keeps the logarithm of a probability finite; the value that Keras uses.
_EPSILON = 1e-7


def negative_log_likelihood(outputs: Any, *, from_logits: bool) -> Any:
    """Computes -log p(real), element by element, of logits or of probabilities."""
    if from_logits:
        return ops.softplus(-outputs)
    return -ops.log(ops.clip(outputs, _EPSILON, 1.0))


def negative_log_complement(outputs: Any, *, from_logits: bool) -> Any:
    """Computes -log(1 - p(real)), element by element, of logits or of probabilities."""
    if from_logits:
        return ops.softplus(outputs)
    return -ops.log(ops.clip(1.0 - outputs, _EPSILON, 1.0))


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class BinaryCrossentropy(AdversarialLoss):
    """The non-saturating loss (Goodfellow et al. 2014, arXiv 1406.2661, section 3).

    With p = D(x), or p = sigmoid(D(x)) for logits:

        discriminator: -E[(1 - s) log p(real) + s log(1 - p(real))] - E[log(1 - p(fake))]
        generator:     -E[log p(fake)]

    Args:
        label_smoothing: s in [0, 0.5): the target for real samples is 1 - s. The target for fake
            samples stays 0, because smoothing it would reinforce the generator's current mistakes
            (Salimans et al. 2016, arXiv 1606.03498, section 3.4).
        from_logits: True if the discriminator ends without an activation, False if in a sigmoid.

    Raises:
        TypeError: If `label_smoothing` is not a number, or `from_logits` not a bool.
        ValueError: If `label_smoothing` is outside [0, 0.5).

    Example:
        >>> loss = BinaryCrossentropy()
        >>> zero = ops.zeros((4, 1))
        >>> round(float(loss.discriminator_loss(zero, zero)), 4)  # 2 log 2
        1.3863
    """

    needs_real = False

    def __init__(self, label_smoothing: float = 0.0, from_logits: bool = True) -> None:
        self.label_smoothing = number(
            "label_smoothing",
            label_smoothing,
            lambda smoothing: 0.0 <= smoothing < 0.5,
            expected="a number in [0, 0.5)",
            fix="pass 0.1, the usual value, or 0 for none",
        )
        self.from_logits = true_or_false("from_logits", from_logits)
        self.threshold = 0.0 if from_logits else 0.5
        self.outputs = ("logits",) if from_logits else ("probabilities",)

    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the sum of the real and the fake term."""
        real = negative_log_likelihood(real_logits, from_logits=self.from_logits)
        if self.label_smoothing:
            wrong = negative_log_complement(real_logits, from_logits=self.from_logits)
            real = (1.0 - self.label_smoothing) * real + self.label_smoothing * wrong
        fake = negative_log_complement(fake_logits, from_logits=self.from_logits)
        return weighted_mean(real, sample_weight) + ops.mean(fake)

    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns -E[log p(fake)]."""
        losses = negative_log_likelihood(fake_logits, from_logits=self.from_logits)
        return weighted_mean(losses, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"label_smoothing": self.label_smoothing, "from_logits": self.from_logits}
