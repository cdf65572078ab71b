"""The base of every adversarial loss."""

from __future__ import annotations

import abc
from typing import Any

from keras import ops

from keras_gan_kit._shows_arguments import ShowsArguments


class AdversarialLoss(ShowsArguments, abc.ABC):
    """What each player minimises, as a function of the discriminator's outputs.

    To add a loss, override `discriminator_loss` and `generator_loss`, set `threshold`, and
    register the class with `keras.saving.register_keras_serializable`. Constructor arguments
    must be attributes of the same name and appear in `get_config`.

    Attributes:
        threshold: Outputs above it mean "real", others "fake"; the accuracy that training logs
            counts the outputs on the right side. None where the loss has no such
            point: then the accuracy counts the pairs of a real and a fake sample ranked right.
        outputs: Which outputs of a discriminator the loss can take: any of "logits" (no bounds),
            "probabilities" (0 to 1) and "tanh" (-1 to 1).
        needs_real: Whether `generator_loss` looks at `real_logits`. It costs a discriminator
            pass in the alternating generator step; where it is False, None is passed instead.
        saturates: Whether the generator learns little from a discriminator that is always right,
            which `callbacks.StabilityMonitor` looks for then. A critic ought to be right.

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
    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the scalar that the discriminator minimises.

        Args:
            real_logits: Float32 outputs for real samples, batch first, one channel last.
            fake_logits: The same for generated samples.
        """

    @abc.abstractmethod
    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the scalar that the generator minimises.

        Args:
            real_logits: Float32 outputs for real samples; None unless `needs_real`.
            fake_logits: The same for generated samples.
        """

    def accuracy(self, real_logits: Any, fake_logits: Any) -> Any:
        """Computes the share of outputs on the right side of the threshold.

        Without a threshold it is the share of pairs of a real and a fake sample, paired by their
        place in the batch, that are ranked right.
        """
        if self.threshold is None:
            return ops.mean(ops.cast(real_logits > fake_logits, "float32"))
        real, fake = real_logits > self.threshold, fake_logits <= self.threshold
        return 0.5 * (ops.mean(ops.cast(real, "float32")) + ops.mean(ops.cast(fake, "float32")))

    def mean_sign(self, real_logits: Any, fake_logits: Any) -> Any:
        """Computes how sure the discriminator is of real samples, in [-1, 1].

        It is E[sign(D(real) - threshold)], the overfitting heuristic r_t of Karras et al. 2020
        (arXiv 2006.06676, equation 1). Without a threshold the fake sample at the same place takes
        its part: E[sign(D(real) - D(fake))].
        """
        reference = fake_logits if self.threshold is None else self.threshold
        return ops.mean(ops.sign(real_logits - reference))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialLoss:
        """Makes the loss that `get_config` described."""
        return cls(**config)
