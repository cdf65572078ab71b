"""The PyTorch backend: `torch.autograd.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.whole import (
    as_input as as_input,
    check_devices as check_devices,
    draw_for_batch as draw_for_batch,
    mean_of_batch as mean_of_batch,
    rows_of_blocks as rows_of_blocks,
    variables_scope as variables_scope,
    whole_batch as whole_batch,
)
from keras_gan_kit._errors import explain, invalid

# The exceptions that a layer raises for a batch that it does not accept.
CALL_ERRORS = (ValueError, RuntimeError)


def _gradients(output: Any, inputs: list[Any], **options: bool) -> list[Any]:
    if any(not x.requires_grad for x in inputs) and "create_graph" not in options:
        raise invalid(
            "trainable",
            received="a layer that was frozen after `compile`",
            expected="the trainable layers of the last `compile`",
            fix="call `gan.compile` again after freezing or unfreezing layers",
        )
    # There is nothing to train, or the output does not depend on the inputs.
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
        objective: Returns one scalar loss for each group, and anything else to return.
        variable_groups: Groups of Keras variables.

    Returns:
        The gradients d loss_k / d group_k, and the rest of what the objective returned, detached.
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
    """Calls `function`, and prepares its gradient with respect to the inputs.

    Args:
        function: Maps `inputs` to a tensor or a nested structure of tensors.
        inputs: A nested structure of floating tensors.
        scores_of: Returns the tensor to differentiate among the outputs of `function`.

    Returns:
        The outputs of `function`, and a function to be called once that computes
        d sum(scores) / d inputs in the structure of `inputs`. Both are differentiable.
    """
    # Keras evaluates under `no_grad`, in which penalties would have no gradient.
    with torch.enable_grad():
        tensors = [keras.ops.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
        # Outputs of a network keep their graph, because the generator learns from the same pass.
        leaves = [t if t.requires_grad else t.detach().requires_grad_() for t in tensors]
        outputs = function(keras.tree.pack_sequence_as(inputs, leaves))
        total = scores_of(outputs).to(torch.float32).sum()

    def gradients() -> Any:
        found = _gradients(total, leaves, create_graph=True)
        return keras.tree.pack_sequence_as(inputs, found)

    return outputs, gradients


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function: PyTorch runs eagerly."""
    return function


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`."""
    with torch.no_grad():
        optimizer.apply(gradients, variables)


def auto_jit_compile(
    *,
    convolutional: bool,
    supports_jit: bool,
    recurrent: bool = False,
    batch_size: int | None = None,
) -> bool:
    """Resolves `jit_compile="auto"`: PyTorch runs eagerly, as in Keras."""
    return False


def is_chief(gan: Model) -> bool:
    """Returns True, because there is one process, which writes the files."""
    return True


def check_batch_sizes(gan: Model, sizes: set[int]) -> None:
    """Does nothing, because one device takes any batch."""


def check_same_start(gan: Model) -> None:
    """Checks that processes do not share a step: their weights would diverge.

    Raises:
        RuntimeError: If `torch.distributed` has a group of several processes.
    """
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return
    ranks = distributed.get_world_size()
    if ranks > 1:
        raise RuntimeError(
            explain(
                "torch.distributed",
                received=f"a process group of {ranks} ranks",
                expected="one process: gradients are not averaged over ranks, and the models "
                "would diverge",
                fix="train before `init_process_group`, or use the TensorFlow or the JAX backend "
                "for several devices",
            )
        )


def wrap_train_function(gan: Model, function: Any) -> Any:
    """Returns the training function that Keras made, in a single process."""
    check_same_start(gan)
    return function


def wrap_test_function(gan: Model, function: Any) -> Any:
    """Returns the evaluation function that Keras made."""
    return function


class Step:
    """A step as Keras' PyTorch trainer calls it: maps a batch to logs.

    Args:
        gan: The model.
        arguments: The arguments of `train_step` or `test_step`.
        training: Whether the step is a `train_step`.

    Attributes:
        batch: The batch.
    """

    def __init__(self, gan: Model, arguments: tuple[Any, ...], *, training: bool) -> None:
        (self.batch,) = arguments

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *error: object) -> None:
        """Does nothing."""

    def result(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Returns the logs for Keras."""
        return logs
