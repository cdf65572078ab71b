"""The gradient penalty of WGAN-GP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._arguments import true_or_false
from keras_gan_kit._backend import draw_for_batch
from keras_gan_kit.losses._weights import weighted_mean
from keras_gan_kit.penalties.penalty import (
    Penalty,
    as_inputs,
    check_weight,
    slopes_at,
    squared_norms,
)

# Makes the root differentiable at 0, and changes a norm by at most 1e-10.
_TINY = 1e-20


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class GradientPenalty(Penalty):
    """Penalizes the norm of the discriminator's gradient between real and fake samples.

    Gulrajani et al. 2017 (arXiv 1704.00028, equation 3):

        weight * E[(||grad D(epsilon real + (1 - epsilon) fake)|| - target)^2]

    epsilon is uniform in [0, 1]. Each sample has one epsilon, which all parts of a joint sample
    share. The norm is over all axes but the batch, and over all parts.

    Args:
        weight: The paper's lambda, at least 0.
        target: The target norm, at least 0.
        one_sided: Whether to penalize only norms above the target (Petzka et al. 2018, arXiv
            1709.08894, equation 8).

    Raises:
        TypeError: If `weight` or `target` is not a number, or `one_sided` not a bool.
        ValueError: If `weight` or `target` is negative or not finite.

    Example:
        >>> slope_2 = lambda x: 2.0 * x
        >>> zeros = ops.zeros((8, 1))
        >>> float(GradientPenalty(10.0)(slope_2, zeros, zeros, seed=0))  # 10 (2 - 1)^2
        10.0
    """

    name = "gradient_penalty"

    def __init__(self, weight: float = 10.0, target: float = 1.0, one_sided: bool = False) -> None:
        self.weight = check_weight("weight", weight)
        self.target = check_weight("target", target)
        self.one_sided = true_or_false("one_sided", one_sided)

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
        real, fake = as_inputs(real), as_inputs(fake)
        batch_size = ops.shape(tree.flatten(real)[0])[0]
        epsilon = draw_for_batch(lambda num: keras.random.uniform((num,), seed=seed), batch_size)

        def interpolate(a: Any, b: Any) -> Any:
            share = ops.reshape(epsilon, (-1,) + (1,) * (len(a.shape) - 1))
            return share * a + (1.0 - share) * b

        slopes = slopes_at(discriminate, tree.map_structure(interpolate, real, fake))
        excess = ops.sqrt(squared_norms(slopes) + _TINY) - self.target
        if self.one_sided:
            excess = ops.relu(excess)
        return self.weight * weighted_mean(ops.square(excess), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"weight": self.weight, "target": self.target, "one_sided": self.one_sided}
