"""The PyTorch backend: `torch.autograd.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from typing import Any

import keras
import torch

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.torch_optimizers import update_of
from keras_gan_kit._backend.torch_ranks import (
    check_batch_sizes as check_batch_sizes,
    check_same_start as check_same_start,
    draw_for_batch as draw_for_batch,
    is_chief as is_chief,
    mean_of_batch as mean_of_batch,
    num_ranks,
    part_of_step,
    share_of,
    summed_gradients,
    whole_batch as whole_batch,
)
from keras_gan_kit._backend.torch_steps import recorded_steps
from keras_gan_kit._backend.whole import (
    as_input as as_input,
    check_devices as check_devices,
    rows_of_blocks as rows_of_blocks,
    variables_scope as variables_scope,
)
from keras_gan_kit._errors import invalid, warn
from keras_gan_kit._keras import update_replaced

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
        _gradients(share_of(loss), [v.value for v in group], retain_graph=k < last)
        for k, (loss, group) in enumerate(zip(losses, variable_groups, strict=True))
    ]
    extra = keras.tree.map_structure(lambda tensor: tensor.detach(), extra)
    return summed_gradients(gradients), extra


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
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # inside of loss scaling
    update = update_of(inner, variables)
    replaced = nullcontext() if update is None else update_replaced(inner, update)
    with replaced, torch.no_grad():
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


def wrap_train_function(gan: Model, function: Any) -> Any:
    """Returns a function that trains by programs where it can.

    Several processes take their steps as they are: a program could not exchange gradients.
    """
    check_same_start(gan)
    if num_ranks() == 1:
        return recorded_steps(gan, function)
    if gan.jit_compile:
        warn(
            "`jit_compile=True` has no effect in several processes of `torch.distributed`, which "
            "run each step operation by operation."
        )
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
        self._gan, self._training = gan, training

    def __enter__(self) -> Step:
        with ExitStack() as contexts:
            if self._training:
                self.batch = contexts.enter_context(part_of_step(self._gan, self.batch))
            self._contexts = contexts.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._contexts.__exit__(*error)

    def result(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Returns the logs for Keras."""
        return logs
