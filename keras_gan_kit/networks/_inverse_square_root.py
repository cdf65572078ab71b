"""An activation to [-1, 1] that goes flat, and from which there is a way back."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")  # type: ignore[untyped-decorator]
def inverse_square_root(x: Any) -> Any:
    """Returns x / sqrt(1 + x^2), within [-1, 1].

    Carlile et al. 2017 (arXiv 1710.09967, equation 1, with alpha 1).
    It comes as near to its ends as 1 / (2 x^2): nearer than softsign, whose 1 / |x| leaves the
    latents visible in what should be black, and farther than tanh, whose gradient is soon zero.
    """
    return x * ops.rsqrt(1.0 + ops.square(x))
