"""The customary PyTorch loop on pages and their rows, with the published networks."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from tasks import COLUMNS, Task, dcgan_arguments
from torch import nn

from .torch_dense import compiled, runner, step_of
from .torch_images import Generator, channels_first, make_discriminator

ROW_UNITS, JOINT_UNITS = (400, 200, 128, 64), 25


def prepare(task: Task, samples: Any) -> Callable[[int], None]:
    generator, discriminator = dcgan_arguments("pages-200")
    step = step_of(
        task,
        compiled(_Generator(task.image_size, **generator), task),
        compiled(_Discriminator(task.image_size, **discriminator), task),
    )
    return runner(step, channels_first([samples["image"], samples["table"]], task))


class _Generator(nn.Module):
    """One map, from which a page and a row are made."""

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__()
        layers = list(Generator(size, **options))
        self.base, self.image = nn.Sequential(*layers[:3]), nn.Sequential(*layers[3:])
        row: list[nn.Module] = []
        width = layers[0].out_features
        for units in ROW_UNITS:
            row += [nn.Linear(width, units), nn.BatchNorm1d(units), nn.LeakyReLU(0.3)]
            width = units
        self.row = nn.Sequential(*row, nn.Linear(width, COLUMNS), nn.Sigmoid())

    def forward(self, latents: torch.Tensor) -> list[torch.Tensor]:
        shared = self.base(latents)
        return [self.image(shared), self.row(shared)]


class _Discriminator(nn.Module):
    def __init__(self, size: int, **options: Any) -> None:
        super().__init__()
        *layers, last = make_discriminator(size, **options)
        self.image = nn.Sequential(*layers)
        row: list[nn.Module] = []
        width = COLUMNS
        for units in ROW_UNITS:
            row += [nn.Linear(width, units), nn.LeakyReLU(0.3)]
            width = units
        self.row = nn.Sequential(*row)
        together = nn.Linear(last.in_features + width, JOINT_UNITS)
        self.score = nn.Sequential(together, nn.LeakyReLU(0.3), nn.Linear(JOINT_UNITS, 1))

    def forward(self, samples: Sequence[torch.Tensor]) -> torch.Tensor:
        image, row = samples
        score: torch.Tensor = self.score(torch.cat([self.image(image), self.row(row)], dim=1))
        return score
