"""Wraps the undocumented parts of Keras that this package uses.

Any release of Keras may change these parts. `tests/test_keras_fence.py` has a test for each of
them, which says what breaks without it.
"""

from __future__ import annotations

import functools
import operator
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import keras

# Private: Keras has no public API for how its trainers recognize streams and read generators.
from keras.src.trainers.data_adapters import (
    is_grain_dataset,
    is_tf_dataset,
    is_torch_dataloader as is_torch_dataloader,
)
from keras.src.trainers.data_adapters.generator_data_adapter import GeneratorDataAdapter

if TYPE_CHECKING:
    # Keras ships no types, so mypy would accept any attribute of a subclass of `keras.Model`.
    class _DocumentedModel:
        """The public attributes of `keras.Model`."""

        activity_regularizer: Any
        add_loss: Any
        add_metric: Any
        add_variable: Any
        add_weight: Any
        autocast: bool
        build: Any
        build_from_config: Any
        built: bool
        call: Any
        call_signature_parameters: Any
        compile: Any
        compile_from_config: Any
        compiled: bool
        compiled_loss: Any
        compiled_metrics: Any
        compute_dtype: str
        compute_loss: Any
        compute_loss_and_updates: Any
        compute_mask: Any
        compute_metrics: Any
        compute_output_shape: Any
        compute_output_spec: Any
        count_params: Any
        distribute_reduction_method: Any
        distribute_strategy: Any
        dtype: str
        dtype_policy: Any
        evaluate: Any
        export: Any
        fit: Any
        from_config: Any
        get_build_config: Any
        get_compile_config: Any
        get_config: Any
        get_layer: Any
        get_metrics_result: Any
        get_quantization_layer_structure: Any
        get_state_tree: Any
        get_weights: Any
        input: Any
        input_dtype: Any
        input_shape: Any
        input_spec: Any
        inputs: Any
        jax_state_sync: Any
        jit_compile: bool
        layers: list[Any]
        load_own_variables: Any
        load_weights: Any
        loss: Any
        losses: list[Any]
        make_predict_function: Any
        make_test_function: Any
        make_train_function: Any
        metrics_variables: list[Any]
        name: str
        non_trainable_variables: list[Any]
        non_trainable_weights: list[Any]
        operations: list[Any]
        optimizer: Any
        output: Any
        output_names: Any
        output_shape: Any
        outputs: Any
        path: str
        predict: Any
        predict_function: Any
        predict_on_batch: Any
        predict_step: Any
        quantization_mode: Any
        quantize: Any
        quantized_build: Any
        quantized_call: Any
        rematerialized_call: Any
        reset_metrics: Any
        run_eagerly: bool
        save: Any
        save_own_variables: Any
        save_weights: Any
        set_state_tree: Any
        set_weights: Any
        stateless_call: Any
        stateless_compute_loss: Any
        steps_per_execution: int
        stop_training: bool
        summary: Any
        supports_jit: bool
        supports_masking: bool
        symbolic_call: Any
        test_function: Any
        test_on_batch: Any
        test_step: Any
        to_json: Any
        train_function: Any
        train_on_batch: Any
        train_step: Any
        trainable: bool
        trainable_variables: list[Any]
        trainable_weights: list[Any]
        unrolled_steps_per_execution: int
        variable_dtype: str
        variables: list[Any]
        weights: list[Any]

        def __init__(self, *args: Any, **options: Any) -> None: ...

        def __call__(self, *args: Any, **options: Any) -> Any: ...

        @property
        def metrics(self) -> list[Any]:
            """The metrics."""

        @property
        def metrics_names(self) -> list[str]:
            """The names of the metrics."""

else:
    _DocumentedModel = keras.Model

# The parts of the state that Keras' JAX trainer passes to a training step, in their order.
_JAX_STATE = (
    "trainable_variables",
    "non_trainable_variables",
    "optimizer_variables",
    "metrics_variables",
)


