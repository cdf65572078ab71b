"""The Wasserstein GAN with gradient penalty."""

from __future__ import annotations

from typing import Any

import keras

from keras_gan_kit.models.gan import GAN
from keras_gan_kit.penalties import GradientPenalty


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class WGANGP(GAN):
    """A `GAN` with the settings of WGAN-GP (Gulrajani et al. 2017, arXiv 1704.00028, algorithm 1).

    It uses five critic steps per generator step, a gradient penalty of weight 10, and
    Adam(1e-4, beta_1=0, beta_2=0.9) for both players. The critic must not have
    BatchNormalization, which makes its gradient at a sample depend on the other samples.

    Args:
        generator: Maps latents of shape (batch, latent_dim) to samples.
        discriminator: The critic: maps samples to one channel, without activation.
        discriminator_steps: The number of critic updates per generator update.
        **options: The other options of `GAN`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If networks do not match, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> gan = WGANGP(
        ...     networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,)),
        ...     networks.dense_discriminator((8, 8, 1), units=(16,)),
        ... )
        >>> gan.compile()
        >>> gan.penalties
        (GradientPenalty(weight=10.0, target=1.0, one_sided=False),)
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        discriminator_steps: int = 5,
        **options: Any,
    ) -> None:
        super().__init__(
            generator, discriminator, discriminator_steps=discriminator_steps, **options
        )

    def compile(
        self,
        *,
        generator_optimizer: Any = None,
        discriminator_optimizer: Any = None,
        loss: Any = "wasserstein",
        penalties: Any = None,
        **options: Any,
    ) -> None:
        """Compiles with the defaults of WGAN-GP.

        Args:
            generator_optimizer: A Keras optimizer; None for Adam(1e-4, beta_1=0, beta_2=0.9).
            discriminator_optimizer: Another one.
            loss: As in `GAN.compile`.
            penalties: As in `GAN.compile`; None for `GradientPenalty(10.0)`.
            **options: The other options of `GAN.compile`.
        """
        super().compile(
            generator_optimizer=_adam() if generator_optimizer is None else generator_optimizer,
            discriminator_optimizer=(
                _adam() if discriminator_optimizer is None else discriminator_optimizer
            ),
            loss=loss,
            penalties=[GradientPenalty(10.0)] if penalties is None else penalties,
            **options,
        )


def _adam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
