"""The PyTorch backend: Adam in one pass over the weights."""

from __future__ import annotations

import functools
from typing import Any

import keras
import torch
from keras import ops

from keras_gan_kit._keras import adam_slots

# Steps after which Adam corrects no bias: Keras puts the correction into the learning rate.
_MANY = 1e9


@functools.cache
def _kinds() -> tuple[type, ...]:
    """The classes that Keras makes on PyTorch; a subclass may compute anything."""
    return type(keras.optimizers.Adam()), type(keras.optimizers.AdamW())


def can_fuse(optimizer: Any, variables: list[Any]) -> bool:
    """Returns whether `fused_update` can take the place of the optimizer's own update."""
    return (
        type(optimizer) in _kinds()
        and not optimizer.amsgrad
        and bool(variables)
        and all(v.dtype == "float32" and _is_plain(v.value) for v in variables)
    )


def _is_plain(tensor: torch.Tensor) -> bool:
    return tensor.device.type in ("cpu", "cuda") and tensor.is_contiguous()


def fused_update(
    optimizer: Any, gradients: list[Any], variables: list[Any], learning_rate: Any
) -> None:
    """Updates weights as Keras' Adam does; Keras makes ten passes over them.

    w <- w - a m / (sqrt(v) + epsilon), with a = rate sqrt(1 - beta_2^t) / (1 - beta_1^t).
    """
    step = ops.cast(optimizer.iterations + 1, "float32")
    first = 1 - ops.power(ops.cast(optimizer.beta_1, "float32"), step)
    second = 1 - ops.power(ops.cast(optimizer.beta_2, "float32"), step)
    rate = ops.cast(learning_rate, "float32") * ops.sqrt(second) / first
    momentums, velocities = adam_slots(optimizer, variables)
    values = [variable.value for variable in variables]
    many = torch.full((), _MANY, device=values[0].device)
    torch._fused_adam_(
        values,
        [gradient.contiguous() for gradient in gradients],
        momentums,
        velocities,
        [],
        [many] * len(values),
        lr=rate,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        weight_decay=0.0,  # Keras has applied its own
        eps=optimizer.epsilon,
        amsgrad=False,
        maximize=False,
    )
