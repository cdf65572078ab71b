"""Prepares a call of `fit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import keras
from keras import tree
from keras.utils import PyDataset

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._backend import (
    as_input,
    check_same_start,
    is_chief,
)
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._files import locked
from keras_gan_kit._keras import forget_restored_epoch, shorter_epochs
from keras_gan_kit.data import ArrayDataset
from keras_gan_kit.data._arrays import common_length, structure_to_numpy
from keras_gan_kit.models import _check_data
from keras_gan_kit.models._callbacks import FitCallback, adapted
from keras_gan_kit.models._check_batches import check_groups, explained_labels
from keras_gan_kit.models._check_weights import as_weights, refuse_class_weights
from keras_gan_kit.models._compilation import choose_jit
from keras_gan_kit.models._training import TrainingCallback

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


@contextmanager
def prepared_fit(
    gan: GANModel, parts: tuple[Any, Any, Any], **options: Any
) -> Iterator[dict[str, Any]]:
    """Prepares a call of `keras.Model.fit`, and yields its arguments.

    All data is checked, and callbacks restore the model, before any weight changes.

    Args:
        gan: The model.
        parts: Real samples, arrays or a stream; labels or None; weights of arrays or None.
        **options: The other arguments of `fit`.
    """
    check_compiled(gan)
    _check_counts(options)
    refuse_class_weights(options.pop("class_weight"))
    callbacks = _as_list(options["callbacks"])
    parts = (*with_encoded_labels(gan, *parts[:2]), parts[2])
    data, dataset, validation_data = _checked_data(gan, parts, options)
    steps = options["steps_per_epoch"]
    choose_jit(gan, dataset.batch_size if dataset else None, verbose=options["verbose"])
    gan.remember_steps(_steps_remembered(gan, callbacks, steps, dataset))
    # Keras warns when a stream of unknown length ends, although no length was specified.
    # Keep the warning if an iterator is exhausted before the last epoch.
    ends_by_itself = dataset is None and steps is None and not isinstance(parts[0], Iterator)
    with (
        _locked_folders(gan, callbacks),
        shorter_epochs(ends_by_itself),
        _begun(gan, callbacks, dataset, options["initial_epoch"]) as epoch,
    ):
        callbacks = [TrainingCallback(gan), *sorted(_of_this_worker(gan, callbacks), key=_rank)]
        options |= {
            "x": data if dataset is None else as_input(dataset, gan),
            "callbacks": callbacks,
            "validation_data": validation_data,
            # Keras shuffles the batches of a PyDataset; other streams keep their order.
            "shuffle": options["shuffle"] and dataset is None and isinstance(data, PyDataset),
            "initial_epoch": epoch,
        }
        if dataset is not None:
            options["steps_per_epoch"] = None
            options["validation_batch_size"] = (
                options["validation_batch_size"] or dataset.batch_size
            )
        with explained_labels(gan):
            yield options


@contextmanager
def _begun(
    gan: GANModel, callbacks: list[Any], dataset: ArrayDataset | None, initial_epoch: int
) -> Iterator[int]:
    """Restores the model, tracks its training, and yields the epoch to start at."""
    restored = _restore(gan, callbacks, dataset)
    epoch, step = restored or (initial_epoch, 0)
    gan.progress.begin(gan, dataset, epoch=epoch, step=step, resumed=restored is not None)
    if dataset is not None:
        dataset.seek(gan.progress.round)  # Keras first asks for the length of a whole epoch
    try:
        with shorter_epochs(step > 0):
            yield epoch
    finally:
        forget_restored_epoch(gan)
        gan.progress.end()


def check_compiled(gan: GANModel) -> None:
    """Checks that the model is compiled with its current networks.

    Raises:
        ValueError: If `compile` has not been called, or a network was replaced since.
    """
    if not gan.compiled:
        raise ValueError(
            f"`{gan.name}` is not compiled. Received: a call of `fit()` or `evaluate()`. Expected: "
            "a call of `compile()` first. Fix: call gan.compile(), which has defaults."
        )
    names = ("generator", "discriminator", "augmenter")
    for name, now, before in zip(names, gan.networks, gan.progress.networks, strict=True):
        if now is not before:
            raise invalid(
                name,
                received=f"another {name} than at the last `compile`",
                expected=f"the {name} that the optimizers and the compiled step were made for",
                fix="call gan.compile(...) again after replacing a network",
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
    """Orders callbacks: Keras' restore first, checkpoints last."""
    if isinstance(callback, keras.callbacks.BackupAndRestore):
        return 0
    if isinstance(callback, FitCallback) and (callback.first or callback.last):
        return 1 if callback.first else 3
    return 2


