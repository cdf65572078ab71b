"""How close synthetic samples are to real ones."""

from keras_gan_kit.evaluation.frechet_distance import frechet_distance as frechet_distance
from keras_gan_kit.evaluation.report import Report as Report
from keras_gan_kit.evaluation.dice import Dice as Dice
from keras_gan_kit.evaluation.segmentation_report import segmentation_report as segmentation_report
