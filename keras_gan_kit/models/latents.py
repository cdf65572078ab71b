"""Latents as a function of their index."""

from __future__ import annotations

import numpy as np

# Every block of this many latents has its own counter, so that any range can be drawn by itself.
_BLOCK = 256


def latents(num: int, latent_dim: int, *, seed: int, start: int = 0) -> np.ndarray:
    """Draws standard normal latents number `start` to `start + num - 1` of an endless sequence.

    Latent i depends on (`seed`, `latent_dim`, i) alone: not on how many are drawn, in which
    batches, or on which backend (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
    3": the Philox generator, as NumPy has it).

    Args:
        num: How many, at least 0.
        latent_dim: The length of each.
        seed: Which sequence; an integer of at least 0.
        start: The index of the first.

    Returns:
        float32 of shape (num, latent_dim).

    Example:
        >>> ten, four = latents(10, 2, seed=0), latents(4, 2, seed=0, start=6)
        >>> bool((ten[6:] == four).all())
        True
    """
    first, last = start // _BLOCK, max(start, start + num - 1) // _BLOCK
    blocks = [
        np.random.Generator(np.random.Philox(key=[seed % 2**64, block])).standard_normal(
            (_BLOCK, latent_dim), dtype=np.float32
        )
        for block in range(first, last + 1)
    ]
    offset = start - first * _BLOCK
    return np.concatenate(blocks)[offset : offset + num]
