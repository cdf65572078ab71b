"""How many images a step sees."""

from __future__ import annotations

from typing import Any


def images_per_step(gan: Any) -> float:
    """Finds the batch size during `fit`.

    Args:
        gan: The model; on JAX it must be `callback.model`, which brings the state back.

    Returns:
        The batch size of arrays; of a stream the mean of this epoch's batches so far, and 0 before
        the first.
    """
    known: int = gan.place[3]
    if known or not gan.progress.step:
        return float(known)
    # The last of the running totals is the number of samples.
    return float(gan.step_log.running_means()[-1]) / float(gan.progress.step)
