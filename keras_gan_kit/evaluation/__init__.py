"""How close synthetic samples are to real ones."""

from keras_gan_kit.evaluation.frechet_distance import frechet_distance as frechet_distance
from keras_gan_kit.evaluation.report import Report as Report
