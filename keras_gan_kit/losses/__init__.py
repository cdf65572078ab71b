"""What the two players minimise. One file for each loss; `AdversarialLoss` says how to add one.

A discriminator's loss is the sum of its term for real and its term for fake samples.
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
from keras_gan_kit.losses.wasserstein import Wasserstein as Wasserstein