def _of_this_worker(gan: GANModel, callbacks: list[Any]) -> list[Any]:
    chief = is_chief(gan)
    own = [c for c in callbacks if chief or not (isinstance(c, FitCallback) and c.chief_only)]
    return adapted(own)


def _split_off(
    parts: tuple[Any, ...], fraction: float, validation_data: Any
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    if validation_data is not None or not _check_data.is_arrays(parts[0]):
        raise invalid(
            "validation_split",
            received=f"{fraction}, with validation_data or a stream",
            expected="arrays in `x` and no validation_data",
            fix="split the data beforehand, and pass validation_data",
        )
    parts = as_arrays(*parts)
    kept, held_out = zip(
        *((None, None) if part is None else split(part, fraction) for part in parts), strict=True
    )
    return kept, held_out


def _checked_data(
    gan: GANModel, parts: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Any, ArrayDataset | None, Any]:
    """Checks the data of `fit`, and removes the options that only prepare it.

    Returns:
        The data for Keras, its `ArrayDataset` (None for streams), and the validation data.
    """
    keys = ("batch_size", "drop_remainder", "validation_split", "validation_data")
    batch_size, drop_remainder, fraction, validation_data = (options.pop(key) for key in keys)
    if fraction:
        parts, validation_data = _split_off(parts, fraction, validation_data)
    data, dataset = _training_data(
        gan,
        parts,
        batch_size=batch_size,
        shuffle=options["shuffle"],
        steps_per_epoch=options["steps_per_epoch"],
        drop_remainder=drop_remainder,
    )
    if validation_data is not None:
        size = options["validation_batch_size"] or (dataset.batch_size if dataset else None)
        validation_data = _checked_validation(
            gan, validation_data, size, drop_remainder=drop_remainder
        )
    return data, dataset, validation_data


def _training_data(
    gan: GANModel, parts: tuple[Any, ...], **options: Any
) -> tuple[Any, ArrayDataset | None]:
    """Returns the data for Keras and its `ArrayDataset`, which is None for streams."""
    x, y, sample_weight = parts
    batch_size = options["batch_size"]
    _check_data.check_is_data("x", x)
    if _check_data.is_arrays(x):
        x, y, sample_weight = as_arrays(*parts)
        x = ArrayDataset(
            x,
            y,
            sample_weight=sample_weight,
            seed=gan.seed or 0,
            **options | {"batch_size": 32 if batch_size is None else batch_size},
        )
    else:
        _refuse_for_streams(x, y, sample_weight, options)
    if not isinstance(x, ArrayDataset):
        return _check_data.check_stream(gan, "x", x, training=True), None
    check_arrays(gan, x.samples, x.y, x.sample_weight)
    gan.keep_examples(x.samples, x.y)
    _check_data.check_batch_size(gan, x)
    return x, x


def encoded_labels(gan: GANModel, argument: str, y: Any) -> Any:
    """Returns labels in the form that networks take: a model may have `encode_labels`."""
    encode = getattr(gan, "encode_labels", None)
    return y if encode is None else encode(argument, y)


def with_encoded_labels(gan: GANModel, x: Any, y: Any) -> tuple[Any, Any]:
    """Returns data with labels in the form that networks take."""
    if isinstance(x, ArrayDataset):
        encoded = encoded_labels(gan, "y", x.y)
        return (x if encoded is x.y else x.with_y(encoded)), y
    return x, encoded_labels(gan, "y", y)


def _refuse_for_streams(x: Any, y: Any, sample_weight: Any, options: dict[str, Any]) -> None:
    options = {
        "batch_size": options["batch_size"],
        "y": y,
        "sample_weight": sample_weight,
        "drop_remainder": options["drop_remainder"] or None,
    } | ({"steps_per_epoch": options["steps_per_epoch"]} if isinstance(x, ArrayDataset) else {})
    _check_data.refuse_second_part(x, **options)


def _checked_validation(
    gan: GANModel, validation_data: Any, batch_size: int | None, *, drop_remainder: bool
) -> Any:
    if _check_data.is_arrays(validation_data) and not isinstance(validation_data, tuple):
        validation_data = (validation_data,)
    if isinstance(validation_data, tuple):
        x, y, weights = keras.utils.unpack_x_y_sample_weight(validation_data)
        y = encoded_labels(gan, "validation_data[1]", y)
        check_arrays(gan, x, y, weights, argument="validation_data")
        return evaluated(
            gan,
            (x, y, weights),
            batch_size,
            argument="validation_batch_size",
            drop_remainder=drop_remainder,
        )
    _check_data.check_is_data("validation_data", validation_data)
    return _check_data.check_stream(gan, "validation_data", validation_data)


def _steps_remembered(
    gan: GANModel, callbacks: list[Any], steps_per_epoch: int | None, dataset: ArrayDataset | None
) -> int:
    """Returns how many steps the step log has to hold for the callbacks."""
    if dataset is not None:
        steps_per_epoch = dataset.batches_per_epoch
    asked = [
        callback.steps_remembered(steps_per_epoch)
        for callback in callbacks
        if isinstance(callback, FitCallback)
    ]
    # Callbacks read executions late, while the next ones run.
    return max(asked, default=0) + 4 * gan.steps_per_execution


@contextmanager
def _locked_folders(gan: GANModel, callbacks: list[Any]) -> Iterator[None]:
    """Lets callbacks check the model, and locks the folders that they write to.

    Only the chief takes the locks, because its workers share the folders.
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
                place = folder.stat()  # several callbacks may share it, under different paths
                folders[place.st_dev, place.st_ino] = folder
            for folder in folders.values():
                locks.enter_context(locked(folder))
        yield


def _restore(
    gan: GANModel, callbacks: list[Any], dataset: ArrayDataset | None
) -> tuple[int, int] | None:
    """Lets callbacks restore an earlier state; returns its epoch and step."""
    start = None
    for callback in callbacks:
        if isinstance(callback, FitCallback):
            start = callback.before_fit(gan) or start
    check_same_start(gan)
    if start is None or start[1] == 0:
        return start
    epoch, step = start
    if dataset and gan.progress.position[2:] == (dataset.batches_per_epoch, dataset.batch_size):
        return epoch, step
    warn(
        f"Training was interrupted at step {step} of epoch {epoch + 1} and continues at the "
        "beginning of that epoch: "
        + (
            "the length of an epoch or of a batch has changed since."
            if dataset is not None
            else "only arrays and ArrayDataset can resume inside an epoch."
        )
    )
    return epoch, 0


def check_arrays(gan: GANModel, x: Any, y: Any, weights: Any, *, argument: str = "x") -> None:
    """Checks arrays against the model, by its hooks."""
    gan.check_data(argument, x, y)
    if weights is not None:
        name = "sample_weight" if argument == "x" else f"{argument}[2]"
        gan.check_weights(name, weights, x)


def evaluated(
    gan: GANModel,
    parts: tuple[Any, Any, Any],
    batch_size: int | None,
    *,
    argument: str = "batch_size",
    drop_remainder: bool = False,
) -> Any:
    """Returns arrays as Keras evaluates them, after checking the last batch.

    Keras itself would drop the weights of samples without labels.

    Args:
        gan: The model.
        parts: Samples, labels or None, weights or None.
        batch_size: The batch size; None for 32.
        argument: The argument that it comes from, without backticks.
        drop_remainder: Whether to leave out a last, smaller batch.

    Returns:
        The parts, or an input that yields batches of them.
    """
    size, num = 32 if batch_size is None else batch_size, len(tree.flatten(parts[0])[0])
    if parts[2] is None and not drop_remainder:
        check_groups(gan, argument, num, num % size)
        return parts
    x, y, weights = as_arrays(*parts)
    dataset = ArrayDataset(
        x,
        y,
        sample_weight=weights,
        batch_size=size,
        shuffle=False,
        drop_remainder=drop_remainder,
    )
    if not drop_remainder:
        check_groups(gan, argument, num, num % size)
    return as_input(dataset, gan)


def as_arrays(x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Turns arrays of any library into NumPy arrays of one length.

    Raises:
        TypeError: If one is not an array of numbers.
        ValueError: If one is empty, or lengths differ.
    """
    x = structure_to_numpy("x", x)
    y = None if y is None else structure_to_numpy("y", y)
    sample_weight = as_weights(sample_weight)
    common_length({"x": x, "y": y, "sample_weight": sample_weight})
    return x, y, sample_weight


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
