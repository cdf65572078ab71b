"""The JAX backend: pure functions in Keras' stateless scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras

from keras_gan_kit._backend._model import Model
from keras_gan_kit._backend.whole import (
    as_input as as_input,
    check_devices as check_devices,
    check_same_start as check_same_start,
    draw_for_batch as draw_for_batch,
    mean_of_batch as mean_of_batch,
    rows_of_blocks as rows_of_blocks,
    variables_scope as variables_scope,
    whole_batch as whole_batch,
)
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._keras import NestedScope, keep_jax_state

# The exceptions that a layer raises for a batch that it does not accept.
CALL_ERRORS = (ValueError, TypeError)


def _isolate(
    function: Callable[[], Any], state_mapping: Iterable[tuple[Any, Any]], assigned: list[Any]
) -> tuple[Any, list[Any]]:
    """Runs `function` in a nested scope; puts the variables that it assigned into `assigned`."""
    with NestedScope(state_mapping) as scope:
        result = function()
    assigned[:] = scope.assigned.values()
    return result, [scope.get_current_value(variable) for variable in assigned]


def _assign(variables: list[Any], values: list[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


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
    assigned: list[Any] = []

    def stateless(values: list[list[Any]]) -> tuple[list[Any], tuple[Any, list[Any]]]:
        mapping = [
            pair
            for group, group_values in zip(variable_groups, values, strict=True)
            for pair in zip(group, group_values, strict=True)
        ]
        (losses, extra), state = _isolate(objective, mapping, assigned)
        return losses, (extra, state)

    values = [[variable.value for variable in group] for group in variable_groups]
    losses, pull_back, (extra, state) = jax.vjp(stateless, values, has_aux=True)
    _assign(assigned, state)
    gradients = []
    for k in range(len(variable_groups)):
        one_hot = [jnp.full_like(loss, float(i == k)) for i, loss in enumerate(losses)]
        gradients.append(pull_back(one_hot)[0][k])
    return gradients, extra


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
    assigned: list[Any] = []

    def total(leaves: list[Any]) -> tuple[Any, tuple[Any, list[Any]]]:
        packed = keras.tree.pack_sequence_as(inputs, leaves)
        outputs, state = _isolate(lambda: function(packed), (), assigned)
        return jnp.sum(scores_of(outputs), dtype=jnp.float32), (outputs, state)

    leaves = [jnp.asarray(leaf) for leaf in keras.tree.flatten(inputs)]
    value, pull_back, (outputs, state) = jax.vjp(total, leaves, has_aux=True)
    _assign(assigned, state)

    def gradients() -> Any:
        (found,) = pull_back(jnp.ones_like(value))
        return keras.tree.pack_sequence_as(inputs, found)

    return outputs, gradients


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function of arrays that runs as one program."""
    program: Callable[..., Any] = jax.jit(function)
    return program


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`.

    `stateless_apply` is used because Keras' loss scaling branches on finite gradients, and a
    branch of `jax.lax.cond` must not assign to variables.
    """
    slots = optimizer.variables
    new_values, new_slots = optimizer.stateless_apply(
        [slot.value for slot in slots], gradients, [variable.value for variable in variables]
    )
    _assign(list(variables), new_values)
    _assign(slots, new_slots)


def auto_jit_compile(
    *,
    convolutional: bool,
    supports_jit: bool,
    recurrent: bool = False,
    batch_size: int | None = None,
) -> bool:
    """Resolves `jit_compile="auto"`: without `jit`, JAX runs operation by operation."""
    return supports_jit


def is_chief(gan: Model) -> bool:
    """Returns whether this process is the one that writes files."""
    return bool(jax.process_index() == 0)


def check_batch_sizes(gan: Model, sizes: set[int]) -> None:
    """Checks that the devices can share the batches.

    Args:
        gan: The model.
        sizes: The sizes of the batches that training will see.

    Raises:
        ValueError: If a size is not a multiple of the number of devices.
    """
    distribution = keras.distribution.distribution()
    if distribution is None or distribution.batch_dim_name is None:
        return
    mesh = distribution.device_mesh
    devices = mesh.shape[mesh.axis_names.index(distribution.batch_dim_name)]
    uneven = sorted(size for size in sizes if size % devices)
    if uneven:
        raise invalid(
            "batch_size",
            received=f"a batch of {uneven[0]} samples (it may be the last one of a pass) for "
            f"{devices} devices",
            expected=f"batches of a multiple of {devices} samples on JAX",
            fix="use another `batch_size`, or leave the last samples out",
        )


def wrap_train_function(gan: Model, function: Any) -> Any:
    """Keeps the state when the data ends early.

    Keras takes the state out of the variables before it asks for a batch. If there is no batch,
    Keras writes back the state that the last step returned. Values that callbacks assigned since
    then would be lost, or the whole state, if one of them called `predict`.

    Args:
        gan: The model.
        function: The training function that Keras made.
    """

    def train_function(state: tuple[Any, ...], iterator: Any) -> Any:
        try:
            return function(state, iterator)
        except StopIteration:
            keep_jax_state(gan, state)
            raise

    return train_function


def wrap_test_function(gan: Model, function: Any) -> Any:
    """Returns the evaluation function that Keras made."""
    return function


class Step:
    """A step as Keras' JAX trainer calls it: maps (state, batch) to (logs, new state).

    Inside of the context, variables have the values of the state.

    Args:
        gan: The model.
        arguments: The arguments of `train_step` or `test_step`.
        training: Whether the step is a `train_step`.

    Attributes:
        batch: The batch.
    """

    def __init__(self, gan: Model, arguments: tuple[Any, ...], *, training: bool) -> None:
        if len(arguments) != 2:
            raise wrong_type(
                "train_step" if training else "test_step",
                received=f"{len(arguments)} arguments",
                expected="(state, batch), as Keras passes them on JAX",
                fix="define the step as `def train_step(self, state, data)`, and return (logs, "
                "state)",
            )
        state, self.batch = arguments
        optimizer = [gan.optimizer.variables] if training else []
        self._groups = (
            gan.trainable_variables,
            gan.non_trainable_variables,
            *optimizer,
            gan.metrics_variables,
        )
        mapping = [
            pair
            for variables, values in zip(self._groups, state, strict=True)
            for pair in zip(variables, values, strict=True)
        ]
        self._scope = keras.StatelessScope(state_mapping=mapping, collect_losses=True)

    def __enter__(self) -> Step:
        self._scope.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._scope.__exit__(*error)

    def result(self, logs: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Returns the logs and the new state for Keras. Call it after the context."""
        state = tuple(
            [self._scope.get_current_value(variable) for variable in variables]
            for variables in self._groups
        )
        return logs, state
