"""Refuses data that a generator cannot come to resemble."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit.models.inspection import output_of, output_ranges

# How far data may lie outside the range: resizing, compression and float16 overshoot by rounding.
SLACK = 1e-3


def check_samples(argument: str, samples: Any, generator: keras.Model) -> None:
    """Checks real samples, an array or a structure of arrays, against what the generator draws.

    Args:
        argument: How the samples are called in messages.
        samples: Arrays with the batch axis first.
        generator: The network that they are to teach.

    Raises:
        ValueError: If the structure, a shape or a range differs, or a value is not finite.
        TypeError: If a leaf is of integers.
    """
    expected = dict(tree.flatten_with_path(output_of(generator)))
    received = dict(tree.flatten_with_path(samples))
    if expected.keys() != received.keys():
        raise invalid(
            argument,
            received=f"a tuple of {len(samples)}, such as (images, labels)"
            if isinstance(samples, tuple)
            else f"samples of the structure {_names(received)}",
            expected=f"the structure that the generator draws: {_names(expected)}",
            fix="unpack it: `images, labels = ...`, then `fit(images)`, or "
            "`fit(images, labels)` where the model takes labels"
            if isinstance(samples, tuple)
            else "pass a dict or list with the same keys, or a bare array",
        )
    for (path, symbolic), limits in zip(expected.items(), output_ranges(generator), strict=True):
        name = argument + "".join(f"[{key!r}]" for key in path)
        leaf = received[path]
        _check_shape(name, leaf, tuple(symbolic.shape))
        _check_dtype(name, leaf)
        _check_range(name, leaf, limits)


def _names(paths: Any) -> list[str]:
    return ["/".join(map(str, path)) or "one array" for path in paths]


def _check_shape(name: str, leaf: Any, expected: tuple[int | None, ...]) -> None:
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
            expected=f"the shape that the generator draws: {expected[1:]}",
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


def _check_range(name: str, leaf: Any, limits: tuple[float, float] | None) -> None:
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
    # Keras would copy a NumPy array, which may be a memory map larger than the memory.
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
    # From black to white, and no further: light pages in [-1, 1] may have no dark pixel.
    if limits[0] < 0 <= low <= 0.05 and high >= 0.95:
        warn(
            f"`{name}` has no value below 0, but the generator draws from {limits[0]:g} to "
            f"{limits[1]:g}. If it was scaled to [0, 1], pass `2 * {name} - 1`."
        )
