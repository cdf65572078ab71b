"""V-GAN in PyTorch: a U-Net against a discriminator of patches."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from tasks import MASK_WEIGHT, UNET_DEPTH, UNET_FILTERS, Task
from torch import nn
from torch.nn.functional import binary_cross_entropy, max_pool2d

from .torch_dense import TrainStep, adam, against, compiled, runner
from .torch_images import channels_first


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    networks = (compiled(network, task) for network in (_UNet(), _Discriminator()))
    return runner(_step(*networks), channels_first([samples["image"], samples["mask"]], task))


def _double(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, step in ((inputs, stride), (outputs, 1)):
        layers += [
            nn.Conv2d(before, outputs, 3, step, padding=1),
            # PyTorch's momentum is the weight of the new batch: Keras' 0.99 is 0.01 here.
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


class _UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = [UNET_FILTERS * 2**level for level in range(UNET_DEPTH)]
        self.down = nn.ModuleList(map(_double, [3, *widths], widths))
        ups = [_double(low + high, low) for low, high in itertools.pairwise(widths)]
        self.up = nn.ModuleList(reversed(ups))
        self.larger = nn.Upsample(scale_factor=2)
        self.mask = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels: list[torch.Tensor] = []
        for level in self.down:
            x = level(max_pool2d(x, 2) if levels else x)
            levels.append(x)
        for level, skipped in zip(self.up, levels[-2::-1], strict=True):
            x = level(torch.cat([self.larger(x), skipped], dim=1))
        return torch.sigmoid(self.mask(x))


class _Discriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        first, second, third = (UNET_FILTERS * factor for factor in (1, 2, 4))
        self.scores = nn.Sequential(
            _double(4, first, stride=2),
            nn.MaxPool2d(2),
            _double(first, second),
            nn.MaxPool2d(2),
            _double(second, third),
            nn.Conv2d(third, 1, 1),
        )

    def forward(self, pair: Sequence[torch.Tensor]) -> torch.Tensor:
        scores: torch.Tensor = self.scores(torch.cat(list(pair), dim=1))
        return scores


def _step(unet: nn.Module, discriminator: nn.Module) -> TrainStep:
    unet_adam, discriminator_adam = adam(unet), adam(discriminator)

    def train_step(pair: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        image, mask = pair
        with torch.no_grad():
            fake = unet(image)
        discriminator_adam.zero_grad()
        d_loss = against(discriminator([image, mask]), 1.0)
        d_loss = d_loss + against(discriminator([image, fake]), 0.0)
        d_loss.backward()
        discriminator_adam.step()

        unet_adam.zero_grad()
        fake = unet(image)
        g_loss = against(discriminator([image, fake]), 1.0)
        g_loss = g_loss + MASK_WEIGHT * binary_cross_entropy(fake, mask)
        g_loss.backward()
        unet_adam.step()
        return d_loss.detach(), g_loss.detach()

    return train_step
