"""The TensorFlow backend: gradient tapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import keras
import tensorflow as tf

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.tensorflow_devices import (
    check_batch_sizes as check_batch_sizes,
    check_devices as check_devices,
    check_same_start as check_same_start,
    is_chief as is_chief,
    strategy_of,
    variables_scope as variables_scope,
)
from keras_gan_kit._backend.tensorflow_input import as_input as as_input
from keras_gan_kit._backend.tensorflow_loop import can_loop, several_steps
from keras_gan_kit._backend.tensorflow_replicas import (
    draw_for_batch as draw_for_batch,
    mean_of_batch as mean_of_batch,
    on_replicas,
    part_of_step,
    rows_of_blocks as rows_of_blocks,
    share_of,
    whole_batch as whole_batch,
)

# Dense networks: with XLA, 0.85 of the speed of a `tf.function` (docs/speed.md).
_LARGE_BATCH = 1024
# The exceptions that a layer raises for a batch that it does not accept.
CALL_ERRORS = (ValueError, tf.errors.InvalidArgumentError)
_ZERO = (
    tf.UnconnectedGradients.ZERO
)  # as in JAX: the gradient is 0 if the loss does not depend on a variable


def value_and_gradients(
    objective: Callable[[], tuple[list[Any], Any]], variable_groups: Sequence[Sequence[Any]]
) -> tuple[list[list[Any]], Any]:
    """Differentiates one loss for each group of variables, from one forward pass.

    Args:
        objective: Returns one scalar loss for each group, and anything else to return.
        variable_groups: Groups of Keras variables.

    Returns:
        The gradients d loss_k / d group_k, and the rest of what the objective returned.
    """
    with tf.GradientTape(persistent=len(variable_groups) > 1) as tape:
        losses, extra = objective()
        losses = [share_of(loss) for loss in losses]
    gradients = [
        tape.gradient(loss, [v.value for v in group], unconnected_gradients=_ZERO)
        for loss, group in zip(losses, variable_groups, strict=True)
    ]
    # Dense: with the sparse gradients of an embedding, Keras' Adam would sum the squares of a row's
    # gradients, one for each sample of the class, instead of squaring their sum.
    return [[tf.convert_to_tensor(g) for g in group] for group in gradients], extra


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
    leaves = [tf.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        outputs = function(keras.tree.pack_sequence_as(inputs, leaves))
        total = tf.reduce_sum(tf.cast(scores_of(outputs), tf.float32))

    def gradients() -> Any:
        found = tape.gradient(total, leaves, unconnected_gradients=_ZERO)
        return keras.tree.pack_sequence_as(inputs, found)

    return outputs, gradients


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function of arrays that runs as one graph."""
    graph: Callable[..., Any] = tf.function(function)
    return graph


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`."""
    optimizer.apply(gradients, variables)


def auto_jit_compile(
    *,
    convolutional: bool,
    supports_jit: bool,
    recurrent: bool = False,
    batch_size: int | None = None,
) -> bool:
    """Resolves `jit_compile="auto"`.

    On a CPU, XLA is faster for dense networks and their optimizers, and slower than oneDNN for
    convolutions and the large products of large batches. On other devices it is faster if the
    layers support it. Under a distribution strategy, Keras does not use XLA, and neither does this
    package. XLA takes minutes to compile the second derivative of a loop over time.

    Args:
        convolutional: Whether a network has convolutions.
        supports_jit: Whether all layers support XLA.
        recurrent: Whether recurrent layers are under a gradient penalty.
        batch_size: The number of samples in a step, if known.
    """
    if recurrent or not supports_jit or tf.distribute.has_strategy():
        return False
    only_cpu = all(device.device_type == "CPU" for device in tf.config.list_physical_devices())
    large = batch_size is not None and batch_size >= _LARGE_BATCH
    return not (only_cpu and (convolutional or large))


def wrap_train_function(gan: Model, function: Any) -> Any:
    """Returns the function to train with.

    Keras calls one compiled step after another, and each returns all weights and slots in new
    memory. A loop inside of the program keeps them in place.

    Args:
        gan: The model.
        function: The training function that Keras made.
    """
    if strategy_of(gan) is not None:
        function = on_replicas(gan, "train_step", gan.get_metrics_result)
    elif can_loop(gan):
        function = several_steps(gan, function)
    return _until_the_end(gan, function)


def wrap_test_function(gan: Model, function: Any) -> Any:
    """Returns the evaluation function: the one that Keras made, or ours under a strategy."""
    if strategy_of(gan) is None:
        return function
    return on_replicas(gan, "test_step", gan.evaluation_results)


class Step:
    """A step as Keras' TensorFlow trainer calls it: maps a batch to logs.

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
                # A graph may run operations that do not depend on the batch before it arrives. If
                # there is no batch, seeds and counters would have changed before the step fails.
                arrived = [leaf for leaf in tf.nest.flatten(self.batch) if leaf is not None]
                contexts.enter_context(tf.control_dependencies(arrived))
            contexts.enter_context(part_of_step(self._gan, self.batch, training=self._training))
            self._contexts = contexts.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._contexts.__exit__(*error)

    def result(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Returns the logs for Keras."""
        return logs


def _until_the_end(gan: Model, execute: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Ends a resumed epoch after its last batch, without asking for another one.

    A graph may draw random numbers before it finds that there is no batch.
    """

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        dataset = gan.progress.dataset
        read = dataset is not None and gan.progress.step >= dataset.batches_per_epoch
        if read and isinstance(iterator, tf.data.Iterator | tf.distribute.DistributedIterator):
            raise StopIteration
        logs: dict[str, Any] = execute(iterator)
        return logs

    return train_function
