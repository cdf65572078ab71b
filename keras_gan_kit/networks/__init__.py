"""Builders of generators and discriminators. Each is a function that returns a `keras.Model`."""

from keras_gan_kit.networks.conditional_discriminator import (
    conditional_discriminator as conditional_discriminator,
)
from keras_gan_kit.networks.conditional_generator import (
    conditional_generator as conditional_generator,
)
from keras_gan_kit.networks.cycle_generator import cycle_generator as cycle_generator
from keras_gan_kit.networks.dcgan_discriminator import dcgan_discriminator as dcgan_discriminator
from keras_gan_kit.networks.dcgan_generator import dcgan_generator as dcgan_generator
from keras_gan_kit.networks.dense_discriminator import dense_discriminator as dense_discriminator
from keras_gan_kit.networks.dense_generator import dense_generator as dense_generator
from keras_gan_kit.networks.fastgan_generator import fastgan_generator as fastgan_generator
from keras_gan_kit.networks.joint_discriminator import joint_discriminator as joint_discriminator
from keras_gan_kit.networks.joint_generator import joint_generator as joint_generator
from keras_gan_kit.networks.joint_residual_discriminator import (
    joint_residual_discriminator as joint_residual_discriminator,
)
from keras_gan_kit.networks.joint_residual_generator import (
    joint_residual_generator as joint_residual_generator,
)
from keras_gan_kit.networks.patch_discriminator import patch_discriminator as patch_discriminator
from keras_gan_kit.networks.projected_discriminator import (
    projected_discriminator as projected_discriminator,
)
from keras_gan_kit.networks.residual_discriminator import (
    residual_discriminator as residual_discriminator,
)
from keras_gan_kit.networks.residual_generator import residual_generator as residual_generator
from keras_gan_kit.networks.signal_discriminator import signal_discriminator as signal_discriminator
from keras_gan_kit.networks.signal_generator import signal_generator as signal_generator
from keras_gan_kit.networks.spectral_normalization import (
    SpectralNormalization as SpectralNormalization,
)
from keras_gan_kit.networks.table_discriminator import table_discriminator as table_discriminator
from keras_gan_kit.networks.table_generator import table_generator as table_generator
from keras_gan_kit.networks.unet_generator import unet_generator as unet_generator
from keras_gan_kit.networks.vgan_discriminator import vgan_discriminator as vgan_discriminator
from keras_gan_kit.networks.volume_discriminator import volume_discriminator as volume_discriminator
from keras_gan_kit.networks.volume_generator import volume_generator as volume_generator
