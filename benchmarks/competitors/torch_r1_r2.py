"""The relativistic loss with R1 and R2 in PyTorch: gradients that keep their graph."""

from collections.abc import Callable

import numpy as np
import torch
from tasks import GAMMA, Task
from torch import nn
from torch.nn.functional import softplus

from .torch_dense import TrainStep, noise, runner
from .torch_images import channels_first, networks_of


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    return runner(_step(*networks_of(task)), channels_first([images], task))


def _adam(network: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=5e-4, betas=(0.0, 0.99), fused=True)


def _step(generator: nn.Module, discriminator: nn.Module) -> TrainStep:
    generator_adam, discriminator_adam = _adam(generator), _adam(discriminator)

    def train_step(real: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fake = generator(noise(len(real)))
        samples = [real.clone().requires_grad_(), fake.detach().requires_grad_()]
        scores = [discriminator(sample) for sample in samples]
        total = scores[0].sum() + scores[1].sum()
        slopes = torch.autograd.grad(total, samples, create_graph=True)
        penalty = sum(slope.square().sum((1, 2, 3)).mean() for slope in slopes)
        discriminator_adam.zero_grad()
        d_loss = softplus(scores[1] - scores[0]).mean()
        (d_loss + 0.5 * GAMMA * penalty).backward()
        discriminator_adam.step()

        # As in the loop without penalties: the same fakes, judged by the updated discriminator.
        generator_adam.zero_grad()
        with torch.no_grad():
            real_scores = discriminator(real)
        g_loss = softplus(real_scores - discriminator(fake)).mean()
        g_loss.backward()
        generator_adam.step()
        return d_loss.detach(), g_loss.detach()

    return train_step
