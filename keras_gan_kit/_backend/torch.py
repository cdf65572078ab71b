"""The seam on PyTorch: `torch.autograd.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch

from keras_gan_kit._backend.whole import (
    as_input,
    check_devices,
    check_same_start,
    draw_for_batch,
    mean_of_batch,
    variables_scope,
    whole_batch,
)

__all__ = [
    "AdversarialTrainer",
    "apply_gradients",
    "as_input",
    "auto_jit_compile",
    "check_batch_sizes",
    "check_devices",
    "check_same_start",
    "draw_for_batch",
    "is_chief",
    "mean_of_batch",
    "recorded_pass",
    "value_and_gradients",
    "variables_scope",
    "whole_batch",
]


def _gradients(output: Any, inputs: list[Any], **options: bool) -> list[Any]:
    # Nothing is to be learnt, or nothing that was differentiated influenced the output.
    if not inputs or not output.requires_grad:
        return [torch.zeros_like(x) for x in inputs]
    found = torch.autograd.grad(output, inputs, allow_unused=True, **options)
    return [
        torch.zeros_like(x) if gradient is None else gradient
        for gradient, x in zip(found, inputs, strict=True)
    ]


def value_and_gradients(
    objective: Callable[[], tuple[list[Any], Any]], variable_groups: Sequence[Sequence[Any]]
) -> tuple[list[list[Any]], Any]:
    """Differentiates one loss for each group of variables, from one forward pass.

    Args:
        objective: Returns one scalar loss for each group, and anything else to hand back.
        variable_groups: Groups of Keras variables.

    Returns:
        The gradients d loss_k / d group_k, and what else the objective returned, detached.
    """
    losses, extra = objective()
    last = len(variable_groups) - 1
    gradients = [
        _gradients(loss, [v.value for v in group], retain_graph=k < last)
        for k, (loss, group) in enumerate(zip(losses, variable_groups, strict=True))
    ]
    return gradients, keras.tree.map_structure(lambda tensor: tensor.detach(), extra)


def recorded_pass(
    function: Callable[[Any], Any],
    inputs: Any,
    scores_of: Callable[[Any], Any] = lambda outputs: outputs,
) -> tuple[Any, Callable[[], Any]]:
    """Calls `function`, and holds its gradient with respect to the inputs ready.

    Args:
        function: Maps `inputs` to a tensor or a nested structure of tensors.
        inputs: A nested structure of floating tensors.
        scores_of: Picks the tensor to differentiate out of what `function` returns.

    Returns:
        What `function` returned, and a function that computes, once, d sum(scores) / d inputs in
        the structure of `inputs`. Both may be differentiated again.
    """
    # Keras evaluates under `no_grad`, where a penalty would have no gradient to take the norm of.
    with torch.enable_grad():
        tensors = [keras.ops.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
        # What a network made keeps its graph: the generator learns from the same pass.
        leaves = [t if t.requires_grad else t.detach().requires_grad_() for t in tensors]
        outputs = function(keras.tree.pack_sequence_as(inputs, leaves))
        total = scores_of(outputs).to(torch.float32).sum()

    def gradients() -> Any:
        found = _gradients(total, leaves, create_graph=True)
        return keras.tree.pack_sequence_as(inputs, found)

    return outputs, gradients


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`."""
    with torch.no_grad():
        optimizer.apply(gradients, variables)


def auto_jit_compile(*, convolutional: bool, supports_jit: bool) -> bool:
    """Decides `jit_compile="auto"`: PyTorch runs eagerly, as Keras has it."""
    return False


def is_chief(gan: Any) -> bool:
    """Tells whether this process writes the files: there is only one."""
    return True


def check_batch_sizes(gan: Any, sizes: set[int]) -> None:
    """Refuses nothing: one device takes any batch."""


class AdversarialTrainer:
    """Gives a `keras.Model` the step methods that Keras' PyTorch trainer calls."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains on one batch."""
        logs: dict[str, Any] = self.adversarial_step(data)  # type: ignore[attr-defined]
        return logs

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluates one batch."""
        logs: dict[str, Any] = self.evaluation_step(data)  # type: ignore[attr-defined]
        return logs
