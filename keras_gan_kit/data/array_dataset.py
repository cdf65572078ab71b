"""Feeds batches of arrays in an order that is a function of (seed, epoch, step)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, true_or_false
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._shows_arguments import ShowsArguments
from keras_gan_kit.data._arrays import array_to_numpy, common_length, structure_to_numpy
from keras_gan_kit.data._permutation import permutation
from keras_gan_kit.data._row_weights import row_shares, weighted_rows


class ArrayDataset(ShowsArguments, keras.utils.PyDataset):
    """Feeds arrays to `fit` in a reproducible order that can start at any step of any epoch.

    A resumed training must continue with the batches that it has not seen yet. Therefore the order
    has no state: pass `p` over the data uses a permutation that depends on `(seed, p)`, the same on
    every backend. `seek` moves to any position at no cost.

    `GAN.fit` creates an `ArrayDataset` for arrays. To use one with another Keras model, pass
    `shuffle=False` to `fit`, because Keras would otherwise read the batches in an unseeded random
    order. Also call `seek(epoch)` in a callback's `on_epoch_begin`, because on JAX and PyTorch
    Keras starts an extra epoch if it has to build the model from data.

    `weights` and `balance` make rare samples more frequent in training. Generated samples then
    follow the balanced frequencies, not the original ones.

    Without `steps_per_epoch`, an epoch is one pass, whose last batch may be smaller. With it, every
    epoch has that many batches, and passes continue across epochs.

    Args:
        samples: An array `(n, ...)` or a nested structure of arrays of equal length `n`; NumPy,
            TensorFlow, JAX or PyTorch. Floating arrays become float32; others keep their dtype.
            Arrays that need no conversion are not copied.
        y: Labels or targets of the same length, converted in the same way, or `None`. A DataFrame
            of conditions for a `ConditionalGAN` stays one.
        sample_weight: Weights of the samples in the losses, 1 on average; `None` for 1.
        batch_size: Samples per batch, at least 1.
        shuffle: Whether each pass has its own random order.
        seed: Non-negative integer that determines the order.
        steps_per_epoch: Batches per epoch, at least 1; `None` for one pass per epoch.
        drop_remainder: Whether each pass leaves out the samples that do not fill its last batch.
        weights: One number of at least 0 per sample. A pass contains samples in proportion to their
            weights, and has the same length as without weights, so samples with large weights are
            repeated. None for equal weights.
        balance: A column whose values should appear equally often, instead of `weights`: the name
            of a column of `y`, "y" for `y` itself, or an array with one value per sample.

    Raises:
        TypeError: If an argument is of the wrong type, or a leaf is not an array of numbers.
        ValueError: If the data is empty, lengths differ, or a number is out of range; or if
            `balance` is not a column, has a different value for most samples, or is combined with
            `weights`.

    Example:
        >>> data = ArrayDataset(np.arange(5), batch_size=2, shuffle=False)
        >>> [batch.tolist() for (batch,) in data]
        [[0, 1], [2, 3], [4]]
        >>> data.seek(epoch=3, step=2)
        >>> [batch.tolist() for (batch,) in data]
        [[4]]
    """

    def __init__(
        self,
        samples: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int = 0,
        steps_per_epoch: int | None = None,
        drop_remainder: bool = False,
        weights: Any = None,
        balance: Any = None,
    ) -> None:
        super().__init__()
        self.samples = structure_to_numpy("samples", samples)
        is_frame = hasattr(y, "iloc") and hasattr(y, "columns")
        self.y = y if y is None or is_frame else structure_to_numpy("y", y)
        self.sample_weight = _as_weights(sample_weight)
        self.num_samples = self._length()
        self.weights, self.balance = weights, balance
        self._shares = row_shares(weights, balance, self.y, self.num_samples)
        self.batch_size = integer("batch_size", batch_size, minimum=1)
        self.shuffle = true_or_false("shuffle", shuffle)
        self.seed = integer("seed", seed, minimum=0)
        if steps_per_epoch is not None:
            steps_per_epoch = integer("steps_per_epoch", steps_per_epoch, minimum=1)
        self.steps_per_epoch = steps_per_epoch
        self.drop_remainder = true_or_false("drop_remainder", drop_remainder)
        full, rest = divmod(self.num_samples, self.batch_size)
        self._batches_per_pass = full + (rest > 0 and not drop_remainder)
        if not self._batches_per_pass:
            raise invalid(
                "batch_size",
                received=f"{self.batch_size} with drop_remainder=True, for {rest} samples",
                expected=f"at most {rest}, or drop_remainder=False",
                fix="use smaller batches",
            )
        self._last_order: tuple[int, NDArray[np.intp]] | None = None
        self.seek(0)

    @property
    def batches_per_epoch(self) -> int:
        """The number of batches in a complete epoch."""
        return self.steps_per_epoch or self._batches_per_pass

    @property
    def num_batches(self) -> int:
        """The number of batches to read: those left, if an epoch starts in the middle.

        Keras calls this once before training, to get the length of every epoch, and again when it
        starts to read an epoch.
        """
        return self.batches_per_epoch - (self._start_step if self._begun else 0)

    def __len__(self) -> int:
        return self.num_batches

    @property
    def epoch(self) -> int:
        """The current epoch, counted from 0."""
        return self._epoch

    @property
    def start_step(self) -> int:
        """The step at which the current epoch starts: 0, unless `seek` changed it."""
        return self._start_step

    def seek(self, epoch: int, step: int = 0) -> None:
        """Sets the next epoch, and the step at which it starts.

        Args:
            epoch: The epoch, counted from 0.
            step: The first batch to read, below `batches_per_epoch`.

        Raises:
            TypeError: If an argument is not an integer.
            ValueError: If there is no such position.

        Example:
            >>> data = ArrayDataset(np.zeros((10, 2)), batch_size=2)
            >>> data.seek(7, step=3)
            >>> len(list(data)), data.batches_per_epoch
            (2, 5)
        """
        self._epoch, self._start_step = self._position(epoch, step)
        self._begun = False

    def on_epoch_begin(self) -> None:
        """Starts the epoch set by `seek`, or the next one."""
        if self._begun:
            self._epoch, self._start_step = self._epoch + 1, 0
        self._begun = True

    def batch_indices(self, epoch: int, step: int) -> NDArray[np.intp]:
        """Returns the indices of the samples in a batch, without reading them.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            The indices of the samples, in the order of the batch.

        Raises:
            TypeError: If an argument is not an integer.
            ValueError: If there is no such position.

        Example:
            >>> data = ArrayDataset(np.zeros(4), batch_size=3, steps_per_epoch=1, shuffle=False)
            >>> [data.batch_indices(epoch, 0).tolist() for epoch in range(3)]
            [[0, 1, 2], [3], [0, 1, 2]]
        """
        number, rows = self._rows(*self._position(epoch, step))
        if self._is_in_order:
            return np.arange(rows.start, rows.stop)
        return self._order(number)[rows]

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Reads one batch, independently of the current position.

        Args:
            epoch: The epoch, counted from 0.
            step: The step in the epoch, below `batches_per_epoch`.

        Returns:
            `(samples,)`, `(samples, y)` or `(samples, y, sample_weight)`. The tuple distinguishes
            a list of arrays from a pair.

        Raises:
            TypeError: If an argument is not an integer.
            ValueError: If there is no such position.

        Example:
            >>> ArrayDataset(np.arange(4), batch_size=2, shuffle=False).batch(0, 1)
            (array([2, 3]),)
        """
        number, rows = self._rows(*self._position(epoch, step))
        return self.take(rows if self._is_in_order else self._order(number)[rows])

    def take(self, indices: slice | NDArray[np.intp]) -> tuple[Any, ...]:
        """Reads samples by their indices.

        Args:
            indices: A slice, or an array of any shape. The results have these leading axes.

        Returns:
            A tuple, as `batch` returns it.

        Example:
            >>> ArrayDataset(np.arange(4)).take(np.array([[3, 0], [1, 1]]))[0].shape
            (2, 2)
        """
        parts = self.samples, self.y, self.sample_weight
        taken = [None if part is None else _take(part, indices) for part in parts]
        while taken[-1] is None:
            del taken[-1]
        return tuple(taken)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        step = self._start_step + index
        if not self._start_step <= step < self.batches_per_epoch:
            left = self.batches_per_epoch - self._start_step
            raise IndexError(
                explain(
                    "index",
                    received=index,
                    expected=f"0 to {left - 1}: {left} batches are left in epoch {self._epoch}",
                    fix="iterate over the data, which ends with the epoch",
                )
            )
        return self.batch(self._epoch, step)

    def iterate(self) -> Iterator[tuple[Any, ...]]:
        """Yields the remaining batches of the current epoch.

        The position is read at the first `next`, because Keras creates its iterators before the
        epoch begins.

        Returns:
            A generator of batches as `batch` returns them.

        Example:
            >>> next(ArrayDataset(np.arange(3), batch_size=2, shuffle=False).iterate())
            (array([0, 1]),)
        """
        epoch, start = self._epoch, self._start_step
        for step in range(start, self.batches_per_epoch):
            yield self.batch(epoch, step)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self.iterate()

    def with_y(self, y: Any) -> Self:
        """Returns the dataset with other labels, which has the same batches.

        Args:
            y: Labels of the same length.

        Example:
            >>> ArrayDataset(np.arange(2), shuffle=False).with_y(np.array([5, 6])).batch(0, 0)
            (array([0, 1]), array([5, 6]))
        """
        other = copy.copy(self)
        other.y = structure_to_numpy("y", y)
        other._length()
        return other

    @property
    def _is_in_order(self) -> bool:
        return not self.shuffle and self._shares is None

    def _new_order(self, number: int) -> NDArray[np.intp]:
        order = permutation(self.num_samples, seed=self.seed, key=(number,))
        if self._shares is None:
            return order
        rows = weighted_rows(self._shares, order, seed=self.seed, key=(number,))
        return rows[order] if self.shuffle else rows

    def _length(self) -> int:
        parts = {"samples": self.samples, "y": self.y, "sample_weight": self.sample_weight}
        return common_length(parts)

    def _position(self, epoch: int, step: int) -> tuple[int, int]:
        epoch, step = integer("epoch", epoch, minimum=0), integer("step", step, minimum=0)
        if step >= self.batches_per_epoch:
            raise invalid(
                "step",
                received=step,
                expected=f"0 to {self.batches_per_epoch - 1}, the last batch of an epoch",
                fix="use step=0 of the next epoch once an epoch is complete",
            )
        return epoch, step

    def _rows(self, epoch: int, step: int) -> tuple[int, slice]:
        """Returns the pass over the data that a step belongs to, and the rows that it reads."""
        number, place = divmod(epoch * self.batches_per_epoch + step, self._batches_per_pass)
        start = place * self.batch_size
        return number, slice(start, min(start + self.batch_size, self.num_samples))

    def _order(self, number: int) -> NDArray[np.intp]:
        """Returns the permutation of one pass. The last one is cached."""
        # Assigned as a pair, so that other threads never see half of an update.
        last = self._last_order
        if last is None or last[0] != number:
            order = self._new_order(number)
            last = self._last_order = (number, order)
        return last[1]


def _take(arrays: Any, rows: slice | NDArray[np.intp]) -> Any:
    """Returns rows of arrays, writable as PyTorch requires, or of a DataFrame."""

    def take(leaf: Any) -> Any:
        if hasattr(leaf, "iloc"):
            return leaf.iloc[rows]
        chosen: NDArray[Any] = leaf[rows]
        return chosen if chosen.flags.writeable else chosen.copy()

    return keras.tree.map_structure(take, arrays)


def _as_weights(sample_weight: Any) -> NDArray[np.float32] | None:
    if sample_weight is None:
        return None
    return array_to_numpy("sample_weight", sample_weight).astype(np.float32, copy=False)
