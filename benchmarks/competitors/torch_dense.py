"""The customary PyTorch loop: eager modules, fused Adam, a `DataLoader`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from tasks import ALTERNATING, LATENT_DIM, Task
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
TrainStep = Callable[[Any], tuple[torch.Tensor, torch.Tensor]]


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    generator, discriminator = compiled(_generator(), task), compiled(_discriminator(), task)
    return runner(step_of(task, generator, discriminator), batches_of([images], task.batch_size))


def step_of(task: Task, generator: nn.Module, discriminator: nn.Module) -> TrainStep:
    make_step = alternating_step if task.update == ALTERNATING else simultaneous_step
    return make_step(generator, discriminator, task.batch_size)


def compiled(network: nn.Module, task: Task) -> nn.Module:
    """The network on its device, and compiled if the task says so."""
    network = network.to(DEVICE)
    if task.jit_compile is not True:
        return network
    made: nn.Module = torch.compile(network)
    return made


def runner(train_step: TrainStep, batches: Iterator[Any]) -> Callable[[int], None]:
    def run(steps: int) -> None:
        for _ in range(steps):
            losses = train_step(next(batches))
        [loss.item() for loss in losses]  # Wait for the last step.

    return run


def batches_of(arrays: Sequence[np.ndarray], batch_size: int) -> Iterator[Any]:
    """Batches of all arrays, or of the only one."""
    dataset = TensorDataset(*map(torch.from_numpy, arrays))
    # One indexing operation per batch. The default collates image by image, which costs more.
    sampler = BatchSampler(RandomSampler(dataset), batch_size, drop_last=True)
    loader = DataLoader(dataset, sampler=sampler, batch_size=None)
    while True:
        for batch in loader:
            parts = [part.to(DEVICE) for part in batch]
            yield parts if len(parts) > 1 else parts[0]


def _generator() -> nn.Sequential:
    layers: list[nn.Module] = []
    width = LATENT_DIM
    for units in (256, 512, 1024):
        # PyTorch's momentum is the weight of the new batch: Keras' 0.8 is 0.2 here.
        norm = nn.BatchNorm1d(units, eps=1e-3, momentum=0.2)
        layers += [nn.Linear(width, units), nn.LeakyReLU(0.2), norm]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 784), nn.Tanh(), nn.Unflatten(1, (28, 28, 1)))


def _discriminator() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 1),
    )


def adam(network: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)


def against(logits: torch.Tensor, target: float) -> torch.Tensor:
    return bce(logits, torch.full_like(logits, target))


def noise(batch_size: int) -> torch.Tensor:
    return torch.randn(batch_size, LATENT_DIM, device=DEVICE)


def simultaneous_step(generator: nn.Module, discriminator: nn.Module, batch_size: int) -> TrainStep:
    generator_adam, discriminator_adam = adam(generator), adam(discriminator)

    def train_step(real: Any) -> tuple[torch.Tensor, torch.Tensor]:
        fake = generator(noise(batch_size))
        discriminator_adam.zero_grad()
        d_loss = against(discriminator(real), 1.0) + against(discriminator(fake.detach()), 0.0)
        d_loss.backward()
        discriminator_adam.step()

        # As in PyTorch's own tutorial: the same fakes, judged by the updated discriminator.
        generator_adam.zero_grad()
        g_loss = against(discriminator(fake), 1.0)
        g_loss.backward()
        generator_adam.step()
        return d_loss.detach(), g_loss.detach()

    return train_step


def alternating_step(generator: nn.Module, discriminator: nn.Module, batch_size: int) -> TrainStep:
    generator_adam, discriminator_adam = adam(generator), adam(discriminator)

    def train_step(real: Any) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            fake = generator(noise(batch_size))
        discriminator_adam.zero_grad()
        d_loss = against(discriminator(real), 1.0) + against(discriminator(fake), 0.0)
        d_loss.backward()
        discriminator_adam.step()

        generator_adam.zero_grad()
        fake = generator(noise(batch_size))
        g_loss = against(discriminator(fake), 1.0)
        g_loss.backward()
        generator_adam.step()
        return d_loss.detach(), g_loss.detach()

    return train_step
