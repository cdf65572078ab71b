"""The checks that all metrics of features share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain
from keras_gan_kit.data._arrays import array_to_numpy


def features_of(argument: str, given: Any, *, minimum: int = 1) -> NDArray[np.float64]:
    """Returns features as a float64 array of shape (n, d).

    Raises:
        TypeError: If they are not an array of numbers.
        ValueError: If they have another shape, fewer than `minimum` rows, or values that are not
            finite.
    """
    # The other arrays of the package are float32, to which float64 would be rounded here.
    double = isinstance(given, np.ndarray) and given.dtype == np.float64
    array = given if double else array_to_numpy(argument, given)
    if array.ndim != 2 or len(array) < minimum or not array.shape[1]:
        raise ValueError(
            explain(
                argument,
                received=f"an array of shape {array.shape}",
                expected=f"features of shape (n, d), n at least {minimum}, d at least 1",
                fix="pass one row of features for each sample",
            )
        )
    features: NDArray[np.float64] = array.astype(np.float64)
    if not np.isfinite(features).all():
        raise ValueError(
            explain(
                argument,
                received="values that are NaN or infinite",
                expected="finite numbers",
                fix="find them with np.isfinite, and drop or repair those samples",
            )
        )
    return features


def features_of_both(
    real: Any, synthetic: Any, *, minimum: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns both sets of features as float64 arrays of shape (n, d) with the same d.

    Raises:
        TypeError: If one is not an array of numbers.
        ValueError: If one is not fit, or the numbers of features differ.
    """
    first = features_of("real", real, minimum=minimum)
    second = features_of("synthetic", synthetic, minimum=minimum)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            explain(
                "synthetic",
                received=f"{second.shape[1]} features",
                expected=f"{first.shape[1]}, as many as `real` has",
                fix="take both from the same feature network",
            )
        )
    return first, second
