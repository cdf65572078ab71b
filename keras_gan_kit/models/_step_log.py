"""Keeps the logs of every training step on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan_kit._backend import mean_of_batch


class StepLog(keras.metrics.Metric):
    """The running means that progress bars show, and the values of the last steps.

    One vector holds the sums of all logged values and their weight, so that a step updates one
    variable instead of two for each value. A ring holds the values of the last `capacity` steps:
    callbacks can read exact histories from it at any time, with any `steps_per_execution`, and no
    step waits for the host. Both are saved with the model, so that a history continues without a
    gap after a resume.

    Args:
        names: The keys of the values.
        capacity: The number of steps that the ring holds.
    """

    def __init__(self, names: Sequence[str], capacity: int = 1024) -> None:
        super().__init__(name="step_log")
        self.names = tuple(names)
        self.capacity = capacity
        width = len(self.names)
        self.totals = _variable((width + 1,), "float32", "totals")
        self.rows = _variable((capacity, width), "float32", "rows")
        self.steps = _variable((), "int32", "steps")

    def record(self, values: dict[str, Any], weight: Any) -> None:
        """Adds a training step to the ring and to the running means."""
        row = self.update_state(values, weight)
        # A mask, because a scattered write differs between backends and compilers.
        at = ops.equal(ops.arange(self.capacity), ops.mod(self.steps.value, self.capacity))
        self.rows.assign(ops.where(at[:, None], row[None, :], self.rows.value))
        self.steps.assign_add(1)

    def update_state(self, values: dict[str, Any], weight: Any) -> Any:
        """Adds one batch to the running means; `weight` samples of it are on this device."""
        row = ops.stack([ops.cast(values[name], "float32") for name in self.names])
        row, weight = mean_of_batch(row, ops.cast(weight, "float32"))
        self.totals.assign_add(ops.concatenate([row * weight, ops.reshape(weight, (1,))]))
        return row

    def result(self) -> dict[str, Any]:
        """Returns the means since the last reset."""
        totals = ops.convert_to_tensor(self.totals)
        means = totals[:-1] / ops.maximum(totals[-1], 1.0)
        return {name: means[i] for i, name in enumerate(self.names)}

    def reset_state(self) -> None:
        """Resets the means, but not the ring."""
        self.totals.assign(ops.zeros(self.totals.shape))

    def running_means(self) -> np.ndarray:
        """Copies the running means from the device, to continue with them after a reset."""
        return np.array(ops.convert_to_numpy(self.totals))

    def set_running_means(self, means: np.ndarray) -> None:
        """Continues with running means that were copied before."""
        self.totals.assign(means)

    def read(self, since: int = 0) -> tuple[int, np.ndarray]:
        """Copies the logs of steps from the device.

        Args:
            since: The first step, counted from 0.

        Returns:
            The index of the first step returned, which is later than `since` if the ring no longer
            holds that step; and the values: float64, a row per step and a column per name.
        """
        taken = int(ops.convert_to_numpy(self.steps))
        first = max(since, taken - self.capacity, 0)
        rows = ops.convert_to_numpy(self.rows).astype("float64")
        return first, rows[np.arange(first, taken) % self.capacity]

    def continue_from(self, earlier: StepLog) -> None:
        """Copies the step count of `earlier`, and its rows if the names are the same."""
        self.steps.assign(earlier.steps)
        if earlier.names == self.names:
            self._set_rows(earlier.read()[1])

    def _set_rows(self, latest: np.ndarray) -> None:
        taken = int(ops.convert_to_numpy(self.steps))
        latest = latest[len(latest) - min(len(latest), self.capacity) :]
        rows = np.zeros((self.capacity, len(self.names)), "float32")
        rows[np.arange(taken - len(latest), taken) % self.capacity] = latest
        self.rows.assign(rows)

    def save_own_variables(self, store: Any) -> None:
        """Writes the state, the latest steps in their order."""
        _, latest = self.read()
        store["steps"] = ops.convert_to_numpy(self.steps)
        store["totals"] = ops.convert_to_numpy(self.totals)
        store["latest"] = latest.astype("float32")

    def load_own_variables(self, store: Any) -> None:
        """Reads the state; the capacity may differ from the one that was saved.

        The file of a model that was not compiled has none, and changes nothing.
        """
        if "steps" not in set(store.keys()):
            return
        self.steps.assign(np.asarray(store["steps"]))
        totals, latest = np.asarray(store["totals"]), np.asarray(store["latest"])
        if totals.shape == tuple(self.totals.shape):
            self.totals.assign(totals)
            self._set_rows(latest)


def _variable(shape: tuple[int, ...], dtype: str, name: str) -> Any:
    # Not by `add_variable`, which sums over the devices that share a batch: each of them logs the
    # values of the whole batch.
    return keras.Variable(
        np.zeros(shape, dtype), trainable=False, dtype=dtype, aggregation="none", name=name
    )
