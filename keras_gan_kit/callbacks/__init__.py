"""Callbacks for pictures, videos, histories, checkpoints, plots, scores, schedules and monitoring.

They work in any order in the list, with any number of steps per execution, together with the
callbacks of Keras, and in more than one `fit`.
"""

from keras_gan_kit.callbacks.adaptive_strength import AdaptiveStrength as AdaptiveStrength
from keras_gan_kit.callbacks.evaluate_samples import EvaluateSamples as EvaluateSamples
from keras_gan_kit.callbacks.loss_history import LossHistory as LossHistory
from keras_gan_kit.callbacks.loss_plot import LossPlot as LossPlot
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback as PeriodicCallback
from keras_gan_kit.callbacks.periodic_checkpoint import PeriodicCheckpoint as PeriodicCheckpoint
from keras_gan_kit.callbacks.sample_grid import SampleGrid as SampleGrid
from keras_gan_kit.callbacks.schedule import Schedule as Schedule
from keras_gan_kit.callbacks.stability_monitor import StabilityMonitor as StabilityMonitor
from keras_gan_kit.callbacks.training_video import TrainingVideo as TrainingVideo
