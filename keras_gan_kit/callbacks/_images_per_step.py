"""The batch size during training."""

from __future__ import annotations

from keras_gan_kit.models._gan_model import GANModel


def images_per_step(gan: GANModel) -> float:
    """Returns the batch size during `fit`.

    Args:
        gan: The model. On JAX it must be `callback.model`, which synchronizes the state.

    Returns:
        The batch size of arrays. For a stream, the mean over this epoch's batches so far, or 0
        before the first.
    """
    known: int = gan.progress.position.batch_size
    if known or not gan.progress.step:
        return float(known)
    # The last of the running totals is the number of samples.
    return float(gan.step_log.running_means()[-1]) / float(gan.progress.step)
