"""Generative adversarial networks as ordinary Keras models.

Importing this package has no side effect: no seed, no logging, no device is touched.
"""

from keras_gan_kit import callbacks as callbacks
from keras_gan_kit import data as data
from keras_gan_kit import datasets as datasets
from keras_gan_kit import evaluation as evaluation
from keras_gan_kit import generation as generation
from keras_gan_kit import losses as losses
from keras_gan_kit import networks as networks
from keras_gan_kit import penalties as penalties
from keras_gan_kit.models import GAN as GAN
from keras_gan_kit.models import WGANGP as WGANGP
from keras_gan_kit.models import ConditionalGAN as ConditionalGAN
from keras_gan_kit.models import CycleGAN as CycleGAN
from keras_gan_kit.models import ImageToImageGAN as ImageToImageGAN
from keras_gan_kit.models import RelativisticGAN as RelativisticGAN
from keras_gan_kit.models import ScheduledAdam as ScheduledAdam

__version__ = "0.1.0"
