"""Generative adversarial networks as ordinary Keras models.

Importing this package has no side effects on seeds, logging or devices.
"""

from keras_gan_kit import (
    _installed as _installed,  # first, because all others import Keras
    callbacks as callbacks,
    data as data,
    datasets as datasets,
    evaluation as evaluation,
    explore as explore,
    generation as generation,
    hub as hub,
    losses as losses,
    networks as networks,
    penalties as penalties,
    pretrained as pretrained,
)
from keras_gan_kit.models import (
    GAN as GAN,
    WGANGP as WGANGP,
    ConditionalGAN as ConditionalGAN,
    CycleGAN as CycleGAN,
    ImageToImageGAN as ImageToImageGAN,
    RelativisticGAN as RelativisticGAN,
    ScheduledAdam as ScheduledAdam,
)

__version__ = "0.1.0"