class KerasModel(_DocumentedModel):
    """A `keras.Model` whose step functions can be wrapped, exchanged and dropped.

    Keras builds `train_function` from `train_step` and `test_function` from `test_step`, once.
    Subclasses override `wrap_train_function` and `wrap_test_function`.
    """

    def wrap_train_function(self, function: Any) -> Any:
        """Returns the function to train with, given the one that Keras made."""
        return function

    def wrap_test_function(self, function: Any) -> Any:
        """Returns the function to evaluate with, given the one that Keras made."""
        return function

    def make_train_function(self, force: bool = False) -> None:
        """Makes the training function if there is none, or if `force`."""
        before = self.train_function
        with _traced_anew(self, "train_step"):
            super().make_train_function(force=force)
        if self.train_function is not before:
            self.train_function = self.wrap_train_function(self.train_function)

    def make_test_function(self, force: bool = False) -> None:
        """Makes the evaluation function if there is none, or if `force`."""
        before = self.test_function
        with _traced_anew(self, "test_step"):
            super().make_test_function(force=force)
        if self.test_function is not before:
            self.test_function = self.wrap_test_function(self.test_function)

    def exchange_train_function(self, function: Any) -> Any:
        """Replaces the training function and returns the previous one; None builds a new one."""
        before, self.train_function = self.train_function, function
        self.make_train_function()
        return before

    def drop_step_functions(self) -> None:
        """Drops compiled steps that no longer fit the model; Keras makes new ones when needed."""
        self.train_function = self.test_function = None

    def _should_torch_compile(self) -> bool:
        """Returns False: `torch.compile` breaks the program at every Keras layer.

        The PyTorch backend compiles the training step by itself.
        """
        return False

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Does nothing, because the model is built.

        Keras' TensorFlow trainer would take a batch under a distribution strategy, and fail if the
        replicas' parts of it differ in size.
        """


@contextmanager
def _traced_anew(model: Any, step: str) -> Iterator[None]:
    """Makes JAX trace a step again.

    JAX caches traces by function. A bound method stays equal when `compile` or a turn changes what
    it does, so JAX would run the old step.
    """
    if keras.backend.backend() != "jax":
        yield
        return
    model.__dict__[step] = functools.partial(getattr(type(model), step), model)
    try:
        yield
    finally:
        del model.__dict__[step]


def keep_jax_state(model: Any, state: tuple[Any, ...]) -> None:
    """Sets the state that Keras' JAX trainer puts back into the variables after an epoch."""
    model._jax_state = dict(zip(_JAX_STATE, state, strict=True))


