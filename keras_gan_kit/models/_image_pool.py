"""A history of generated images."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._backend import draw_for_batch, whole_batch
from keras_gan_kit._errors import invalid
from keras_gan_kit.models._step import batch_size_of


class ImagePool(keras.layers.Layer):
    """Keeps generated images, and returns some of them in place of new ones.

    Shrivastava et al. 2017 (arXiv 1612.07828, section 2.3), as used by Zhu et al. 2017: until the
    pool is full, new fakes are kept and returned. Then a random half of them is exchanged for old
    ones. The pool is a weight, saved with the model.

    The original exchanges one fake after another. Here a batch is exchanged at once, and each fake
    has its own place in the pool. If a batch is larger than the pool, at most as many fakes are
    exchanged as the pool has places.

    Args:
        size: The number of samples to keep, at least 1.
        samples: Symbolic tensors in the structure of a sample. If more than the batch axis is None,
            call `open` before the first `exchange`.
    """

    def __init__(self, size: int, samples: Any) -> None:
        super().__init__(name="image_pool", dtype="float32", trainable=False)
        self.size = size
        self.kept: list[Any] = []
        shapes = [tuple(leaf.shape[1:]) for leaf in tree.flatten(samples)]
        if not any(None in shape for shape in shapes):
            self._add(shapes)
        self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
        self.built = True

    def open(self, shapes: list[tuple[int, ...]]) -> None:
        """Makes room for samples of networks that take any size.

        Args:
            shapes: The shape of each leaf of a sample, without the batch axis.

        Raises:
            ValueError: If the pool holds samples of another size.
        """
        if not self.kept:
            self._add(shapes)
        held = [tuple(variable.shape[1:]) for variable in self.kept]
        if held != shapes:
            raise invalid(
                "pool_size",
                received=f"{self.size}, and fakes of shape {shapes[0]} after some of {held[0]}",
                expected="fakes of one size, or no history of them",
                fix="train on crops of one size, or pass pool_size=0",
            )

    def _add(self, shapes: list[tuple[Any, ...]]) -> None:
        self.kept = [
            self.add_weight((self.size, *shape), "zeros", trainable=False, name=f"kept_{i}")
            for i, shape in enumerate(shapes)
        ]

    def save_own_variables(self, store: Any) -> None:
        """Writes the pool: its samples, then their number."""
        for i, variable in enumerate([*self.kept, self.count]):
            store[str(i)] = variable

    def load_own_variables(self, store: Any) -> None:
        """Reads the pool. If its size is not known yet, the file sets it.

        Raises:
            ValueError: If the file holds other samples.
        """
        places = len(store.keys()) - 1
        if places and not self.kept:
            self._add([tuple(store[str(i)].shape[1:]) for i in range(places)])
        if places != len(self.kept):
            raise invalid(
                "filepath",
                received=f"a history of fakes with {places} parts",
                expected=f"{len(self.kept)}, as in this model",
                fix="load the file into a model with the same networks",
            )
        for i, variable in enumerate([*self.kept, self.count]):
            variable.assign(store[str(i)])

    def exchange(self, fakes: Any, *, seed: Any) -> Any:
        """Takes new fakes, and returns the same number of new and old ones.

        Devices that share a batch have the same pool.

        Args:
            fakes: Tensors in the structure of samples, batch first.
            seed: A `keras.random.SeedGenerator`.
        """
        everyones = whole_batch(fakes)
        own = batch_size_of(fakes)
        return draw_for_batch(lambda num: self._exchange(everyones, seed), own)

    def _exchange(self, fakes: Any, seed: Any) -> Any:
        leaves = tree.flatten(fakes)
        number = ops.cumsum(ops.ones_like(leaves[0][(..., *[0] * (len(leaves[0].shape) - 1))]))
        number = ops.cast(number, "int32") - 1  # 0, 1, ... in a batch of any size
        count = self.count.value
        # Places are filled in order. Once the pool is full, any place may be exchanged.
        free = ops.less(count + number, self.size)
        shuffled = ops.argsort(keras.random.uniform((self.size,), seed=seed))
        in_turn = ops.mod(count + ops.arange(self.size, dtype="int32"), self.size)
        places = ops.where(count < self.size, in_turn, ops.cast(shuffled, "int32"))
        places = ops.take(places, ops.mod(number, self.size))
        lucky = ops.less(keras.random.uniform(ops.shape(number), seed=seed), 0.5)
        exchanged = ops.logical_and(ops.logical_not(free), lucky)
        kept = ops.logical_and(ops.less(number, self.size), ops.logical_or(free, exchanged))
        # Which fake goes to each place: a comparison, because a scattered write differs between
        # backends.
        goes = ops.equal(ops.arange(self.size, dtype="int32")[:, None], places[None])
        goes = ops.logical_and(goes, kept[None])
        old = ops.logical_and(kept, exchanged)
        handed_out = [
            _exchange(self.kept[i], leaf, goes, places, old) for i, leaf in enumerate(leaves)
        ]
        self.count.assign(ops.minimum(count + ops.shape(number)[0], self.size))
        return tree.pack_sequence_as(fakes, handed_out)


def _exchange(variable: Any, fakes: Any, goes: Any, places: Any, old: Any) -> Any:
    fakes = ops.cast(fakes, "float32")
    before = variable.value
    handed_out = ops.where(_like(old, fakes), ops.take(before, places, axis=0), fakes)
    who = ops.argmax(ops.cast(goes, "int32"), axis=1)
    new = ops.take(fakes, who, axis=0)
    variable.assign(ops.where(_like(ops.any(goes, axis=1), before), new, before))
    return handed_out


def _like(mask: Any, leaf: Any) -> Any:
    """Adds axes to a mask of samples."""
    return ops.reshape(mask, (-1,) + (1,) * (len(leaf.shape) - 1))
