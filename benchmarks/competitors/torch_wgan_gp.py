"""WGAN-GP in PyTorch: five critic steps, the penalty by a gradient that keeps its graph."""

from collections.abc import Callable

import numpy as np
import torch
from tasks import CRITIC_STEPS, PENALTY_WEIGHT, Task
from torch import nn

from .torch_dense import DEVICE, TrainStep, noise, runner
from .torch_images import channels_first, networks_of


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    return runner(_step(*networks_of(task)), channels_first([images], task))


def _adam(network: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=1e-4, betas=(0.0, 0.9), fused=True)


def _penalty(critic: nn.Module, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    epsilon = torch.rand(len(real), 1, 1, 1, device=DEVICE)
    between = (epsilon * real + (1.0 - epsilon) * fake).requires_grad_()
    (gradients,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    norms = (gradients.square().sum((1, 2, 3)) + 1e-12).sqrt()
    return PENALTY_WEIGHT * (norms - 1.0).square().mean()


def _step(generator: nn.Module, critic: nn.Module) -> TrainStep:
    generator_adam, critic_adam = _adam(generator), _adam(critic)

    def train_step(real: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for _ in range(CRITIC_STEPS):
            with torch.no_grad():
                fake = generator(noise(len(real)))
            critic_adam.zero_grad()
            d_loss = critic(fake).mean() - critic(real).mean() + _penalty(critic, real, fake)
            d_loss.backward()
            critic_adam.step()

        generator_adam.zero_grad()
        g_loss = -critic(generator(noise(len(real)))).mean()
        g_loss.backward()
        generator_adam.step()
        return d_loss.detach(), g_loss.detach()

    return train_step
