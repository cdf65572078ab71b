"""Pixels of 0 to 255 as floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**14  # pixels whose indices stay in the processor's cache


def scale_pixels(pixels: NDArray[np.uint8], low: float, high: float, out: NDArray[Any]) -> None:
    """Writes `low + pixel * (high - low) / 255`, rounded once, to `out`.

    Args:
        pixels: Any shape.
        low: The value of pixel 0.
        high: The value of pixel 255.
        out: float32 of as many elements, contiguous.

    Example:
        >>> out = np.empty((1, 2), np.float32)
        >>> scale_pixels(np.array([[0, 255]], "uint8"), -1.0, 1.0, out)
        >>> out.tolist()
        [[-1.0, 1.0]]
    """
    flat, to = pixels.reshape(-1), out.reshape(-1)
    if (low, high) == (-1.0, 1.0):
        # The same numbers as in the table below, in two thirds of the time: the difference is
        # exact, and only the quotient is rounded.
        np.subtract(flat, np.float32(127.5), out=to)
        to /= np.float32(127.5)
        return
    # All 256 results are computed in float64 once.
    table = (low + np.arange(256) * ((high - low) / 255.0)).astype(np.float32)
    table[255] = high
    for start in range(0, flat.size, _BLOCK):  # numpy makes 64-bit indices of them
        block = slice(start, start + _BLOCK)
        # No index is out of range; "clip" only spares the buffer that "raise" takes.
        np.take(table, flat[block], out=to[block], mode="clip")
