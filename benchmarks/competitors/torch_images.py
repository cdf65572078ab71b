"""The customary PyTorch loop on the published networks for pages, in PyTorch's own layout."""

from collections.abc import Callable

import numpy as np
import torch
from tasks import ALTERNATING, LATENT_DIM, PAGES, WORKLOADS, Task
from torch import nn

from .torch_eager import _alternating_step, _batches, _simultaneous_step


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    size = WORKLOADS[task.workload].image_size
    generator = _Generator(size, **PAGES[size][0]).to(device)
    discriminator = _discriminator(size, **PAGES[size][1]).to(device)
    make_step = _alternating_step if task.update == ALTERNATING else _simultaneous_step
    train_step = make_step(generator, discriminator, device)
    batches = _batches(images.transpose(0, 3, 1, 2).copy(), task.batch_size)

    def run(steps: int) -> None:
        for _ in range(steps):
            losses = train_step(next(batches).to(device))
        [loss.item() for loss in losses]  # Wait for the last step.

    return run


class _Generator(nn.Sequential):
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


def _discriminator(
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
    last = size // int(np.prod(strides))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(last * last * inputs, 1))


def _each(value: int | tuple[int, ...], filters: tuple[int, ...]) -> tuple[int, ...]:
    return (value,) * len(filters) if isinstance(value, int) else value
