"""The PyTorch backend: updates in one pass over the weights, which wait for no device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import torch
from keras import ops

from keras_gan_kit._keras import slots

# Steps after which Adam corrects no bias: Keras puts the correction into the learning rate.
_MANY = 1e9


_FUSED: ContextVar[bool] = ContextVar("fused", default=True)


@contextmanager
def single_operations() -> Iterator[None]:
    """Returns a context in which Adam is written out, for Inductor, which fuses it by itself."""
    token = _FUSED.set(False)
    try:
        yield
    finally:
        _FUSED.reset(token)


def update_of(optimizer: Any, variables: list[Any]) -> Any:
    """Returns what takes the place of the optimizer's own update; None for nothing.

    Args:
        optimizer: A Keras optimizer.
        variables: The variables to update.
    """
    if not variables or not type(optimizer).__module__.startswith("keras."):
        return None  # a subclass may compute anything
    if isinstance(optimizer, keras.optimizers.SGD):
        return _sgd
    if isinstance(optimizer, keras.optimizers.Adam):  # and AdamW
        plain = not optimizer.amsgrad and all(map(_is_plain, variables))
        return _adam if plain and _FUSED.get() else None
    return None


def _is_plain(variable: Any) -> bool:
    tensor = variable.value
    known = variable.dtype == "float32" and tensor.device.type in ("cpu", "cuda")
    return known and bool(tensor.is_contiguous())


def _adam(optimizer: Any, gradients: list[Any], variables: list[Any], learning_rate: Any) -> None:
    """Updates weights as Keras' Adam does; Keras makes ten passes over them.

    w <- w - a m / (sqrt(v) + epsilon), with a = rate sqrt(1 - beta_2^t) / (1 - beta_1^t).
    """
    step = ops.cast(optimizer.iterations + 1, "float32")
    first = 1 - ops.power(ops.cast(optimizer.beta_1, "float32"), step)
    second = 1 - ops.power(ops.cast(optimizer.beta_2, "float32"), step)
    rate = ops.cast(learning_rate, "float32") * ops.sqrt(second) / first
    momentums, velocities = (slots(optimizer, n, variables) for n in ("_momentums", "_velocities"))
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


def _sgd(optimizer: Any, gradients: list[Any], variables: list[Any], learning_rate: Any) -> None:
    """Updates weights as Keras' SGD does, which takes the learning rate to the host.

    m <- momentum m - rate g, w <- w + m; with Nesterov's momentum, w <- w + momentum m - rate g.
    """
    values = [variable.value for variable in variables]
    steps = torch._foreach_mul(gradients, -ops.cast(learning_rate, variables[0].dtype))
    if optimizer.momentum:
        momentums = slots(optimizer, "momentums", variables)
        torch._foreach_mul_(momentums, optimizer.momentum)
        torch._foreach_add_(momentums, steps)
        if not optimizer.nesterov:
            steps = momentums
        else:
            torch._foreach_add_(steps, momentums, alpha=optimizer.momentum)
    torch._foreach_add_(values, steps)
