"""The customary PyTorch loop on the networks of a DCGAN, in PyTorch's own layout of images."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from tasks import LATENT_DIM, Task, dcgan_arguments
from torch import nn

from .torch_dense import batches_of, compiled, runner, step_of


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    return runner(step_of(task, *networks_of(task)), channels_first([images], task))


def networks_of(task: Task) -> tuple[nn.Module, nn.Module]:
    size = task.image_size
    generator, discriminator = dcgan_arguments(task.workload)
    return (
        compiled(Generator(size, **generator), task),
        compiled(make_discriminator(size, **discriminator), task),
    )


def channels_first(arrays: Sequence[np.ndarray], task: Task) -> Iterator[Any]:
    """Batches of images in PyTorch's layout, and of rows as they are."""
    moved = [np.moveaxis(a, -1, 1).copy() if a.ndim == 4 else a for a in arrays]
    return batches_of(moved, task.batch_size)


class Generator(nn.Sequential):
    def __init__(
        self,
        size: int,
        *,
        filters: tuple[int, ...],
        kernels: int | tuple[int, ...],
        strides: tuple[int, ...],
    ) -> None:
        base = size // int(np.prod(strides))
        width = filters[0] * base * base
        layers: list[nn.Module] = [
            nn.Linear(LATENT_DIM, width, bias=False),
            nn.BatchNorm1d(width),
            nn.LeakyReLU(0.3),
            nn.Unflatten(1, (filters[0], base, base)),
        ]
        outputs = (*filters[1:], 1)
        for inputs, out, kernel, stride in zip(
            filters, outputs, _each(kernels, filters), strides, strict=True
        ):
            # The padding that multiplies the size by the stride, as Keras' "same" does.
            layers.append(
                nn.ConvTranspose2d(
                    inputs,
                    out,
                    kernel,
                    stride,
                    padding=(kernel - stride + 1) // 2,
                    output_padding=(kernel - stride) % 2,
                    bias=False,
                )
            )
            layers += [nn.Tanh()] if out == 1 else [nn.BatchNorm2d(out), nn.LeakyReLU(0.3)]
        super().__init__(*layers)


def make_discriminator(
    size: int,
    *,
    filters: tuple[int, ...],
    kernels: int | tuple[int, ...],
    strides: tuple[int, ...],
) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 1
    for width, kernel, stride in zip(filters, _each(kernels, filters), strides, strict=True):
        layers.append(nn.Conv2d(inputs, width, kernel, stride, padding=kernel // 2))
        layers += [nn.LeakyReLU(0.3), nn.Dropout(0.3)]
        inputs = width
        size = -(-size // stride)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(size * size * inputs, 1))


def _each(value: int | tuple[int, ...], filters: tuple[int, ...]) -> tuple[int, ...]:
    return (value,) * len(filters) if isinstance(value, int) else value
