"""Penalties on the discriminator. To add your own, subclass `Penalty`."""

from keras_gan_kit.penalties.gradient_penalty import GradientPenalty as GradientPenalty
from keras_gan_kit.penalties.mismatch import Mismatch as Mismatch
from keras_gan_kit.penalties.penalty import Penalty as Penalty
from keras_gan_kit.penalties.r1 import R1 as R1
from keras_gan_kit.penalties.r2 import R2 as R2
