"""Validates labels, and the size of the last batch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops, tree

from keras_gan_kit._backend import CALL_ERRORS
from keras_gan_kit._backend.checked_stream import explained
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._inspection import input_of, may_group_samples

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def check_labels(argument: str, labels: Any, num_classes: int, num_samples: int) -> np.ndarray:
    """Checks that there is a valid class for each sample.

    Args:
        argument: The argument's name, without backticks.
        labels: An array of any library, or a list.
        num_classes: Labels are 0 to `num_classes` - 1.
        num_samples: The number of samples.

    Returns:
        int32 of shape (num_samples,).

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If they are missing, one-hot, of another length, or out of range.
    """
    expected = f"{num_samples} integers from 0 to {num_classes - 1}"
    fix = "pass the class of each sample"
    if labels is None:
        raise invalid(argument, received="no labels", expected=expected, fix=fix)
    array = array_to_numpy(argument, labels)
    if array.shape != (num_samples,):
        if array.ndim == 2 and array.shape[1] == num_classes > 1:
            fix = f"these are one-hot: pass `{argument}.argmax(axis=-1)`"
            if not np.allclose(array.sum(axis=1), 1):
                fix = "a sample has one class: number the combinations of attributes"
        elif array.ndim == 2 and array.shape[1] == 1:
            fix = f"drop the second axis: `{argument}[:, 0]`"
        raise invalid(
            argument,
            received=f"labels of shape {array.shape}",
            expected=f"{expected}: shape ({num_samples},)",
            fix=fix,
        )
    if array.dtype.kind not in "iu":
        raise wrong_type(
            argument,
            received=f"labels of type {array.dtype}",
            expected=expected,
            fix=f"convert them: `{argument}.astype('int32')`",
        )
    check_label_range(argument, int(array.min()), int(array.max()), num_classes)
    return array.astype("int32", copy=False)


def check_label_range(argument: str, low: int, high: int, num_classes: int) -> None:
    """Checks the smallest and the largest label.

    Raises:
        ValueError: If one is not a class.
    """
    if low >= 0 and high < num_classes:
        return
    fix = "number the classes from 0"
    if argument == "labels":
        fix = "pass classes that the model was trained on"
    elif low >= 0:
        fix += f", or pass num_classes={high + 1} to the model and the builders of its networks"
    raise invalid(
        argument,
        received=f"labels from {low} to {high}" if low < high else f"the label {low}",
        expected=f"integers from 0 to {num_classes - 1}",
        fix=fix,
    )


def check_batch_labels(labels: Any, *, argument: str, num_classes: int) -> None:
    """Checks the labels of one batch of a stream, as `check_labels`."""
    check_labels(argument, labels, num_classes, len(labels))


def explained_labels(gan: GANModel) -> AbstractContextManager[Any]:
    """Returns a context that explains labels out of range in a batch of a stream."""
    num_classes = gan.label_classes
    if num_classes is None:
        return nullcontext()
    return explained(lambda low, high: check_label_range("y", low, high, num_classes))


def check_groups(gan: GANModel, argument: str, num_samples: int, rest: int) -> None:
    """Checks that the discriminator takes a batch of `rest` samples.

    A discriminator with minibatch standard deviation, for example, needs groups of a fixed size.

    Args:
        gan: The model.
        argument: The argument that the batch size comes from, without backticks.
        num_samples: The number of samples in a pass.
        rest: The number of samples in its last batch; 0 if it is full.

    Raises:
        ValueError: If it does not.
    """
    network = gan.discriminator
    sized = all(None not in tuple(x.shape)[1:] for x in tree.flatten(input_of(network)))
    if not rest or not sized or not may_group_samples(network):
        return
    zeros = tree.map_structure(
        lambda x: ops.zeros((rest, *x.shape[1:]), x.dtype), input_of(network)
    )
    try:
        network(zeros, training=False)
    except CALL_ERRORS as error:
        # The first line of Keras' message only names the layer.
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if "Exception enc" not in line), "")
        raise invalid(
            argument,
            received=f"a last batch of {rest} of the {num_samples} samples, which the "
            f"discriminator does not accept ({reason:.100})",
            expected="batches that it accepts",
            fix="pass drop_remainder=True, which leaves out the samples of the last batch, or "
            "another batch size",
        ) from error
