"""Prepares a call of `fit`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
from keras import tree
from keras.utils import PyDataset

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._backend import (
    as_input,
    check_same_start,
    is_chief,
    variables_scope,
)
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._files import locked
from keras_gan_kit.data import ArrayDataset
from keras_gan_kit.data._arrays import common_length, structure_to_numpy
from keras_gan_kit.models import _check_data
from keras_gan_kit.models._fit_callback import FitCallback
from keras_gan_kit.models._training import Progress, begin_turns


class Fit:
    """One call of `fit`: its data checked and wrapped, and where it starts.

    Args:
        gan: The compiled model.
        x: Real samples: arrays or a stream.
        y: Labels, or None.
        batch_size: For arrays; None for 32.
        validation_split: A share of arrays to hold out.
        validation_data: Held-out data.
        **options: The other arguments of `fit`.
    """

    def __init__(
        self,
        gan: Any,
        x: Any,
        y: Any,
        *,
        batch_size: int | None,
        validation_split: float,
        validation_data: Any,
        **options: Any,
    ) -> None:
        self.gan = gan
        check_compiled(gan)
        _check_counts(options)
        callbacks = _as_list(options["callbacks"])
        if validation_split:
            x, y, validation_data = _split_off(x, y, validation_split, validation_data)
        steps = options["steps_per_epoch"]
        data, dataset = _training_data(gan, x, y, batch_size, options["shuffle"], steps)
        if validation_data is not None:
            validation_data = _checked_validation(gan, validation_data)
        _remember(gan, callbacks, dataset.batches_per_epoch if dataset else steps)
        with _locked_folders(gan, callbacks) as locks:
            start = _restore(gan, callbacks, dataset) or (options["initial_epoch"], 0)
            if dataset is not None:
                dataset.seek(start[0])  # Keras asks for the length of a whole epoch first
            self.progress = Progress(gan, dataset, start)
            self.keras_arguments = options | {
                "x": data if dataset is None else as_input(dataset, gan),
                "callbacks": [self.progress, *sorted(_of_this_worker(gan, callbacks), key=_rank)],
                "validation_data": validation_data,
                # Of a PyDataset, Keras shuffles the batches; other streams have their order.
                "shuffle": options["shuffle"] and dataset is None and isinstance(data, PyDataset),
                "initial_epoch": start[0],
                "steps_per_epoch": steps if dataset is None else None,
                "validation_batch_size": options["validation_batch_size"]
                or (dataset.batch_size if dataset else None),
            }
            self._locks = locks.pop_all()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Surrounds the training."""
        self.gan.progress = self.progress
        with self._locks, warnings.catch_warnings():
            if self.progress.step:  # this epoch is shorter than Keras expects
                warnings.filterwarnings("ignore", "Your input ran out of data")
            try:
                yield
            finally:
                # Keras keeps the epoch that `BackupAndRestore` found, and would start there again.
                self.gan._initial_epoch = None
                self.gan.saved_place, self.gan.progress = self.progress.place, None


def check_compiled(gan: Any) -> None:
    """Refuses a model that is not compiled.

    Raises:
        ValueError: If `compile` has not been called.
    """
    if not gan.compiled:
        raise ValueError(
            f"`{gan.name}` is not compiled. Received: a call of `fit()` or `evaluate()`. Expected: "
            "a call of `compile()` before. Fix: gan.compile() uses the defaults."
        )


def _check_counts(options: dict[str, Any]) -> None:
    integer("epochs", options["epochs"], minimum=0)
    integer("initial_epoch", options["initial_epoch"], minimum=0)
    for name in ("steps_per_epoch", "validation_steps", "validation_batch_size"):
        if options[name] is not None:
            integer(name, options[name])
    if not isinstance(options["validation_freq"], list | tuple):
        integer("validation_freq", options["validation_freq"])


def _as_list(callbacks: Any) -> list[keras.callbacks.Callback]:
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = [callbacks]
    found = list(callbacks or ()) if isinstance(callbacks, Iterable | None) else [callbacks]
    for callback in found:
        if not isinstance(callback, keras.callbacks.Callback):
            raise wrong_type(
                "callbacks",
                received=f"{callback!r} of type {type(callback).__name__}",
                expected="keras.callbacks.Callback objects in a list",
                fix="pass instances, for example callbacks.LossHistory('runs/1')",
            )
    return found


def _rank(callback: keras.callbacks.Callback) -> int:
    """Orders callbacks: Keras' restore before those that look at the state, checkpoints last."""
    if isinstance(callback, keras.callbacks.BackupAndRestore):
        return 0
    if isinstance(callback, FitCallback) and (callback.first or callback.last):
        return 1 if callback.first else 3
    return 2


def _of_this_worker(gan: Any, callbacks: list[Any]) -> list[Any]:
    chief = is_chief(gan)
    return [c for c in callbacks if chief or not (isinstance(c, FitCallback) and c.chief_only)]


def _split_off(x: Any, y: Any, fraction: float, validation_data: Any) -> tuple[Any, Any, Any]:
    if validation_data is not None or not _check_data.is_arrays(x):
        raise invalid(
            "validation_split",
            received=f"{fraction}, with validation_data or a stream",
            expected="arrays in `x` and no validation_data",
            fix="split the data beforehand, and pass validation_data",
        )
    x, held_out = split(x, fraction)
    if y is None:
        return x, None, (held_out,)
    y, held_out_y = split(y, fraction)
    return x, y, (held_out, held_out_y)


