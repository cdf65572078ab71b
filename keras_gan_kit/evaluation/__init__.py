"""How close synthetic samples are to real ones."""

from keras_gan_kit.evaluation.density_coverage import density_coverage as density_coverage
from keras_gan_kit.evaluation.frechet_distance import frechet_distance as frechet_distance
from keras_gan_kit.evaluation.inception_score import inception_score as inception_score
from keras_gan_kit.evaluation.kernel_distance import kernel_distance as kernel_distance
from keras_gan_kit.evaluation.precision_recall import precision_recall as precision_recall
