"""The base class of adversarial losses."""

from __future__ import annotations

import abc
from typing import Any

from keras import ops

from keras_gan_kit._shows_arguments import ShowsArguments
from keras_gan_kit.losses._weights import weighted_share


class AdversarialLoss(ShowsArguments, abc.ABC):
    """Base class of losses: a function of the discriminator's outputs for each player.

    To add a loss, override `discriminator_loss` and `generator_loss`, set `threshold`, and
    register the class with `keras.saving.register_keras_serializable`. Store each constructor
    argument in an attribute of the same name and return it from `get_config`.

    Attributes:
        threshold: Outputs above it mean "real". `d_accuracy` in the logs is the share of outputs on
            the right side. None for losses without a threshold: `d_accuracy` is then the share of
            pairs in which the real sample has the higher output.
        outputs: The kinds of discriminator output that the loss accepts: any of "logits"
            (unbounded), "probabilities" (0 to 1) and "tanh" (-1 to 1).
        needs_real: Whether `generator_loss` uses `real_logits`. This takes an extra discriminator
            pass in the alternating generator step. If False, `real_logits` is None there.
        saturates: Whether the generator's gradient vanishes if the discriminator is always right.
            `callbacks.StabilityMonitor` then warns of it. Critics should be right.

    Example:
        >>> import keras
        >>> @keras.saving.register_keras_serializable(package="docs")
        ... class Quadratic(AdversarialLoss):
        ...     threshold = 0.0
        ...     def discriminator_loss(self, real_logits, fake_logits):
        ...         return keras.ops.mean((real_logits - 1) ** 2 + (fake_logits + 1) ** 2)
        ...     def generator_loss(self, real_logits, fake_logits):
        ...         return keras.ops.mean((fake_logits - 1) ** 2)
        >>> float(Quadratic().generator_loss(None, keras.ops.zeros((4, 1))))
        1.0
    """

    threshold: float | None = None
    outputs: tuple[str, ...] = ("logits", "probabilities", "tanh")
    needs_real: bool = True
    saturates: bool = True

    @abc.abstractmethod
    def discriminator_loss(
        self, real_logits: Any, fake_logits: Any, sample_weight: Any = None
    ) -> Any:
        """Returns the scalar that the discriminator minimizes.

        Args:
            real_logits: Float32 outputs for real samples, batch first, one channel last.
            fake_logits: The same for generated samples.
            sample_weight: Weights of the real samples, of shape (batch,), or None. A loss without
                this argument trains without weights only.
        """

    @abc.abstractmethod
    def generator_loss(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Returns the scalar that the generator minimizes.

        Args:
            real_logits: Float32 outputs for real samples; None unless `needs_real`.
            fake_logits: The same for generated samples.
            sample_weight: Weights of the real samples, if the loss needs them or if each generated
                sample belongs to a real one, as in `ImageToImageGAN`; otherwise None.
        """

    def accuracy(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Computes the share of outputs on the right side of the threshold.

        Without a threshold, it is the share of pairs (sample i of the real and of the fake batch)
        in which the real sample has the higher output. Real samples and pairs may have weights.
        """
        if self.threshold is None:
            higher = ops.cast(real_logits > fake_logits, "float32")
            return weighted_share(higher, sample_weight)
        real, fake = real_logits > self.threshold, fake_logits <= self.threshold
        share = weighted_share(ops.cast(real, "float32"), sample_weight)
        return 0.5 * (share + ops.mean(ops.cast(fake, "float32")))

    def mean_sign(self, real_logits: Any, fake_logits: Any, sample_weight: Any = None) -> Any:
        """Computes the overfitting heuristic r_t, in [-1, 1].

        It is E[sign(D(real) - threshold)] (Karras et al. 2020, arXiv 2006.06676, equation 1), or
        E[sign(D(real) - D(fake))] without a threshold.
        """
        reference = fake_logits if self.threshold is None else self.threshold
        return weighted_share(ops.sign(real_logits - reference), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialLoss:
        """Creates a loss from the result of `get_config`."""
        return cls(**config)
