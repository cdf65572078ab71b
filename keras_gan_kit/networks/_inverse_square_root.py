"""A bounded activation whose gradient decays slowly."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")  # type: ignore[untyped-decorator]
def inverse_square_root(x: Any) -> Any:
    """Returns x / sqrt(1 + x^2), within [-1, 1].

    Carlile et al. 2017 (arXiv 1710.09967, equation 1, with alpha 1).
    For large |x| it is 1 / (2 x^2) away from its limits. Softsign is 1 / |x| away, so that plain
    black areas still show the latents; tanh is so close that its gradient vanishes.
    """
    return x * ops.rsqrt(1.0 + ops.square(x))
