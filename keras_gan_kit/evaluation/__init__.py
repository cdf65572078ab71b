"""How close synthetic samples are to real ones."""

from keras_gan_kit.evaluation.compare_tables import compare_tables as compare_tables
from keras_gan_kit.evaluation.frechet_distance import frechet_distance as frechet_distance
from keras_gan_kit.evaluation.privacy import privacy as privacy
from keras_gan_kit.evaluation.report import Report as Report
from keras_gan_kit.evaluation.utility import utility as utility
