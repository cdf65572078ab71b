"""The seam on JAX: pure functions around Keras' stateless scopes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import keras

from keras_gan_kit._backend.whole import (
    as_input,
    check_devices,
    check_same_start,
    draw_for_batch,
    mean_of_batch,
    variables_scope,
    whole_batch,
)
from keras_gan_kit._errors import invalid

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


# How Keras calls the parts of the state.
_STATE = (
    "trainable_variables",
    "non_trainable_variables",
    "optimizer_variables",
    "metrics_variables",
)


class _ChildScope(keras.StatelessScope):
    """A scope that reads through to the scope around it and remembers what was assigned.

    Code that JAX differentiates must not assign to the outer scope: the values would be tracers
    that outlive their trace. What happens here stays here, until the caller copies it out.
    """

    def __init__(self, state_mapping: Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__(state_mapping=list(state_mapping))
        self.assigned: dict[int, Any] = {}

    def add_update(self, update: tuple[Any, Any]) -> None:
        super().add_update(update)
        self.assigned[id(update[0])] = update[0]

    def get_current_value(self, variable: Any) -> Any:
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value


def _isolate(
    function: Callable[[], Any], state_mapping: Iterable[tuple[Any, Any]], assigned: list[Any]
) -> tuple[Any, list[Any]]:
    """Runs `function` in a child scope; lists in `assigned` the variables that it assigned."""
    with _ChildScope(state_mapping) as scope:
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
        objective: Returns one scalar loss for each group, and anything else to hand back.
        variable_groups: Groups of Keras variables.

    Returns:
        The gradients d loss_k / d group_k, and what else the objective returned.
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
    """Calls `function`, and holds its gradient with respect to the inputs ready.

    Args:
        function: Maps `inputs` to a tensor or a nested structure of tensors.
        inputs: A nested structure of floating tensors.
        scores_of: Picks the tensor to differentiate out of what `function` returns.

    Returns:
        What `function` returned, and a function that computes, once, d sum(scores) / d inputs in
        the structure of `inputs`. Both may be differentiated again.
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


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Takes one step of `optimizer`.

    By way of `stateless_apply`, because Keras' loss scaling branches on finite gradients, and a
    branch of `jax.lax.cond` may not assign to variables.
    """
    slots = optimizer.variables
    new_values, new_slots = optimizer.stateless_apply(
        [slot.value for slot in slots], gradients, [variable.value for variable in variables]
    )
    _assign(list(variables), new_values)
    _assign(slots, new_slots)


def auto_jit_compile(*, convolutional: bool, supports_jit: bool) -> bool:
    """Decides `jit_compile="auto"`: JAX without `jit` runs operation by operation."""
    return supports_jit


def is_chief(gan: Any) -> bool:
    """Tells whether this process writes the files: of several only one does."""
    return bool(jax.process_index() == 0)


def check_batch_sizes(gan: Any, sizes: set[int]) -> None:
    """Refuses batches that the devices cannot share.

    Args:
        gan: The model.
        sizes: The sizes of the batches that training will see.

    Raises:
        ValueError: If one is no multiple of the devices that share it: JAX wants equal parts.
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
            received=f"a batch of {uneven[0]} samples, the last one of a pass perhaps, for "
            f"{devices} devices",
            expected=f"batches of a multiple of {devices} samples on JAX",
            fix="take another `batch_size`, or leave the last samples out",
        )


class AdversarialTrainer:
    """Gives a `keras.Model` the step methods that Keras' JAX trainer calls."""

    def make_train_function(self, force: bool = False) -> None:
        """Makes Keras' train function, and keeps the state when the data ends early.

        Keras takes the state from the model's variables before it asks for a batch. Where there is
        none, it puts back what the last step returned: what callbacks have assigned since would
        be lost, or everything, if one of them called `predict`.
        """
        before: Any = getattr(self, "train_function", None)
        with _traced_anew(self, "train_step"):
            super().make_train_function(force=force)  # type: ignore[misc]
        execute: Any = getattr(self, "train_function", None)
        if execute is before:
            return

        def train_function(state: tuple[Any, ...], iterator: Any) -> Any:
            try:
                return execute(state, iterator)
            except StopIteration:
                self._jax_state = dict(zip(_STATE, state, strict=True))
                raise

        self.train_function = train_function

    def make_test_function(self, force: bool = False) -> None:
        """Makes Keras' test function."""
        with _traced_anew(self, "test_step"):
            super().make_test_function(force=force)  # type: ignore[misc]

    def train_step(self, state: tuple[Any, ...], data: Any) -> tuple[Any, tuple[Any, ...]]:
        """Trains on one batch: (state, batch) to (logs, new state)."""
        groups = (
            self.trainable_variables,  # type: ignore[attr-defined]
            self.non_trainable_variables,  # type: ignore[attr-defined]
            self.optimizer.variables,  # type: ignore[attr-defined]
            self.metrics_variables,  # type: ignore[attr-defined]
        )
        return _run(self.adversarial_step, data, groups, state)  # type: ignore[attr-defined]

    def test_step(self, state: tuple[Any, ...], data: Any) -> tuple[Any, tuple[Any, ...]]:
        """Evaluates one batch: (state, batch) to (logs, new state)."""
        groups = (
            self.trainable_variables,  # type: ignore[attr-defined]
            self.non_trainable_variables,  # type: ignore[attr-defined]
            self.metrics_variables,  # type: ignore[attr-defined]
        )
        return _run(self.evaluation_step, data, groups, state)  # type: ignore[attr-defined]


@contextmanager
def _traced_anew(gan: Any, name: str) -> Iterator[None]:
    """Lets Keras compile a step that JAX has not met.

    JAX remembers what it traced by the function, and a bound method stays the same when `compile`
    or a turn changes what it does: the old step would run.
    """
    gan.__dict__[name] = functools.partial(getattr(type(gan), name), gan)
    try:
        yield
    finally:
        del gan.__dict__[name]


def _run(
    step: Callable[[Any], Any], data: Any, groups: tuple[list[Any], ...], state: tuple[Any, ...]
) -> tuple[Any, tuple[Any, ...]]:
    mapping = [
        pair
        for variables, values in zip(groups, state, strict=True)
        for pair in zip(variables, values, strict=True)
    ]
    with keras.StatelessScope(state_mapping=mapping) as scope:
        logs = step(data)
    new_state = tuple(
        [scope.get_current_value(variable) for variable in variables] for variables in groups
    )
    return logs, new_state
