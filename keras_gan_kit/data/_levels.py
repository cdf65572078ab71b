"""The 256 levels of a pixel as floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["level_table", "look_up"]

_BLOCK = 2**14  # pixels whose indices stay in the processor's cache


def level_table(low: float, high: float) -> NDArray[np.float32]:
    """Computes `low + pixel * (high - low) / 255` for all 256 pixels, in float64, once.

    Example:
        >>> level_table(0.0, 1.0)[[0, 51, 255]].tolist()
        [0.0, 0.20000000298023224, 1.0]
    """
    table = (low + np.arange(256) * ((high - low) / 255.0)).astype(np.float32)
    table[255] = high
    return table


def look_up(table: NDArray[np.float32], pixels: NDArray[np.uint8], out: NDArray[Any]) -> None:
    """Writes `table[pixels]` to `out`, without numpy's copy of all pixels as 64-bit indices.

    Args:
        table: 256 values.
        pixels: Any shape.
        out: float32 of as many elements, contiguous.

    Example:
        >>> out = np.empty((1, 2), np.float32)
        >>> look_up(level_table(-1.0, 1.0), np.array([[0, 255]], "uint8"), out)
        >>> out.tolist()
        [[-1.0, 1.0]]
    """
    flat, to = pixels.reshape(-1), out.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        # No index is out of range; "clip" only spares the buffer that "raise" takes.
        np.take(table, flat[block], out=to[block], mode="clip")
