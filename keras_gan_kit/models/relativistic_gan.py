"""A GAN with the relativistic loss, two penalties and no normalization."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties import R1, R2


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class RelativisticGAN(GAN):
    """A `GAN` with the settings of a modern baseline (Huang et al. 2024, arXiv 2501.05441).

    It uses the relativistic pairing loss, the penalties R1 and R2, Adam without momentum, and a
    moving average of the generator. With the two penalties, training converges locally (section
    2.3 of the paper) without normalization layers. Build the networks with
    `networks.residual_generator` and `networks.residual_discriminator`. The defaults come from a
    search on images of 28x28 in batches of 32 (docs/quality.md).

    Args:
        generator: Maps latents of shape (batch, latent_dim) to samples.
        discriminator: Maps samples to one channel, without activation or BatchNormalization.
        ema_momentum: The momentum of the generator's moving average, in (0, 1); None for no
            average. The default has a half-life of 346 steps, or 11,000 images in batches of 32.
            In short runs, pass 0.99 or None: otherwise the average is still close to the
            initial weights.
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
            penalties: As in `GAN.compile`; None for `R1(1.0)` and `R2(1.0)`, which suit images of
                about 28x28. Larger images need more: the paper uses 2 for 64x64 and 150 for
                256x256.
            update: As in `GAN.compile`; None for "simultaneous", in which the players share passes,
                or "alternating" with several discriminator steps.
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
    # Momentum slows the reaction to the opponent (section 3.1 of the paper).
    return keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99)
