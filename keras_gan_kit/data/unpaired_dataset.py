"""Feeds batches of two unpaired sets of samples."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.data._arrays import common_length, structure_to_numpy
from keras_gan_kit.data._permutation import endless, permutation
from keras_gan_kit.data.array_dataset import ArrayDataset


class UnpairedDataset(ArrayDataset):
    """Feeds two sets of any lengths side by side, each in its own order.

    An epoch is one pass over the longer set. The shorter set is repeated as often as needed, in a
    new order each time, and continues across epochs. Both orders are functions of (seed, epoch,
    step), as in `ArrayDataset`.

    `CycleGAN.fit` creates an `UnpairedDataset` for arrays.

    Args:
        a: An array `(n, ...)` or a nested structure of arrays of equal length.
        b: Another one of any length.
        batch_size: Samples of each set in a batch, at least 1.
        shuffle: Whether each pass over a set has its own random order.
        seed: Non-negative integer that determines the orders.
        steps_per_epoch: Batches per epoch, at least 1; `None` for one pass over the longer set.

    Raises:
        TypeError: If an argument is of the wrong type, or a leaf is not an array of numbers.
        ValueError: If a set is empty, or a number is out of range.

    Example:
        >>> data = UnpairedDataset(np.arange(3), np.arange(5), batch_size=2, shuffle=False)
        >>> [(a.tolist(), b.tolist()) for a, b in data]
        [([0, 1], [0, 1]), ([2, 0], [2, 3]), ([1], [4])]
    """

    def __init__(
        self,
        a: Any,
        b: Any,
        *,
        batch_size: int = 1,
        shuffle: bool = True,
        seed: int = 0,
        steps_per_epoch: int | None = None,
    ) -> None:
        a, b = structure_to_numpy("a", a), structure_to_numpy("b", b)
        self.a, self.b = a, b
        self._lengths = common_length({"a": a}), common_length({"b": b})
        self._last_orders: dict[int, tuple[int, NDArray[np.intp]]] = {}
        super().__init__(
            a,
            b,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            steps_per_epoch=steps_per_epoch,
        )

    def _length(self) -> int:
        return max(self._lengths)

    def batch_indices(self, epoch: int, step: int) -> NDArray[np.intp]:
        """Returns the indices of the samples in a batch, without reading them.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            Indices `(batch, 2)` into `a` and `b`.

        Raises:
            TypeError: If an argument is not an integer.
            ValueError: If there is no such position.
        """
        number, rows = self._rows(*self._position(epoch, step))
        places = number * self.num_samples + np.arange(rows.start, rows.stop)
        columns = [
            endless(places, length, partial(self._order_of, which) if self.shuffle else None)
            for which, length in enumerate(self._lengths)
        ]
        return np.stack(columns, axis=-1)

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Reads one batch `(a, b)`, independently of the current position.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            Equal numbers of samples from both sets.

        Raises:
            TypeError: If an argument is not an integer.
            ValueError: If there is no such position.
        """
        return self.take(self.batch_indices(epoch, step))

    def take(self, indices: Any) -> tuple[Any, ...]:
        """Reads samples by their indices.

        Args:
            indices: An array `(..., 2)` as `batch_indices` returns it.

        Returns:
            `(a, b)`, with the leading axes of `indices`.
        """
        from_a, from_b = indices[..., 0], indices[..., 1]
        return (
            keras.tree.map_structure(lambda leaf: leaf[from_a], self.samples),
            keras.tree.map_structure(lambda leaf: leaf[from_b], self.y),
        )

    def _order_of(self, which: int, number: int) -> NDArray[np.intp]:
        last = self._last_orders.get(which)
        if last is None or last[0] != number:
            # A key per set, so that two sets of the same length are ordered differently.
            order = permutation(self._lengths[which], seed=self.seed, key=(number, which))
            last = self._last_orders[which] = (number, order)
        return last[1]
