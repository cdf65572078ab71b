"""A bounded activation whose gradient decays slowly."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan_kit")  # type: ignore[untyped-decorator]
def inverse_square_root(x: Any) -> Any:
    """Returns x / sqrt(1 + x^2), within [-1, 1].

    Carlile et al. 2017 (arXiv 1710.09967, equation 1, with alpha 1).
    For large |x|, its distance from the limits is 1 / (2 x^2). That of softsign, 1 / |x|, is so
    large that latents show in black areas; that of tanh is so small that its gradient vanishes.
    """
    return x * ops.rsqrt(1.0 + ops.square(x))
