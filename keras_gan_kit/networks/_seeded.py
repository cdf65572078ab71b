"""Initial weights that depend on a seed."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from keras_gan_kit._arguments import integer

_Arguments = ParamSpec("_Arguments")
_Network = TypeVar("_Network")


def seeded(build: Callable[_Arguments, _Network]) -> Callable[_Arguments, _Network]:
    """Makes a builder's initial weights and Dropout masks a function of its `seed` argument.

    Args:
        build: A function that returns a network and takes a keyword `seed`.

    Example:
        >>> import keras
        >>> @seeded
        ... def one_layer(units, *, seed=None):
        ...     layer = keras.layers.Dense(units)
        ...     layer.build((None, 2))
        ...     return layer
        >>> first, second = one_layer(3, seed=0), one_layer(3, seed=0)
        >>> bool((first.get_weights()[0] == second.get_weights()[0]).all())
        True
    """

    @functools.wraps(build)
    def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Network:
        seed = kwargs.get("seed")
        if seed is None:
            return build(*args, **kwargs)
        number = integer("seed", seed, minimum=0)
        # Keras draws a seed for each initializer and Dropout without one from Python's generator.
        state = random.getstate()
        # With the builder's name, so that two players with one seed differ.
        random.seed(f"{build.__name__} {number}")
        try:
            return build(*args, **kwargs)
        finally:
            random.setstate(state)

    return wrapped
