"""The seam on TensorFlow: gradient tapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

_ZERO = tf.UnconnectedGradients.ZERO  # as JAX has it: a variable without influence has gradient 0


def value_and_gradients(
    objective: Callable[[], tuple[list[Any], Any]], variable_groups: Sequence[Sequence[Any]]
) -> tuple[list[list[Any]], Any]:
    """Differentiates one loss for each group of variables, from one forward pass.

    Args:
        objective: Returns one scalar loss for each group, and anything else to hand back.
        variable_groups: Groups of Keras variables.

    Returns:
        The gradients d loss_k / d group_k, and what else the objective returned.
    """
    with tf.GradientTape(persistent=len(variable_groups) > 1) as tape:
        losses, extra = objective()
    gradients = [
        tape.gradient(loss, [v.value for v in group], unconnected_gradients=_ZERO)
        for loss, group in zip(losses, variable_groups, strict=True)
    ]
    return gradients, extra


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Computes d sum(function(inputs)) / d inputs.

    Args:
        function: Maps `inputs` to a tensor.
        inputs: A nested structure of floating tensors.

    Returns:
        The gradients, in the structure of `inputs`; differentiable again.
    """
    leaves = [tf.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        output = function(keras.tree.pack_sequence_as(inputs, leaves))
        total = tf.reduce_sum(tf.cast(output, tf.float32))
    gradients = tape.gradient(total, leaves, unconnected_gradients=_ZERO)
    return keras.tree.pack_sequence_as(inputs, gradients)


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`."""
    optimizer.apply(gradients, variables)


def auto_jit_compile(*, convolutional: bool, supports_jit: bool) -> bool:
    """Decides `jit_compile="auto"`.

    On a CPU, XLA fuses the small operations of dense networks and their optimizers, and loses to
    oneDNN on convolutions; on other devices it wins wherever the layers support it. Under a
    distribution strategy Keras does without XLA, and so do we.
    """
    if not supports_jit or tf.distribute.has_strategy():
        return False
    only_cpu = all(device.device_type == "CPU" for device in tf.config.list_physical_devices())
    return not (only_cpu and convolutional)


class AdversarialTrainer:
    """Gives a `keras.Model` the step methods that Keras' TensorFlow trainer calls."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains on one batch."""
        logs: dict[str, Any] = self.adversarial_step(data)  # type: ignore[attr-defined]
        return logs

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluates one batch."""
        logs: dict[str, Any] = self.evaluation_step(data)  # type: ignore[attr-defined]
        return logs
