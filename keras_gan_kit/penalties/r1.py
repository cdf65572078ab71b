"""The R1 penalty, on the gradient at real samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.penalties.penalty import Penalty, check_weight, slopes_at, squared_norms


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class R1(Penalty):
    """Penalizes the squared norm of the discriminator's gradient at real samples.

    Mescheder et al. 2018 (arXiv 1801.04406, equation 9):

        gamma / 2 * E[||grad D(real)||^2]

    Args:
        gamma: The weight, at least 0. Large images need a larger one: about 1 for 28x28 pixels,
            tens or more for large images (docs/choosing.md).

    Raises:
        TypeError: If `gamma` is not a number.
        ValueError: If `gamma` is negative or not finite.

    Example:
        >>> from keras import ops
        >>> slope_2 = lambda x: 2.0 * x
        >>> ones = ops.ones((8, 1))
        >>> float(R1(1.0)(slope_2, ones, ones))  # 1/2 * 2^2
        2.0
    """

    name = "r1"

    def __init__(self, gamma: float) -> None:
        self.gamma = check_weight("gamma", gamma)

    def __call__(
        self,
        discriminate: Callable[[Any], Any],
        real: Any,
        fake: Any,
        *,
        seed: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """Returns the weighted penalty, a float32 scalar."""
        slopes = slopes_at(discriminate, real)
        return 0.5 * self.gamma * weighted_mean(squared_norms(slopes), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"gamma": self.gamma}
