"""Hyperparameters of a compiled training step that change during training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


class Settings(keras.metrics.Metric):
    """Holds hyperparameters that callbacks change and that no optimizer or layer stores.

    A Python number is a constant of a compiled step; these are read from a variable. This is a
    metric because Keras passes the variables of metrics to training and evaluation on every
    backend. Entries are the momentum of the generator's average, and a factor of each penalty that
    is 1 by default.

    Args:
        values: The numbers by their name.
    """

    def __init__(self, values: dict[str, float]) -> None:
        super().__init__(name="training_settings")
        self.names = tuple(values)
        # One variable, because each costs time in every step. Not by `add_variable`, which sums
        # over the replicas of a distributed training.
        self.values = keras.Variable(
            np.array(list(values.values()), "float32"),
            trainable=False,
            aggregation="only_first_replica",
            name="values",
        )

    def __getitem__(self, name: str) -> Any:
        """Returns a number as a tensor, which a step reads when it runs."""
        return self.values.value[self.names.index(name)]

    def set(self, changes: dict[str, float]) -> None:
        """Sets numbers by their name, outside of a step."""
        values = np.array(ops.convert_to_numpy(self.values))
        for name, value in changes.items():
            values[self.names.index(name)] = value
        self.values.assign(values)

    def reset_state(self) -> None:
        """Does nothing: Keras resets metrics before every epoch."""

    def save_own_variables(self, store: Any) -> None:
        """Writes the numbers by their name."""
        for name, value in zip(self.names, ops.convert_to_numpy(self.values), strict=True):
            store[name] = np.array(value)

    def load_own_variables(self, store: Any) -> None:
        """Reads the numbers that the file has."""
        known = set(store.keys())
        self.set({name: float(np.asarray(store[name])) for name in self.names if name in known})
