"""Takes over networks that were replaced by assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_gan_kit._keras import forget_layer, use_own_seed
from keras_gan_kit.models._check_networks import check_augmenter
from keras_gan_kit.models._copied_network import frozen_copy
from keras_gan_kit.models._inspection import layers_of

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def take_networks(gan: GANModel) -> None:
    """Takes over networks that were replaced since the model was made, or last compiled.

    Raises:
        TypeError: If one is not a network.
        ValueError: If they do not match.
    """
    before, now = gan.progress.networks, gan.networks
    if all(old is new for old, new in zip(before, now, strict=True)):
        return
    latent_dim = gan.check_networks(gan.generator, gan.discriminator)
    check_augmenter(gan.augmenter, gan.generator)
    gan.latent_dim = latent_dim
    for layer in (layer for network in now for layer in layers_of(network)):
        use_own_seed(layer)
    for old in before:
        if old is not None and all(old is not new for new in now):
            forget_layer(gan, old)
    if gan.ema_generator is not None and before[0] is not gan.generator:
        forget_layer(gan, gan.ema_generator)
        gan.ema_generator = frozen_copy(gan.generator)
    gan.progress.networks = now
