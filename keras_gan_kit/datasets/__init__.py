"""Datasets that need no preparation for `fit`."""

from keras_gan_kit.datasets.digits import digits as digits
from keras_gan_kit.datasets.mnist import mnist as mnist
from keras_gan_kit.datasets.simulated_ecg_cohort import simulated_ecg_cohort as simulated_ecg_cohort
from keras_gan_kit.datasets.simulated_ecg_signals import (
    simulated_ecg_signals as simulated_ecg_signals,
)
from keras_gan_kit.datasets.simulated_fundus import simulated_fundus as simulated_fundus
