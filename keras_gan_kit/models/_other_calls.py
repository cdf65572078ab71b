"""Checks the data of `evaluate`, `train_on_batch` and `test_on_batch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._backend import check_batch_sizes
from keras_gan_kit._errors import wrong_type
from keras_gan_kit.models._check_data import (
    check_is_data,
    check_several,
    check_stream,
    is_arrays,
    refuse_second_part,
)
from keras_gan_kit.models._check_weights import refuse_class_weights
from keras_gan_kit.models._fit import (
    as_arrays,
    check_arrays,
    check_compiled,
    encoded_labels,
    evaluated,
    with_encoded_labels,
)

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def checked_data(gan: GANModel, x: Any, y: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """Checks the data of `evaluate` and returns it; adapts `options` to it."""
    check_compiled(gan)
    check_is_data("x", x)
    x, y = with_encoded_labels(gan, x, y)
    if options.get("batch_size") is not None:
        integer("batch_size", options["batch_size"])
    weights = options.get("sample_weight")
    drop_remainder = options.pop("drop_remainder", False)
    if not is_arrays(x):
        refuse_second_part(x, y=y, sample_weight=weights, drop_remainder=drop_remainder or None)
        return check_stream(gan, "x", x), y
    check_arrays(gan, x, y, weights)
    x, y, weights = as_arrays(x, y, weights)
    parts = evaluated(
        gan, (x, y, weights), options.get("batch_size"), drop_remainder=drop_remainder
    )
    if isinstance(parts, tuple):
        return x, y
    options |= {"sample_weight": None, "batch_size": None}
    return parts, None


def checked_batch(
    gan: GANModel,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any = None,
    *,
    training: bool = False,
) -> tuple[Any, Any, Any]:
    """Returns a batch as NumPy arrays, after the checks of `fit`.

    Raises:
        TypeError: If a part is not an array of the right type.
        ValueError: If the batch does not match the generator, or `class_weight` is given.
    """
    check_compiled(gan)
    refuse_class_weights(class_weight)
    if not is_arrays(x):
        raise wrong_type(
            "x",
            received=f"{x!r:.80} of type {type(x).__name__}",
            expected="one batch: an array, or a dict or list of arrays",
            fix="pass arrays of a batch; `fit` and `evaluate` take streams",
        )
    y = encoded_labels(gan, "y", y)
    check_arrays(gan, x, y, sample_weight)
    x, y, sample_weight = as_arrays(x, y, sample_weight)
    size = len(tree.flatten(x)[0])
    check_batch_sizes(gan, {size})
    if training:
        check_several(gan, "x", size)
    return x, y, sample_weight
