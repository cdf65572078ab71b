"""Adam with a variable beta_2."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class ScheduledAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) whose beta_2 `callbacks.Schedule` can change.

    In `keras.optimizers.Adam`, beta_2 is a Python number, which is a constant of the compiled
    step. Here it is a variable, saved with the moments.

    With a constant beta_2, the second moment is a weighted mean of squared gradients up to the
    factor 1 - beta_2^t, which Adam corrects. While beta_2 rises, the factor is 1 minus the product
    of all its values. The correction uses the current beta_2, as R3GAN does (Huang et al. 2024,
    arXiv 2501.05441), and is slightly too strong: early steps are shorter. With beta_2 from 0.9
    to 0.99 over at least 1,000 steps, no step is off by more than one percent.

    Args:
        learning_rate: As of `keras.optimizers.Adam`.
        beta_1: The decay of the mean gradient, in [0, 1).
        beta_2: The decay of the mean squared gradient at the beginning, in [0, 1).
        epsilon: Added to the root of the second moment.
        **options: The other arguments of `keras.optimizers.Adam`.

    Example:
        >>> float(ScheduledAdam(2e-4, beta_1=0.0, beta_2=0.5).beta_2.numpy())
        0.5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self._initial_beta_2 = float(beta_2)
        self.beta_2 = keras.Variable(
            self._initial_beta_2,
            trainable=False,
            dtype="float32",
            aggregation="only_first_replica",
            name="beta_2",
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; the current beta_2 is a saved variable."""
        return {**super().get_config(), "beta_2": self._initial_beta_2}
