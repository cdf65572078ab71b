"""A network's statistics, kept from what runs through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops


@contextmanager
def unchanged_statistics(*networks: keras.Model) -> Iterator[None]:
    """Puts the networks' untrained weights back: BatchNormalization statistics, for example."""
    variables = [variable for network in networks for variable in network.non_trainable_weights]
    before = [ops.copy(ops.convert_to_tensor(variable)) for variable in variables]
    yield
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
