"""The seam on TensorFlow: gradient tapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
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


def as_input(dataset: Any) -> Any:
    """Makes the `tf.data` pipeline that Keras reads an `ArrayDataset` from.

    Of a `PyDataset`, Keras makes `Dataset.from_generator`, at whose first use TensorFlow tells the
    allocator of the whole process to give every free 128 kB back to the system. Each step then
    maps its memory anew, which makes a dense network take 1.7 times as long.

    Args:
        dataset: An `ArrayDataset`. Each pass over the pipeline begins the epoch it has sought.

    Returns:
        A `tf.data.Dataset` of its batches, whose cardinality is that of a whole epoch.
    """
    empty = dataset.take(dataset.batch_indices(0, 0)[:0])
    leaves = tf.nest.flatten(empty)

    def left() -> np.ndarray[Any, Any]:
        dataset.on_epoch_begin()
        steps = range(dataset.start_step, dataset.batches_per_epoch)
        return np.array([(dataset.epoch, step) for step in steps], "int64")

    def read(position: Any) -> list[np.ndarray[Any, Any]]:
        batch: list[np.ndarray[Any, Any]] = tf.nest.flatten(dataset.batch(*position.tolist()))
        return batch

    def positions(_: Any) -> Any:
        found = tf.numpy_function(left, [], tf.int64)
        return tf.data.Dataset.from_tensor_slices(tf.ensure_shape(found, (None, 2)))

    def batch(position: Any) -> Any:
        tensors = tf.numpy_function(read, [position], [leaf.dtype for leaf in leaves])
        for tensor, leaf in zip(tensors, leaves, strict=True):
            tensor.set_shape((None, *leaf.shape[1:]))
        return tf.nest.pack_sequence_as(empty, tensors)

    pipeline = tf.data.Dataset.from_tensors(0).flat_map(positions).map(batch).prefetch(2)
    # There is nothing to tune, and the end of a pass would wait for the tuner's next turn: up to as
    # long again as the pass took.
    options = tf.data.Options()
    options.autotune.enabled = False
    pipeline = pipeline.with_options(options)
    whole = tf.constant(dataset.batches_per_epoch, tf.int64)
    pipeline.cardinality = lambda: whole  # for the progress bar
    return pipeline


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
            several = _loop(self, made) if _can_loop(self) else made
            self.train_function = _until_the_end(self, several)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains on one batch."""
        # A graph runs what does not depend on the batch beside its arrival: where there is none,
        # seeds and counters would have moved before the step fails.
        with tf.control_dependencies([leaf for leaf in tf.nest.flatten(data) if leaf is not None]):
            logs: dict[str, Any] = self.adversarial_step(data)  # type: ignore[attr-defined]
        return logs

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluates one batch."""
        logs: dict[str, Any] = self.evaluation_step(data)  # type: ignore[attr-defined]
        return logs


def _until_the_end(gan: Any, execute: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Asks for no batch after the last of a resumed epoch.

    A graph that finds no batch may have drawn its random numbers before it notices.
    """

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        dataset = gan.progress.dataset if gan.progress else None
        read = dataset is not None and gan.progress.step >= dataset.batches_per_epoch
        if read and isinstance(iterator, tf.data.Iterator):
            raise StopIteration
        logs: dict[str, Any] = execute(iterator)
        return logs

    return train_function


def _can_loop(gan: Any) -> bool:
    several = gan.steps_per_execution > 1 and not gan.run_eagerly
    return several and gan.jit_compile and gan.distribute_strategy.num_replicas_in_sync == 1


def _loop(gan: Any, one_by_one: Any) -> Callable[[Iterator[Any]], dict[str, Any]]:
    """Makes a function that trains on up to `steps_per_execution` batches in one program.

    Args:
        gan: The model.
        one_by_one: Keras' own function, for what is no stream: the batch of `train_on_batch`.
    """
    longest = gan.steps_per_execution

    @tf.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def run(batches: Any, count: Any) -> None:
        def body(i: Any) -> Any:
            gan.train_step(tf.nest.map_structure(lambda leaf: leaf[i], batches))
            return (i + 1,)

        tf.while_loop(lambda i: i < count, body, (tf.constant(0),))

    def train_function(iterator: Iterator[Any]) -> dict[str, Any]:
        logs: dict[str, Any]
        if not isinstance(iterator, tf.data.Iterator):
            logs = one_by_one(iterator)
            return logs
        if gan.progress.dataset is None:
            groups = _stack(list(itertools.islice(iterator, longest)), longest)
        else:
            groups = _gather(gan.progress.dataset, gan.progress, longest)
        if not groups:
            raise StopIteration
        for batches, count in groups:
            run(batches, tf.constant(count))
        logs = gan.get_metrics_result()
        return logs

    return train_function


def _stack(batches: list[Any], longest: int) -> list[tuple[Any, int]]:
    """Stacks batches of one shape, which only the last of a pass may differ from."""
    groups = []
    for _, group in itertools.groupby(batches, key=_shapes):
        alike = list(group)
        filled = alike + alike[:1] * (longest - len(alike))  # one shape, one compilation
        groups.append((tf.nest.map_structure(lambda *x: tf.stack(x), *filled), len(alike)))
    return groups


def _gather(dataset: Any, progress: Any, longest: int) -> list[tuple[Any, int]]:
    """Reads the next batches from arrays at once, past the stream that Keras makes of them.

    One copy instead of one for each batch in a Python thread, which would compete with the
    training for the processor.
    """
    end = min(progress.step + longest, dataset.batches_per_epoch)
    steps = [dataset.batch_indices(progress.epoch, i) for i in range(progress.step, end)]
    groups = []
    for _, group in itertools.groupby(steps, key=len):
        alike = list(group)
        filled = alike + alike[:1] * (longest - len(alike))
        batches = tf.nest.map_structure(tf.convert_to_tensor, dataset.take(np.stack(filled)))
        groups.append((batches, len(alike)))
    return groups


def _shapes(batch: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(leaf.shape) for leaf in tf.nest.flatten(batch))
