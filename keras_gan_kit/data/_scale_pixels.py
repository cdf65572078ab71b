"""Scales pixels to a value range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**14  # pixels whose indices fit in the processor's cache


def scale_pixels(pixels: NDArray[np.uint8], low: float, high: float, out: NDArray[Any]) -> None:
    """Writes `low + pixel * (high - low) / 255` to `out`, rounded once.

    Args:
        pixels: Any shape.
        low: The value of pixel 0.
        high: The value of pixel 255.
        out: float32 array of the same shape.

    Example:
        >>> out = np.empty((1, 2), np.float32)
        >>> scale_pixels(np.array([[0, 255]], "uint8"), -1.0, 1.0, out)
        >>> out.tolist()
        [[-1.0, 1.0]]
    """
    if not out.flags.c_contiguous:  # part of a padded image, whose rows are contiguous
        for row, target in zip(pixels, out, strict=True):
            scale_pixels(row, low, high, target)
        return
    flat, to = pixels.reshape(-1), out.reshape(-1)
    if (low, high) == (-1.0, 1.0):
        # Equals the table below in two thirds of the time: the difference is exact, and only the
        # quotient is rounded.
        np.subtract(flat, np.float32(127.5), out=to)
        to /= np.float32(127.5)
        return
    # A table of all 256 results, computed in float64.
    table = (low + np.arange(256) * ((high - low) / 255.0)).astype(np.float32)
    table[255] = high
    for start in range(0, flat.size, _BLOCK):  # NumPy converts them to 64-bit indices
        block = slice(start, start + _BLOCK)
        # No index is out of range; "clip" only avoids the buffer that "raise" needs.
        np.take(table, flat[block], out=to[block], mode="clip")


def scale_levels(
    levels: NDArray[Any],
    source_range: tuple[float, float],
    value_range: tuple[float, float],
    out: NDArray[Any],
) -> None:
    """Maps `source_range` to `value_range` and writes the result to `out`.

    Levels outside `source_range` are clipped.

    Args:
        levels: Any shape.
        source_range: The levels that are mapped to the bounds of `value_range`.
        value_range: The bounds.
        out: An array of the same shape. Values are rounded for integer types.

    Example:
        >>> out = np.empty(3, np.float32)
        >>> scale_levels(np.float32([-2000, 0, 1000]), (-1000, 1000), (-1.0, 1.0), out)
        >>> out.tolist()
        [-1.0, 0.0, 1.0]
    """
    (black, white), (low, high) = source_range, value_range
    share = ((levels - np.float32(black)) / np.float32(white - black)).clip(0, 1)
    values = share * np.float32(high - low) + np.float32(low)
    out[...] = np.rint(values) if out.dtype.kind in "iu" else values
