"""Converts arrays of any framework, and nested structures of them, to NumPy."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type


def array_to_numpy(argument: str, value: object) -> NDArray[Any]:
    """Converts an array of any framework to NumPy, without a copy if possible.

    Args:
        argument: The argument's name, without backticks.
        value: An array or tensor of numbers or booleans with at least one axis.

    Returns:
        The array: floating types (bfloat16 too) as float32, other types as they are.

    Raises:
        TypeError: If the value is a scalar, or not a rectangular array of real numbers.

    Example:
        >>> array_to_numpy("samples", np.zeros((2, 3))).dtype
        dtype('float32')
    """
    value = _frame_as_array(argument, value)
    array = _as_array(value)
    if array is None or array.ndim == 0:
        several = _shapes(value)
        raise wrong_type(
            argument,
            received=f"{type(value).__name__}"
            + (" (a scalar)" if array is not None else "")
            + (f" of arrays of several shapes, {several[0]} and {several[1]}" if several else ""),
            expected="an array (numpy, tensorflow, jax, torch) with a first axis of samples",
            fix="resize or pad them to the same size, or pass them one by one, each as "
            "`image[None]`"
            if several
            else "pass an array, for example np.asarray(values)",
        )
    # NumPy doesn't count bfloat16 as a floating type, so its name is checked.
    if array.dtype.kind == "f" or "float" in array.dtype.name:
        return array.astype(np.float32, copy=False)
    if array.dtype.kind not in "biu":
        raise wrong_type(
            argument,
            received=f"an array of dtype {array.dtype}",
            expected="a rectangular array of real numbers or booleans",
            fix="give all samples the same shape, and encode text as numbers",
        )
    return array


def _frame_as_array(argument: str, value: Any) -> Any:
    """Returns the numbers of a pandas.DataFrame or Series, missing ones as NaN; else the value."""
    if not hasattr(value, "iloc") or not hasattr(value, "to_numpy"):
        return value
    from pandas.api.types import is_complex_dtype, is_numeric_dtype

    columns = [value] if value.ndim == 1 else [value.iloc[:, i] for i in range(value.shape[1])]
    for column in columns:
        if not is_numeric_dtype(column) or is_complex_dtype(column):
            raise wrong_type(
                argument,
                received=f"column {column.name!r} of dtype {column.dtype}",
                expected="numbers or booleans",
                fix="encode the table: keras_gan_kit.data.TableTransformer().fit_transform(table)",
            )
    if all(isinstance(column.dtype, np.dtype) for column in columns):
        array: NDArray[Any] = value.to_numpy()
        return array if array.dtype != object else value.to_numpy(np.float64)
    if any(column.isna().any() for column in columns):
        return value.to_numpy(np.float64, na_value=np.nan)
    types = [getattr(column.dtype, "numpy_dtype", np.float64) for column in columns]
    return value.to_numpy(np.result_type(*types))


def _shapes(value: object) -> list[tuple[int, ...]]:
    """Returns the different shapes in a list of arrays."""
    if not isinstance(value, list | tuple) or not all(hasattr(item, "shape") for item in value):
        return []
    found = sorted({tuple(item.shape) for item in value})
    return found if len(found) > 1 else []


def _as_array(value: Any) -> NDArray[Any] | None:
    """Returns the value as a NumPy array, or None if it can't be converted."""
    if callable(getattr(value, "detach", None)):  # PyTorch tensors may require a gradient
        value = value.detach().cpu()
        # PyTorch can't convert bfloat16 to NumPy, so floats are cast first.
        value = (value.float() if value.is_floating_point() else value).numpy()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    # NumPy wraps unknown objects (a tf.data pipeline, a set, None) in a 0-d object array.
    return None if array.ndim == 0 and array.dtype == object else array


def structure_to_numpy(argument: str, structure: Any) -> Any:
    """Converts every array of a nested structure to NumPy.

    Args:
        argument: The argument's name, without backticks; a leaf's path is added to it.
        structure: An array, or any nesting of dicts, lists and tuples of arrays.

    Returns:
        The same structure with NumPy arrays.

    Raises:
        TypeError: If a leaf is not an array of numbers.

    Example:
        >>> structure_to_numpy("samples", {"image": np.zeros((2, 3))})["image"].shape
        (2, 3)
    """
    leaves = [
        array_to_numpy(argument + "".join(f"[{key!r}]" for key in path), leaf)
        for path, leaf in keras.tree.flatten_with_path(structure)
    ]
    return keras.tree.pack_sequence_as(structure, leaves)


def common_length(parts: dict[str, Any]) -> int:
    """Returns the number of samples, and checks that all arrays have the same.

    Args:
        parts: Structures of arrays by argument name; None is skipped.

    Returns:
        The length of the first axis.

    Raises:
        ValueError: If a part is empty, or lengths differ.

    Example:
        >>> common_length({"samples": np.zeros((2, 3)), "y": None})
        2
    """
    parts = {argument: part for argument, part in parts.items() if part is not None}
    for argument, part in parts.items():
        shapes = [leaf.shape for leaf in keras.tree.flatten(part)]
        if not shapes or any(0 in shape for shape in shapes):
            raise invalid(
                argument,
                received=f"arrays of shapes {shapes}",
                expected="at least one sample",
                fix="check how the data was selected",
            )
    shapes = [leaf.shape for leaf in keras.tree.flatten(parts)]
    if len({shape[0] for shape in shapes}) != 1:
        lists = [name for name, part in parts.items() if isinstance(part, list | tuple)]
        raise invalid(
            lists[0] if lists else argument,
            received=f"arrays of shapes {shapes}",
            expected="the same length along the first axis in all arrays of " + " and ".join(parts),
            fix="a list means several arrays per sample: stack images of the same size with "
            "numpy.stack; resize, pad or crop images of different sizes first"
            if lists
            else "select the same samples in each",
        )
    return int(shapes[0][0])
