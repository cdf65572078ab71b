"""From what `fit` takes to what Keras trains on, checked before any weight changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gan_kit._arguments import number
from keras_gan_kit._backend import check_batch_sizes
from keras_gan_kit._errors import explain, invalid, warn, wrong_type
from keras_gan_kit.data import ArrayDataset
from keras_gan_kit.data._arrays import common_length, structure_to_numpy
from keras_gan_kit.models.inspection import normalizes_vectors


def is_arrays(data: Any) -> bool:
    """Tells arrays, and structures of arrays, from streams."""
    if isinstance(data, str | bytes) or data is None:
        return False
    leaves = tree.flatten(data)
    return bool(leaves) and all(
        hasattr(leaf, "__array__") and hasattr(leaf, "shape") and hasattr(leaf, "dtype")
        for leaf in leaves
    )


def check_is_data(argument: str, data: Any) -> None:
    """Refuses what is neither arrays nor a stream.

    Raises:
        TypeError: If `data` is None, a path, or of a type that cannot be iterated.
    """
    if not is_arrays(data) and (
        data is None or isinstance(data, str | bytes | dict) or not hasattr(data, "__iter__")
    ):
        raise wrong_type(
            argument,
            received=f"{data!r:.80} of type {type(data).__name__}",
            expected="an array, a dict or list of arrays, a tf.data.Dataset, a PyDataset or "
            "a torch DataLoader",
            fix="load the data first, for example with keras_gan_kit.data",
        )


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


def _peek(argument: str, stream: Any) -> tuple[Any, Any]:
    """Takes a look at the first batch of a stream.

    Returns:
        The batch, and the stream to train on: a generator cannot be rewound, so it comes back
        with its first batch put in front again.

    Raises:
        ValueError: If there is no batch.
    """
    try:
        if isinstance(stream, keras.utils.PyDataset) and stream.num_batches != 0:
            return stream[0], stream
        iterator = iter(stream)
        batch = next(iterator)
    except StopIteration:
        raise invalid(
            argument,
            received="a stream without a batch",
            expected="at least one batch",
            fix="check the path or the filter that the data comes from",
        ) from None
    return batch, _put_back(batch, iterator) if iterator is stream else stream


def _put_back(batch: Any, iterator: Iterator[Any]) -> Iterator[Any]:
    # Keras takes only tuples from a generator.
    for found in itertools.chain([batch], iterator):
        yield found if isinstance(found, tuple) else (found,)


def needs_several(gan: Any) -> bool:
    """Tells whether a network makes a constant of a batch of one sample."""
    return any(map(normalizes_vectors, (gan.generator, gan.discriminator)))


def _one_sample(argument: str) -> str:
    return explain(
        argument,
        received="batches of one sample for a network with BatchNormalization",
        expected="at least 2: the statistics of one sample make it a constant",
        fix="take a larger batch, or a network without BatchNormalization",
    )


def check_batch_size(gan: Any, dataset: ArrayDataset) -> None:
    """Refuses batches of one sample where BatchNormalization would erase it.

    Raises:
        ValueError: If every batch would have one sample, or devices cannot share one.
    """
    rest = dataset.num_samples % dataset.batch_size
    check_batch_sizes(
        gan, {rest or dataset.batch_size, min(dataset.batch_size, dataset.num_samples)}
    )
    if not needs_several(gan):
        return
    if min(dataset.batch_size, dataset.num_samples) == 1:
        raise ValueError(_one_sample("batch_size"))
    if rest == 1:
        warn(
            f"The last batch of every pass has one sample ({dataset.num_samples} samples in "
            f"batches of {dataset.batch_size}), which BatchNormalization turns into a constant. "
            "Take another `batch_size`, or leave one sample out."
        )


def check_stream(gan: Any, argument: str, stream: Any, *, training: bool = False) -> Any:
    """Checks the first batch of a stream; returns the stream to use from now on."""
    batch, stream = _peek(argument, stream)
    samples, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    samples = tree.map_structure(_to_numpy, samples)
    gan.check_data(argument, samples, y)
    if training and needs_several(gan) and len(tree.flatten(samples)[0]) == 1:
        raise ValueError(_one_sample(argument))
    if training:
        gan.keep_examples(samples, y)
    return stream


def _to_numpy(leaf: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(leaf))


def refuse_labels(gan: Any, y: Any) -> None:
    """Refuses labels for a model that has no use for them.

    Raises:
        ValueError: If `y` is not None.
    """
    if y is not None:
        raise invalid(
            "y",
            received="labels (a tuple from a stream is (samples, labels) to Keras)",
            expected=f"samples alone, for a {type(gan).__name__}",
            fix="drop them, from a stream by dataset.map(lambda x, y: x), or train a "
            "ConditionalGAN",
        )
