"""Validates feature arrays, and yields them in float64 blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._arrays import array_to_numpy

# Rows per block. A block of pairs takes 32 MB, whatever the number of samples.
BLOCK = 2048


def features_of(argument: str, given: Any, *, minimum: int = 1) -> NDArray[Any]:
    """Validates features, and returns them as an array of shape (n, d), float32 or float64.

    The array is not converted to float64 as a whole, because 50,000 x 2,048 features would take 800
    MB.

    Raises:
        TypeError: If the features are not an array of numbers.
        ValueError: If the shape is wrong, there are fewer than `minimum` rows, or a value is not
            finite.
    """
    # `array_to_numpy` would round float64 to float32.
    double = isinstance(given, np.ndarray) and given.dtype == np.float64
    array = given if double else array_to_numpy(argument, given)
    if array.ndim != 2 or len(array) < minimum or not array.shape[1]:
        raise invalid(
            argument,
            received=f"an array of shape {array.shape}",
            expected=f"features of shape (n, d), n at least {minimum}, d at least 1",
            fix="pass one row of features per sample",
        )
    features = array if array.dtype.kind == "f" else array.astype(np.float64)
    if not all(np.isfinite(features[rows]).all() for rows in slices(len(features))):
        raise invalid(
            argument,
            received="values that are NaN or infinite",
            expected="finite numbers",
            fix="find them with np.isfinite, and drop or correct these samples",
        )
    return features


def features_of_both(
    real: Any, synthetic: Any, *, minimum: int = 1
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Validates two sets of features, and returns them as arrays of shape (n, d) with equal d.

    Raises:
        TypeError: If a set is not an array of numbers.
        ValueError: If a set is invalid, or the sets come from different networks.
    """
    first = features_of("real", real, minimum=minimum)
    second = features_of("synthetic", synthetic, minimum=minimum)
    if first.shape[1] != second.shape[1]:
        raise invalid(
            "synthetic",
            received=f"{second.shape[1]} features",
            expected=f"{first.shape[1]} features, as in `real`",
            fix="compute both with the same feature network",
        )
    # Different networks may have the same number of features.
    networks = [getattr(given, "fingerprint", None) for given in (real, synthetic)]
    if None not in networks and networks[0] != networks[1]:
        raise invalid(
            "synthetic",
            received=f"features of {synthetic.name}",
            expected=f"features of {real.name}, the same network as for `real`",
            fix="pass extract_features(synthetic, features=real_features.network)",
        )
    return first, second


def slices(n: int, minimum: int = 1) -> Iterator[slice]:
    """Splits n rows into blocks of at least `minimum` rows, except for the last."""
    size = max(BLOCK, minimum)
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def mean_of(features: NDArray[Any]) -> NDArray[np.float64]:
    """Returns the mean row in float64, without a float64 copy of all rows."""
    mean: NDArray[np.float64] = features.mean(axis=0, dtype=np.float64)
    return mean


def blocks(
    features: NDArray[Any], center: NDArray[np.float64], minimum: int = 1
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yields blocks of rows as float64, with `center` subtracted."""
    for rows in slices(len(features), minimum):
        yield rows, features[rows] - center  # float64, like the center
