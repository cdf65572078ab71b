"""The models: `GAN` and its variants."""

from keras_gan_kit.models.conditional_gan import ConditionalGAN as ConditionalGAN
from keras_gan_kit.models.cycle_gan import CycleGAN as CycleGAN
from keras_gan_kit.models.gan import GAN as GAN
from keras_gan_kit.models.image_to_image_gan import ImageToImageGAN as ImageToImageGAN
from keras_gan_kit.models.relativistic_gan import RelativisticGAN as RelativisticGAN
from keras_gan_kit.models.scheduled_adam import ScheduledAdam as ScheduledAdam
from keras_gan_kit.models.wgan_gp import WGANGP as WGANGP
