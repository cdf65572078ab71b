"""The seam on TensorFlow: gradient tapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gan_kit._backend.tensorflow_devices import (
    check_batch_sizes,
    check_devices,
    check_same_start,
    is_chief,
    strategy_of,
    variables_scope,
)
from keras_gan_kit._backend.tensorflow_input import as_input
from keras_gan_kit._backend.tensorflow_loop import can_loop, several_steps
from keras_gan_kit._backend.tensorflow_replicas import (
    draw_for_batch,
    mean_of_batch,
    on_replicas,
    part_of_step,
    share_of,
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
        losses = [share_of(loss) for loss in losses]
    gradients = [
        tape.gradient(loss, [v.value for v in group], unconnected_gradients=_ZERO)
        for loss, group in zip(losses, variable_groups, strict=True)
    ]
    return gradients, extra


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
    leaves = [tf.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        outputs = function(keras.tree.pack_sequence_as(inputs, leaves))
        total = tf.reduce_sum(tf.cast(scores_of(outputs), tf.float32))

    def gradients() -> Any:
        found = tape.gradient(total, leaves, unconnected_gradients=_ZERO)
        return keras.tree.pack_sequence_as(inputs, found)

    return outputs, gradients


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

    def make_train_function(self, force: bool = False) -> None:
        """Makes Keras' train function, or one of our own for several compiled steps at once.

        Keras calls one compiled step after another, and each returns all weights and slots in new
        memory. A loop inside the program keeps them in place.
        """
        before: Any = getattr(self, "train_function", None)
        super().make_train_function(force=force)  # type: ignore[misc]
        made: Any = getattr(self, "train_function", None)
        if made is not before:
            if strategy_of(self) is not None:
                made = on_replicas(self, self.train_step, self.get_metrics_result)  # type: ignore[attr-defined]
            elif can_loop(self):
                made = several_steps(self, made)
            self.train_function = _until_the_end(self, made)

    def make_test_function(self, force: bool = False) -> None:
        """Makes Keras' test function, or ours under a strategy."""
        before: Any = getattr(self, "test_function", None)
        super().make_test_function(force=force)  # type: ignore[misc]
        if getattr(self, "test_function", None) is not before and strategy_of(self) is not None:
            self.test_function = on_replicas(self, self.test_step, self.evaluation_results)  # type: ignore[attr-defined]

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Does nothing: the model is built.

        Under a strategy Keras would take a batch, and fail where replicas have unequal parts.
        """

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains on one batch."""
        # A graph runs what does not depend on the batch beside its arrival: where there is none,
        # seeds and counters would have moved before the step fails.
        arrived = [leaf for leaf in tf.nest.flatten(data) if leaf is not None]
        with tf.control_dependencies(arrived), part_of_step(self, data, training=True):
            logs: dict[str, Any] = self.adversarial_step(data)  # type: ignore[attr-defined]
        return logs

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluates one batch."""
        with part_of_step(self, data, training=False):
            logs: dict[str, Any] = self.evaluation_step(data)  # type: ignore[attr-defined]
        return logs


def _until_the_end(gan: Any, execute: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Asks for no batch after the last of a resumed epoch.

    A graph that finds no batch may have drawn its random numbers before it notices.
    """

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        dataset = gan.progress.dataset if gan.progress else None
        read = dataset is not None and gan.progress.step >= dataset.batches_per_epoch
        if read and isinstance(iterator, tf.data.Iterator | tf.distribute.DistributedIterator):
            raise StopIteration
        logs: dict[str, Any] = execute(iterator)
        return logs

    return train_function
