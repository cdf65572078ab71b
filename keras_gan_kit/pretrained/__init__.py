"""Provides trained models that come with the package."""

from keras_gan_kit.pretrained.digits import digits as digits
