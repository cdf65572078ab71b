"""Adversarial losses. To add your own, subclass `AdversarialLoss`.

The loss of a discriminator is the sum of a term for real samples and a term for generated ones.
"""

from keras_gan_kit.losses.adversarial_loss import AdversarialLoss as AdversarialLoss
from keras_gan_kit.losses.binary_crossentropy import BinaryCrossentropy as BinaryCrossentropy
from keras_gan_kit.losses.get import get as get
from keras_gan_kit.losses.hinge import Hinge as Hinge
from keras_gan_kit.losses.keras_loss import KerasLoss as KerasLoss
from keras_gan_kit.losses.least_squares import LeastSquares as LeastSquares
from keras_gan_kit.losses.minimax import Minimax as Minimax
from keras_gan_kit.losses.player_losses import PlayerLosses as PlayerLosses
from keras_gan_kit.losses.relativistic import Relativistic as Relativistic
from keras_gan_kit.losses.relativistic_average import RelativisticAverage as RelativisticAverage
from keras_gan_kit.losses.wasserstein import Wasserstein as Wasserstein
