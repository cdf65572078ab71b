"""Saves the seeds of a model and of its layers, which Keras does not save."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from keras_gan_kit._errors import invalid


def save_random_states(states: list[Any], store: Any) -> None:
    """Writes the variables of seeds."""
    for i, state in enumerate(states):
        store[f"seed_{i}"] = ops.convert_to_numpy(state)


def load_random_states(states: list[Any], store: Any) -> None:
    """Reads what `save_random_states` wrote.

    Raises:
        ValueError: If the file has a different number of seeds.
    """
    found = sum(key.startswith("seed_") for key in store.keys())  # noqa: SIM118 (no mapping)
    if found != len(states):
        raise invalid(
            "filepath",
            received=f"a file with {found} random states",
            expected=f"the {len(states)} of this model",
            fix="load it into a model with the same layers",
        )
    for i, state in enumerate(states):
        state.assign(np.asarray(store[f"seed_{i}"]))
