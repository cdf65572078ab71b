"""Adaptive discriminator augmentation."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import invalid
from keras_gan_kit.callbacks._images_per_step import images_per_step
from keras_gan_kit.callbacks.periodic_callback import PeriodicCallback
from keras_gan_kit.models._gan_model import GANModel


class AdaptiveStrength(PeriodicCallback):
    """Increases augmentation while the discriminator overfits, and decreases it otherwise.

    Karras et al. 2020 (arXiv 2006.06676, section 3): every few steps, the `strength` of the model's
    augmenter rises or falls by a constant, with the sign of r - `target`, where

        r = E[sign(D(real) - threshold)]

    r is logged as `d_sign`. It is near 0 if the discriminator can't tell real from fake, and near 1
    if it has memorized the images. Create the augmenter with a strength of 0. For losses without a
    threshold ("relativistic", "wasserstein"), r is E[sign(D(real) - D(fake))] over the pairs of a
    batch.

    Args:
        target: The target value of r, in (-1, 1).
        images: The smallest number of real images in which the strength goes from 0 to 1.
        every: The number of steps between two changes. The paper uses 4. Each change waits for the
            device.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a number is out of range, or the model has no augmenter with a strength.

    Example:
        >>> AdaptiveStrength(images=100_000).target
        0.6
    """

    first_step = False

    def __init__(self, target: float = 0.6, *, images: int = 500_000, every: int = 16) -> None:
        super().__init__(every=every, unit="step")
        self.target = number(
            "target",
            target,
            lambda sign: -1.0 < sign < 1.0,
            expected="a number in (-1, 1)",
            fix="pass target=0.6, as Karras et al. do",
        )
        self.images = integer("images", images)

    def steps_remembered(self, steps_per_epoch: int | None) -> int:
        """Requests all steps between two changes from the step log."""
        return self.every

    def check(self, gan: GANModel) -> None:
        """Checks that the augmenter has a strength."""
        if not isinstance(getattr(gan.augmenter, "strength", None), keras.Variable):
            raise invalid(
                "callbacks",
                received=f"AdaptiveStrength, for a model with the augmenter {gan.augmenter!r}",
                expected="an augmenter with a strength",
                fix="pass augmenter=data.DifferentiableAugment(strength=0.0) to the model",
            )

    def on_event(self, name: str) -> None:
        """Changes the strength for the steps since the last change."""
        gan: GANModel = self.model
        log = gan.step_log
        # An execution may hold several periods. Nothing is remembered between events, so that a
        # resume is exact.
        steps = self.every * self._events
        _, rows = log.read(gan.steps_taken - steps)
        sign = float(np.mean(rows[:, log.names.index("d_sign")]))
        change = np.sign(sign - self.target) * steps * images_per_step(gan) / self.images
        strength = float(ops.convert_to_numpy(gan.augmenter.strength)) + change
        if np.isfinite(strength):
            gan.augmenter.strength.assign(min(max(strength, 0.0), 1.0))