def _training_data(
    gan: Any, x: Any, y: Any, batch_size: Any, shuffle: bool, steps_per_epoch: int | None
) -> tuple[Any, ArrayDataset | None]:
    """Returns what to hand to Keras, and the same as an `ArrayDataset` where it is one."""
    _check_data.check_is_data("x", x)
    if _check_data.is_arrays(x):
        x, y = as_arrays(x, y)
        x = ArrayDataset(
            x,
            y,
            batch_size=32 if batch_size is None else batch_size,
            shuffle=shuffle,
            seed=gan.seed or 0,
            steps_per_epoch=steps_per_epoch,
        )
    elif batch_size is not None or y is not None:
        raise invalid(
            "y" if batch_size is None else "batch_size",
            received=f"one, for a stream of type {type(x).__name__}",
            expected="None: a stream makes its own batches",
            fix="batch the stream where it is made, labels included",
        )
    elif isinstance(x, ArrayDataset) and steps_per_epoch is not None:
        raise invalid(
            "steps_per_epoch",
            received=f"{steps_per_epoch}, for an ArrayDataset",
            expected="None",
            fix="pass it to ArrayDataset, which has to know it",
        )
    if not isinstance(x, ArrayDataset):
        return _check_data.check_stream(gan, "x", x, training=True), None
    gan.check_data("x", x.samples, x.y)
    gan.keep_examples(x.samples, x.y)
    _check_data.check_batch_size(gan, x)
    return x, x


def _checked_validation(gan: Any, validation_data: Any) -> Any:
    if _check_data.is_arrays(validation_data) and not isinstance(validation_data, tuple):
        validation_data = (validation_data,)
    if isinstance(validation_data, tuple):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(validation_data)
        gan.check_data("validation_data", x, y)
        return validation_data
    _check_data.check_is_data("validation_data", validation_data)
    return _check_data.check_stream(gan, "validation_data", validation_data)


def _remember(gan: Any, callbacks: list[Any], steps_per_epoch: int | None) -> None:
    """Makes the step log as long as the callbacks need it."""
    asked = [
        callback.steps_remembered(steps_per_epoch)
        for callback in callbacks
        if isinstance(callback, FitCallback)
    ]
    # Executions are read late, while the next ones are under way.
    wanted = max(asked, default=0) + 4 * gan.steps_per_execution
    if gan.step_log.capacity < wanted:
        with variables_scope(gan):
            longer = type(gan.step_log)(gan.step_log.names, wanted)
        longer.continue_from(gan.step_log)
        gan.step_log = longer
        gan.train_function = gan.test_function = None  # they are compiled with the old one
        begin_turns(gan)


def _locked_folders(gan: Any, callbacks: list[Any]) -> ExitStack:
    """Lets callbacks check the model, and keeps other runs out of the folders they write to.

    On the chief alone: its workers share them.
    """
    prepared = [callback for callback in callbacks if isinstance(callback, FitCallback)]
    for callback in prepared:
        callback.companions = tuple(callbacks)
        callback.check(gan)
    with ExitStack() as locks:
        if is_chief(gan):
            folders = {}
            for folder in (folder for callback in prepared for folder in callback.folders):
                folder.mkdir(parents=True, exist_ok=True)
                place = folder.stat()  # several callbacks may share it, by other names too
                folders[place.st_dev, place.st_ino] = folder
            for folder in folders.values():
                locks.enter_context(locked(folder))
        return locks.pop_all()


def _restore(
    gan: Any, callbacks: list[Any], dataset: ArrayDataset | None
) -> tuple[int, int] | None:
    """Lets callbacks restore an earlier state; returns where it stands."""
    start = None
    for callback in callbacks:
        if isinstance(callback, FitCallback):
            start = callback.before_fit(gan) or start
    check_same_start(gan)
    if start is None or start[1] == 0:
        return start
    epoch, step = start
    if dataset and gan.place[2:] == (dataset.batches_per_epoch, dataset.batch_size):
        return epoch, step
    warn(
        f"Training was interrupted at step {step} of epoch {epoch + 1} and goes on at the "
        "beginning of that epoch: "
        + (
            "the length of an epoch or of a batch has changed since."
            if dataset is not None
            else "only arrays and ArrayDataset can be entered in the middle."
        )
    )
    return epoch, 0


def as_arrays(x: Any, y: Any) -> tuple[Any, Any]:
    """Turns arrays of any library into NumPy arrays of one length.

    Raises:
        TypeError: If one is not an array of numbers.
        ValueError: If one is empty, or lengths differ.
    """
    x = structure_to_numpy("x", x)
    y = None if y is None else structure_to_numpy("y", y)
    common_length({"x": x, "y": y})
    return x, y


def split(samples: Any, fraction: float) -> tuple[Any, Any]:
    """Cuts the last `fraction` of arrays off, rounded down to whole samples.

    Raises:
        TypeError: If `fraction` is not a number.
        ValueError: If it is outside (0, 1), or either part would be empty.
    """
    num = len(tree.flatten(samples)[0])
    fraction = number(
        "validation_split",
        fraction,
        lambda fraction: 0.0 < fraction < 1.0 and int(num * fraction) > 0,
        received=f"{fraction!r}, of {num} samples",
        expected="a fraction in (0, 1) that leaves samples on both sides",
        fix="pass for example validation_split=0.1, or validation_data",
    )
    kept = num - int(num * fraction)
    head = tree.map_structure(lambda leaf: leaf[:kept], samples)
    return head, tree.map_structure(lambda leaf: leaf[kept:], samples)