class NestedScope(keras.StatelessScope):
    """A scope that reads through to the scope around it and records assignments.

    Code that JAX differentiates must not assign to the outer scope, because the values would be
    tracers that outlive their trace. The caller copies `assigned` to the outer scope.
    """

    def __init__(self, state_mapping: Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__(state_mapping=list(state_mapping), collect_losses=True)
        self.assigned: dict[int, Any] = {}

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Records an assignment."""
        super().add_update(update)
        self.assigned[id(update[0])] = update[0]

    def get_current_value(self, variable: Any) -> Any:
        """Returns the value assigned here or else in the scope around this one."""
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value


class StandIns(keras.StatelessScope):
    """A scope in which other tensors stand for the values of all variables.

    A `keras.StatelessScope` knows the variables in advance and keeps new values beside them.

    Args:
        value_of: Returns what stands for a variable.
        assign: Is called with a variable and its new value.
    """

    def __init__(self, value_of: Callable[[Any], Any], assign: Callable[[Any, Any], None]) -> None:
        super().__init__(collect_losses=True, initialize_variables=False)
        self._value_of, self._assign = value_of, assign

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Assigns a value."""
        self._assign(*update)

    def get_current_value(self, variable: Any) -> Any:
        """Returns what stands for the variable."""
        return self._value_of(variable)


raw_value = operator.attrgetter("_value")  # of a variable: the tensor itself, in any scope


@contextmanager
def numbered_seeds(first: int) -> Iterator[list[tuple[Any, bool]]]:
    """Makes seed generators return numbers instead of their state, which does not change.

    Keras reads a state on the host, where a recorded step has no values. Other threads draw as
    before.

    Args:
        first: The first number; the others follow.

    Yields:
        The list of the generators that were asked, and of the `ordered` that they were asked with.
    """
    asked: list[tuple[Any, bool]] = []
    kind, thread = keras.random.SeedGenerator, threading.get_ident()
    before = kind.next

    def following(self: Any, ordered: bool = True) -> Any:
        if threading.get_ident() != thread:
            return before(self, ordered)
        asked.append((self, ordered))
        return first + len(asked) - 1, 0

    kind.next = following
    try:
        yield asked
    finally:
        kind.next = before


def forget_restored_epoch(model: Any) -> None:
    """Makes the next `fit` start at its own `initial_epoch`.

    Keras keeps the epoch that `BackupAndRestore` restored, and would start every later `fit` there.
    """
    model._initial_epoch = None


def forget_layer(model: Any, layer: Any) -> None:
    """Removes a replaced layer from the model. Keras would keep tracking its variables."""
    model._tracker.untrack(layer)


def drop_loss_tracker(model: Any) -> None:
    """Removes Keras' own loss, which nothing updates, from the logs."""
    model._loss_tracker = None


def is_validation(evaluate_options: dict[str, Any]) -> bool:
    """Returns whether `fit` called `evaluate`; it has checked the validation data already."""
    return bool(evaluate_options.get("_use_cached_eval_dataset"))


@contextmanager
def shorter_epochs(expected: bool = True) -> Iterator[None]:
    """Silences Keras' warning that the data ended before the epoch, if `expected`."""
    with warnings.catch_warnings():
        if expected:
            warnings.filterwarnings("ignore", "Your input ran out of data")
        yield


def use_own_seed(layer: Any) -> None:
    """Makes a layer without a `seed` draw from its own state, which is saved with the model.

    On PyTorch, Keras makes a Dropout without a seed draw from the global state of the process. No
    file holds that state, so a resume would not be exact.
    """
    seeds = getattr(layer, "seed_generator", None)
    if isinstance(seeds, keras.random.SeedGenerator) and seeds._initial_seed is None:
        seeds._initial_seed = int(keras.ops.convert_to_numpy(seeds.state)[0])


def variables_of(optimizer: Any) -> list[Any]:
    """Returns the variables that a built optimizer was built on."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # wrapped in loss scaling
    return list(inner._trainable_variables)


def keras_knows(stream: Any) -> bool:
    """Returns whether Keras' trainers support this kind of stream, generators aside."""
    kinds = (is_torch_dataloader, is_tf_dataset, is_grain_dataset)
    return isinstance(stream, keras.utils.PyDataset) or any(kind(stream) for kind in kinds)


class StreamAdapter(GeneratorDataAdapter):
    """Adapts an iterable of batches for Keras, which restarts it in every epoch.

    Keras' own generator adapter repeats the first two batches when an epoch begins.

    Args:
        batches: An iterable of tuples. An iterator is not restarted: it continues.
        number: The number of batches; None if unknown.
    """

    def __init__(self, batches: Iterable[Any], number: int | None = None) -> None:
        iterator = iter(batches)
        super().__init__(iterator)  # takes the first batches, to see their shapes
        rest: Iterator[Any] = self.generator()  # type: ignore[has-type]
        self.generator = (lambda: rest) if iterator is batches else lambda: iter(batches)
        self._number = number

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None if unknown."""
        return self._number


def is_graph(model: Any) -> bool:
    """Returns whether a model is Functional or Sequential and does not override `call`."""
    modules = ("keras.src.models.functional", "keras.src.models.sequential")
    return type(model).call.__module__ in modules


def copied_lambda(layer: Any) -> Any:
    """Copies a `Lambda` layer with its functions.

    The layer's configuration has the code of a lambda, but not the global names that it uses.
    """
    return type(layer)(
        layer.function,
        output_shape=layer._output_shape,
        mask=layer.mask,
        arguments=layer.arguments,
        **keras.layers.Layer.get_config(layer),
    )


def portable_config(config: Any) -> Any:
    """Replaces backend-specific optimizers in a configuration by their portable names.

    On PyTorch, Keras replaces some optimizers by backend classes and saves the module of those.
    """
    if isinstance(config, dict):
        named = {key: portable_config(value) for key, value in config.items()}
        if str(named.get("module")).startswith("keras.src.backend.torch.optimizers."):
            named["module"] = "keras.optimizers"
        return named
    return [portable_config(value) for value in config] if isinstance(config, list) else config


@contextmanager
def update_replaced(
    optimizer: Any, update: Callable[[Any, list[Any], list[Any], Any], None]
) -> Iterator[None]:
    """Replaces the rule of an optimizer on PyTorch, but not what Keras does around it.

    Args:
        optimizer: The optimizer.
        update: Takes the optimizer, gradients, variables and the learning rate.
    """
    optimizer.__dict__["_parallel_update_step"] = functools.partial(update, optimizer)
    try:
        yield
    finally:
        del optimizer.__dict__["_parallel_update_step"]


def slots(optimizer: Any, name: str, variables: list[Any]) -> list[Any]:
    """Returns the tensors that an optimizer keeps of variables in the attribute `name`."""
    kept = getattr(optimizer, name)
    return [kept[optimizer._get_variable_index(variable)].value for variable in variables]


def without_mask(outputs: Any) -> Any:
    """Removes the masks that Keras attaches to the outputs of a network; returns the outputs.

    The next network would apply them.
    """
    if keras.backend.backend() == "jax":
        # JAX arrays take no attributes, so Keras stores masks by array. The product is a new array
        # without a mask; XLA removes the multiplication.
        return keras.tree.map_structure(lambda tensor: tensor * 1, outputs)
    for tensor in keras.tree.flatten(outputs):
        if getattr(tensor, "_keras_mask", None) is not None:
            del tensor._keras_mask
    return outputs


class Source(NamedTuple):
    """The operation that made a symbolic tensor, and which of its outputs it is."""

    operation: Any
    output: int


def source_of(tensor: Any) -> Source | None:
    """Returns where a symbolic tensor comes from; None for a tensor outside of a graph."""
    history = getattr(tensor, "_keras_history", None)
    return None if history is None else Source(history.operation, history.tensor_index)
