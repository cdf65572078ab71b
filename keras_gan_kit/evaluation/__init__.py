"""Reports and metrics that compare synthetic samples with real ones."""

from keras_gan_kit.evaluation.cohorts.compare_cohorts import compare_cohorts as compare_cohorts
from keras_gan_kit.evaluation.features.density_coverage import density_coverage as density_coverage
from keras_gan_kit.evaluation.features.extract_features import extract_features as extract_features
from keras_gan_kit.evaluation.features.features import Features as Features
from keras_gan_kit.evaluation.features.frechet_distance import frechet_distance as frechet_distance
from keras_gan_kit.evaluation.features.frechet_distance_metric import (
    FrechetDistance as FrechetDistance,
)
from keras_gan_kit.evaluation.features.inception_score import inception_score as inception_score
from keras_gan_kit.evaluation.features.kernel_distance import kernel_distance as kernel_distance
from keras_gan_kit.evaluation.features.kernel_distance_metric import (
    KernelDistance as KernelDistance,
)
from keras_gan_kit.evaluation.features.precision_recall import precision_recall as precision_recall
from keras_gan_kit.evaluation.features.sliced_wasserstein_distance import (
    sliced_wasserstein_distance as sliced_wasserstein_distance,
)
from keras_gan_kit.evaluation.images.compare_images import compare_images as compare_images
from keras_gan_kit.evaluation.images.ms_ssim import ms_ssim as ms_ssim
from keras_gan_kit.evaluation.images.ssim import ssim as ssim
from keras_gan_kit.evaluation.images.ssim_diversity import ssim_diversity as ssim_diversity
from keras_gan_kit.evaluation.privacy.privacy import privacy as privacy
from keras_gan_kit.evaluation.report.report import Report as Report
from keras_gan_kit.evaluation.segmentation.dice import Dice as Dice
from keras_gan_kit.evaluation.segmentation.segmentation_report import (
    segmentation_report as segmentation_report,
)
from keras_gan_kit.evaluation.tables.compare_tables import compare_tables as compare_tables
from keras_gan_kit.evaluation.utility.utility import utility as utility
