"""Validates data: samples, labels, pairs of images and streams of batches."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops, tree

from keras_gan_kit._backend import check_batch_sizes
from keras_gan_kit._backend.checked_stream import with_checked_labels, with_labels_of_nothing
from keras_gan_kit._errors import explain, invalid, warn, wrong_type
from keras_gan_kit.data import ArrayDataset
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._check_batches import check_batch_labels, check_groups
from keras_gan_kit.models._inspection import (
    input_of,
    normalizes_vectors,
    output_bounds,
    output_of,
)
from keras_gan_kit.models._streams import as_keras_reads, peek
from keras_gan_kit.models._whole_images import WholeImages

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

# Keys of labels in the dicts of datasets.
_LABELS = ("label", "labels", "class", "classes", "target", "targets", "y")
# How far data may exceed the range: resizing, compression and float16 round beyond it.
SLACK = 1e-3


def check_samples(argument: str, samples: Any, generator: keras.Model) -> None:
    """Checks real samples, an array or a structure of arrays, against the generator's output.

    Args:
        argument: The argument's name, without backticks.
        samples: Arrays with the batch axis first.
        generator: The network to train on them.

    Raises:
        ValueError: If the structure, a shape or a range differs, or a value is not finite.
        TypeError: If a leaf has an integer dtype.
    """
    expected = dict(tree.flatten_with_path(output_of(generator)))
    received = dict(tree.flatten_with_path(samples))
    if expected.keys() != received.keys():
        raise invalid(
            argument,
            received=f"a tuple of {len(samples)}, such as (images, labels)"
            if isinstance(samples, tuple)
            else f"samples of the structure {_names(received)}",
            expected=f"the structure of the generator's output: {_names(expected)}",
            fix=_fix_structure(argument, samples, one=list(expected) == [()]),
        )
    for (path, symbolic), limits in zip(expected.items(), output_bounds(generator), strict=True):
        name = argument + "".join(f"[{key!r}]" for key in path)
        leaf = received[path]
        check_shape(name, leaf, tuple(symbolic.shape))
        _check_dtype(name, leaf)
        check_range(name, leaf, limits)


def _fix_structure(argument: str, samples: Any, *, one: bool) -> str:
    if isinstance(samples, tuple):
        return (
            "unpack it: `images, labels = ...`, then `fit(images)`, or `fit(images, labels)` if "
            "the model takes labels"
        )
    if isinstance(samples, dict) and one and samples:
        keys = list(samples)
        labels = [key for key in keys if str(key).lower() in _LABELS]
        image = next((key for key in keys if key not in labels), keys[0])
        label = f", batch[{labels[0]!r}]" if labels else ""
        return (
            f"take the array out of the dict: `{argument}[{image!r}]`; a model with labels takes "
            f"a tuple: `stream.map(lambda batch: (batch[{image!r}]{label or ', labels'}))`"
        )
    return "pass a dict or list with the same keys, or a bare array"


def _names(paths: Any) -> list[str]:
    return ["/".join(map(str, path)) or "one array" for path in paths]


def check_shape(name: str, leaf: Any, expected: tuple[int | None, ...]) -> None:
    """Checks the shape of samples.

    Raises:
        ValueError: If it differs from the expected one in more than the number of samples.
    """
    shape = tuple(leaf.shape)
    fits = len(shape) == len(expected) and all(
        want is None or got == want for got, want in zip(shape[1:], expected[1:], strict=True)
    )
    if not fits:
        hint = "resize the data, or build the networks for its shape"
        if shape[1:] == expected[1:-1] and expected[-1] == 1:
            hint = f"add the channel axis with `{name}[..., None]`"
        elif len(shape) == 4 and (*shape[2:], shape[1]) == expected[1:]:
            hint = f"the channels come last: pass `np.moveaxis({name}, 1, -1)`"
        raise invalid(
            name,
            received=f"samples of shape {shape[1:]}",
            expected=f"the shape of the generator's output: {expected[1:]}",
            fix=hint,
        )


def _check_dtype(name: str, leaf: Any) -> None:
    dtype = keras.backend.standardize_dtype(leaf.dtype)
    if "float" not in dtype:
        raise wrong_type(
            name,
            received=f"values of type {dtype}",
            expected="floating-point samples, images in [-1, 1]",
            fix="convert images with keras_gan_kit.data.from_uint8, other data with "
            ".astype('float32')",
        )


def check_range(name: str, leaf: Any, limits: tuple[float, float] | None) -> None:
    """Checks that samples are finite and in the range of the generator.

    Raises:
        ValueError: If they are not, or there are none.
    """
    if not len(leaf):
        raise invalid(
            name,
            received="no samples",
            expected="at least one",
            fix="check the path or the filter that the data comes from",
        )
    low, high = finite_bounds(name, leaf)
    if limits is not None:
        _check_limits(name, low, high, limits)


def finite_bounds(name: str, leaf: Any) -> tuple[float, float]:
    """Returns the smallest and the largest value of an array that is not empty.

    Raises:
        ValueError: If a value is not finite.
    """
    # Keras would copy a NumPy array. It may be a memory map that is larger than the memory.
    values = leaf if isinstance(leaf, np.ndarray) else keras.ops.convert_to_numpy(leaf)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise invalid(
            name,
            received="values that are NaN or infinite",
            expected="finite numbers",
            fix="find them with np.isfinite, and drop or repair those samples",
        )
    return low, high


def _check_limits(name: str, low: float, high: float, limits: tuple[float, float]) -> None:
    if low < limits[0] - SLACK or high > limits[1] + SLACK:
        raise invalid(
            name,
            received=f"values from {low:.6g} to {high:.6g}",
            expected=f"the generator's range, {limits[0]:g} to {limits[1]:g}",
            fix=f"these are gray levels: pass `{name} / 127.5 - 1`"
            if limits == (-1.0, 1.0) and low >= 0 and 128 <= high <= 255
            else "scale the data, or change the generator's last activation",
        )
    # Only if the values cover [0, 1]: bright images in [-1, 1] may have no dark pixel either.
    if limits[0] < 0 <= low <= 0.05 and high >= 0.95:
        warn(
            f"`{name}` has no value below 0, but the generator's range is {limits[0]:g} to "
            f"{limits[1]:g}. If it was scaled to [0, 1], pass `2 * {name} - 1`."
        )


def check_pairs(argument: str, source: Any, target: Any, generator: keras.Model) -> None:
    """Checks sources against the generator's input, and targets against its output.

    Args:
        argument: "x", or the name of the data that holds both.
        source: Images (n, height, width, channels).
        target: The images to generate from them.
        generator: The network to train on them.

    Raises:
        TypeError: If images do not have a float dtype.
        ValueError: If targets are missing, numbers, sizes or ranges differ, or a value is not
            finite.
    """
    names = ("x", "y") if argument == "x" else (f"{argument}[0]", f"{argument}[1]")
    if target is None:
        raise invalid(
            names[1],
            received="None",
            expected="the target images of the sources",
            fix="call fit(source, target), or pass a stream of tuples (source, target)",
        )
    check_sources(names[0], source, tuple(input_of(generator).shape))
    check_no_gray_levels(names[0], source, generator)
    check_samples(names[1], target, generator)
    sizes = tuple(source.shape[:3]), tuple(tree.flatten(target)[0].shape[:3])
    if sizes[0] != sizes[1]:
        raise invalid(
            names[1],
            received=f"{sizes[1][0]} images of {sizes[1][1:]} pixels",
            expected=f"one for each of the {sizes[0][0]} sources, of {sizes[0][1:]} pixels",
            fix="pair and resize them, for example with keras_gan_kit.data.paired_images",
        )
    _check_multiple(names[0], sizes[0][1:], generator)


def _check_multiple(name: str, size: tuple[int, ...], generator: keras.Model) -> None:
    """Checks that a network with skip connections can halve the images evenly at each level."""
    if None not in input_of(generator).shape[1:3]:
        return
    multiple = WholeImages(generator).multiple
    if any(side % multiple for side in size):
        raise invalid(
            name,
            received=f"images of {size} pixels",
            expected=f"heights and widths that are multiples of {multiple}, which the generator "
            "requires",
            fix=f"pad them with data.paired_images(multiple_of={multiple}), or cut crops with "
            "data.PairedDataset(crop_size=...); `predict` pads by itself",
        )


def check_no_gray_levels(name: str, source: Any, generator: keras.Model) -> None:
    """Checks that sources are not in [0, 255], unless the generator rescales its input.

    Raises:
        ValueError: If values look like gray levels.
    """
    low, high = finite_bounds(name, source)
    first = (keras.layers.Rescaling, keras.layers.Normalization)
    if low < 0 or not 128 <= high <= 255 or any(isinstance(x, first) for x in generator.layers):
        return
    raise invalid(
        name,
        received=f"values from {low:.6g} to {high:.6g}",
        expected="images in [-1, 1], or standardized ones",
        fix=f"these are gray levels: pass `{name} / 127.5 - 1`, or begin the generator with a "
        "keras.layers.Rescaling",
    )


def check_sources(name: str, source: Any, expected: tuple[int | None, ...]) -> Any:
    """Returns images, after checking them against a network's input shape.

    Raises:
        TypeError: If they do not have a float dtype.
        ValueError: If they have another shape, there are none, or a value is not finite.
    """
    shape = tuple(getattr(source, "shape", ()))
    if (
        len(shape) != 4
        or not shape[0]
        or any(want not in (None, got) for got, want in zip(shape[1:], expected[1:], strict=True))
    ):
        alone = len(shape) == 3 and shape[2] == expected[3]
        raise invalid(
            name,
            received=f"an array of shape {shape}",
            expected=f"one or more images of the generator's input shape {expected[1:]}",
            fix="pass image[None] for a single image"
            if alone
            else "add the channel axis, resize, or build the networks for this shape",
        )
    if "float" not in keras.backend.standardize_dtype(source.dtype):
        raise wrong_type(
            name,
            received=f"values of type {keras.backend.standardize_dtype(source.dtype)}",
            expected="floats",
            fix="convert images with keras_gan_kit.data.from_uint8",
        )
    finite_bounds(name, source)
    return source


def second_kind(argument: str, images: Any) -> Any:
    """Returns the images of the second domain as NumPy arrays.

    Raises:
        ValueError: If they are missing.
    """
    if images is None:
        raise invalid(
            argument,
            received="None",
            expected="images of the second domain",
            fix="pass both, or a stream of tuples (a, b)",
        )
    return tree.map_structure(lambda leaf: np.asarray(ops.convert_to_numpy(leaf)), images)


def check_images(argument: str, images: Any, expected: Any) -> np.ndarray:
    """Checks images to translate.

    Args:
        argument: The argument's name, without backticks.
        images: An array of any library.
        expected: The network's symbolic input.

    Returns:
        The images as a float32 NumPy array.

    Raises:
        TypeError: If they are not an array of floats.
        ValueError: If they have another shape, or there are none.
    """
    array = array_to_numpy(argument, images)
    shape = tuple(expected.shape)[1:]
    fits = len(array.shape) == len(shape) + 1 and all(
        want in (None, got) for want, got in zip(shape, array.shape[1:], strict=True)
    )
    if not fits or not len(array):
        raise invalid(
            argument,
            received=f"an array of shape {array.shape}",
            expected=f"one or more images of shape {shape}",
            fix="add the batch axis with `[None]` to a single image, or resize",
        )
    if array.dtype != np.float32:
        raise wrong_type(
            argument,
            received=f"values of type {array.dtype}",
            expected="floats, in the range of the training images",
            fix="convert images with keras_gan_kit.data.from_uint8",
        )
    return array


def is_arrays(data: Any) -> bool:
    """Returns whether data is an array or a structure of arrays, and not a stream."""
    if isinstance(data, str | bytes) or data is None:
        return False
    leaves = tree.flatten(data)
    return bool(leaves) and all(
        hasattr(leaf, "__array__") and hasattr(leaf, "shape") and hasattr(leaf, "dtype")
        for leaf in leaves
    )


def check_is_data(argument: str, data: Any) -> None:
    """Checks that data is an array, a structure of arrays, or a stream.

    Raises:
        TypeError: If `data` is a table, None, a path, or of a type that cannot be iterated.
    """
    for leaf in tree.flatten(data):
        if type(leaf).__name__ == "DataFrame":  # of pandas or polars
            raise wrong_type(
                argument,
                received=f"a DataFrame of {len(leaf)} rows",
                expected="arrays of numbers in the range of the generator",
                fix="encode it: `table = keras_gan_kit.data.TableTransformer().fit(frame)`, then "
                "fit(table.transform(frame)) with networks.table_generator(table)",
            )
    if not is_arrays(data) and (
        data is None
        or isinstance(data, str | bytes | dict)
        or not (hasattr(data, "__iter__") or inspect.isroutine(data))
    ):
        raise wrong_type(
            argument,
            received=f"{data!r:.80} of type {type(data).__name__}",
            expected="an array, a dict or list of arrays, a tf.data.Dataset, a PyDataset, a torch "
            "DataLoader, or a generator or generator function of batches",
            fix="load the data first, for example with keras_gan_kit.data",
        )


def needs_several(gan: GANModel) -> bool:
    """Returns whether a network needs more than one sample in a batch."""
    return any(map(normalizes_vectors, (gan.generator, gan.discriminator)))


def _one_sample(argument: str) -> str:
    return explain(
        argument,
        received="batches of one sample for a network with BatchNormalization",
        expected="at least 2, because normalizing a single sample gives a constant",
        fix="use a larger batch, or a network without BatchNormalization",
    )


def check_several(gan: GANModel, argument: str, batch_size: int) -> None:
    """Checks that BatchNormalization sees more than one sample in a batch.

    Raises:
        ValueError: If it does not.
    """
    if batch_size == 1 and needs_several(gan):
        raise ValueError(_one_sample(argument))


def check_batch_size(gan: GANModel, dataset: ArrayDataset) -> None:
    """Checks that BatchNormalization never sees a single sample.

    Raises:
        ValueError: If every batch would have one sample, or devices cannot share one.
    """
    size = min(dataset.batch_size, dataset.num_samples)
    rest = 0 if dataset.drop_remainder else dataset.num_samples % dataset.batch_size
    check_batch_sizes(gan, {rest or size, size})
    check_groups(gan, "batch_size", dataset.num_samples, rest)
    if not needs_several(gan):
        return
    if min(dataset.batch_size, dataset.num_samples) == 1:
        raise ValueError(_one_sample("batch_size"))
    if rest == 1:
        warn(
            f"The last batch of every pass has one sample ({dataset.num_samples} samples in "
            f"batches of {dataset.batch_size}), which BatchNormalization turns into a constant. "
            "Use another `batch_size`, or leave one sample out."
        )


def check_stream(gan: GANModel, argument: str, stream: Any, *, training: bool = False) -> Any:
    """Checks the first batch of a stream; returns the stream to use from now on."""
    batch, stream = peek(argument, stream)
    samples, y, weights = keras.utils.unpack_x_y_sample_weight(batch)
    samples = tree.map_structure(_to_numpy, samples)
    gan.check_data(argument, samples, y)
    if weights is not None:
        gan.check_weights(f"{argument}[2]", weights, samples)
    if training:
        check_several(gan, argument, len(tree.flatten(samples)[0]))
        gan.keep_examples(samples, y)
    if y is None and weights is not None:
        stream = with_labels_of_nothing(stream)
    if gan.label_classes is not None:
        name = "y" if argument == "x" else f"{argument}[1]"
        check = functools.partial(check_batch_labels, argument=name, num_classes=gan.label_classes)
        stream = with_checked_labels(stream, check, gan.label_classes)
    return as_keras_reads(stream)


def refuse_second_part(stream: Any, **parts: Any) -> None:
    """Checks that labels and weights are not passed separately with a stream.

    Raises:
        ValueError: If a part is not None.
    """
    for name, part in parts.items():
        if part is not None:
            raise invalid(
                name,
                received=f"a value, for a stream of type {type(stream).__name__}",
                expected="None: a stream yields labels and weights in its batches",
                fix="leave it out; the stream yields whole batches: x, (x, y) or "
                "(x, y, sample_weight)",
            )


def _to_numpy(leaf: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(leaf))


def refuse_labels(gan: GANModel, y: Any) -> None:
    """Checks that no labels are passed to a model without labels.

    Raises:
        ValueError: If `y` is not None.
    """
    if y is not None and 0 not in getattr(y, "shape", ()):
        raise invalid(
            "y",
            received="labels (Keras takes a tuple from a stream as (samples, labels))",
            expected=f"samples without labels, for a {type(gan).__name__}",
            fix="drop them, from a stream by dataset.map(lambda x, y: x), or train a "
            "ConditionalGAN",
        )
