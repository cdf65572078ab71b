"""The modern recipe: relativistic loss, two penalties, no normalisation."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties import R1, R2


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class RelativisticGAN(GAN):
    """A `GAN` with the settings of a modern baseline (Huang et al. 2024, arXiv 2501.05441).

    The relativistic pairing loss, the penalties R1 and R2, Adam without momentum, and samples from
    a moving average of the generator. Under the two penalties training converges locally
    (section 2.3 there), without normalisation layers: build the networks with
    `networks.residual_generator` and `networks.residual_discriminator`. The numbers were found by
    a search on images of 28x28 in batches of 32 (docs/quality.md).

    Args:
        generator: Maps latents of shape (batch, latent_dim) to samples.
        discriminator: Maps samples to one channel, without activation or BatchNormalization.
        ema_momentum: Of the moving average of the generator, in (0, 1); None for none. The default
            halves a weight's share in 346 steps: 11,000 images in batches of 32. Samples of the
            first steps are still those of a new generator: for short runs pass 0.99, or None.
        **options: The other options of `GAN`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> gan = RelativisticGAN(
        ...     networks.residual_generator((8, 8, 1), latent_dim=4, filters=(8, 4)),
        ...     networks.residual_discriminator((8, 8, 1), filters=(4, 8)),
        ... )
        >>> gan.compile()
        >>> gan.penalties
        (R1(gamma=1.0), R2(gamma=1.0))
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        ema_momentum: float | None = 0.998,
        **options: Any,
    ) -> None:
        super().__init__(generator, discriminator, ema_momentum=ema_momentum, **options)

    def compile(
        self,
        *,
        generator_optimizer: Any = None,
        discriminator_optimizer: Any = None,
        loss: Any = "relativistic",
        penalties: Any = None,
        update: str | None = None,
        **options: Any,
    ) -> None:
        """Compiles with the defaults of the recipe.

        Args:
            generator_optimizer: A Keras optimizer; None for Adam(5e-4, beta_1=0, beta_2=0.99).
            discriminator_optimizer: Another one.
            loss: As in `GAN.compile`.
            penalties: As in `GAN.compile`; None for `R1(1.0)` and `R2(1.0)`, for images of about
                28x28. Larger images want more: the paper has 2 for 64x64, 150 for 256x256.
            update: As in `GAN.compile`; None for "simultaneous", which shares the passes that the
                players have in common, or "alternating" with several discriminator steps.
            **options: The other options of `GAN.compile`.
        """
        if update is None:
            update = "simultaneous" if self.discriminator_steps == 1 else "alternating"
        super().compile(
            generator_optimizer=_adam() if generator_optimizer is None else generator_optimizer,
            discriminator_optimizer=(
                _adam() if discriminator_optimizer is None else discriminator_optimizer
            ),
            loss=loss,
            penalties=[R1(1.0), R2(1.0)] if penalties is None else penalties,
            update=update,
            **options,
        )


def _adam() -> keras.optimizers.Optimizer:
    # Momentum only slows what the opponent does next (section 3.1 there).
    return keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99)
