"""Refuses labels and networks that a conditional model cannot work with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models.inspection import (
    input_of,
    last_activation,
    output_of,
    unwrapped,
)


def check_labels(argument: str, labels: Any, num_classes: int, num_samples: int) -> np.ndarray:
    """Checks that there is one class for each sample.

    Args:
        argument: How the labels are called in messages.
        labels: An array of any library, or a list.
        num_classes: Labels are 0 to `num_classes` - 1.
        num_samples: How many there have to be.

    Returns:
        int32 of shape (num_samples,).

    Raises:
        TypeError: If the labels are no integers.
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
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= num_classes:
        fix = "number the classes from 0"
        if argument == "labels":
            fix = "ask for classes that the model knows"
        elif low >= 0:
            fix += f", or pass num_classes={high + 1} to the model and the builders of its networks"
        received = f"labels from {low} to {high}" if low < high else f"the label {low}"
        raise invalid(argument, received=received, expected=expected, fix=fix)
    return array.astype("int32", copy=False)


def takes_labels(network: keras.Model) -> bool:
    """Tells whether a network's inputs are [anything, labels], labels integers (batch,)."""
    inputs = input_of(network)
    if not isinstance(inputs, list | tuple) or len(inputs) != 2 or tree.is_nested(inputs[1]):
        return False
    return len(inputs[1].shape) == 1 and "int" in inputs[1].dtype


def classifies(discriminator: keras.Model) -> bool:
    """Tells whether a discriminator returns {"logit", "class"}."""
    outputs = output_of(discriminator)
    return isinstance(outputs, dict) and set(outputs) == {"logit", "class"}


def conditional_inputs(generator: keras.Model, discriminator: keras.Model) -> tuple[Any, Any]:
    """Finds the symbolic latents and samples among the inputs of conditional networks.

    Raises:
        ValueError: If the generator takes no labels, or the discriminator neither takes nor
            returns any.
    """
    if not takes_labels(generator):
        raise invalid(
            "generator",
            received=f"inputs of shape {_shapes(input_of(generator))}",
            expected="[latents, labels] of shape [(None, latent_dim), (None,)], the labels "
            "integers",
            fix="pass networks.conditional_generator(generator, num_classes)",
        )
    seen = input_of(discriminator)
    if takes_labels(discriminator) == classifies(discriminator):
        raise invalid(
            "discriminator",
            received=f"inputs of shape {_shapes(seen)}, outputs of shape "
            f"{_shapes(output_of(discriminator))}",
            expected="either inputs [samples, labels], the labels integers (None,), or the "
            "outputs {'logit': ..., 'class': ...}",
            fix="pass networks.conditional_discriminator(discriminator, num_classes)",
        )
    latents = input_of(generator)[0]
    return latents, seen[0] if takes_labels(discriminator) else seen


def check_classes(argument: str, network: keras.Model, num_classes: int) -> None:
    """Refuses a network for another number of classes.

    Raises:
        ValueError: If its label embedding or its class scores are for another number.
    """
    known = _known_classes(network)
    if known - {num_classes}:
        received = f"a network for {' or '.join(map(str, sorted(known)))} classes"
    elif classifies(network) and not _scores(output_of(network)["class"], num_classes):
        scores = output_of(network)["class"]
        received = f"class scores of shape {tuple(scores.shape)}, {last_activation(scores)}"
    else:
        return
    raise invalid(
        argument,
        received=received,
        expected=f"one for num_classes={num_classes}, scores without activation",
        fix="build both networks and the model for the same number",
    )


def _known_classes(network: keras.Model) -> set[int]:
    """Finds for how many classes the layers are that read the labels."""
    if not takes_labels(network):
        return set()
    labels = input_of(network)[1]
    sizes: set[Any] = {
        getattr(unwrapped(layer), "input_dim", getattr(unwrapped(layer), "num_classes", None))
        for layer in network.layers
        if not isinstance(layer, keras.layers.InputLayer)
        and any(tensor is labels for tensor in tree.flatten(layer.input))
    }
    return sizes - {None}


def _scores(scores: Any, num_classes: int) -> bool:
    no_probabilities = last_activation(scores) not in ("softmax", "sigmoid", "log_softmax")
    return tuple(scores.shape)[1:] == (num_classes,) and no_probabilities


def _shapes(tensors: Any) -> Any:
    return tree.map_structure(lambda tensor: tuple(tensor.shape), tensors)
