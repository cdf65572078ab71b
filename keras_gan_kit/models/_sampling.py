"""Draws latents and runs networks over arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops, tree
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._arrays import array_to_numpy

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel

# Each block of latents has its own counter, so that any range can be drawn on its own.
_BLOCK = 256


def latents(num: int, latent_dim: int, *, seed: int, start: int = 0) -> np.ndarray:
    """Draws the standard normal latents `start` to `start + num - 1` of an endless sequence.

    Latent i depends only on (`seed`, `latent_dim`, i): not on how many are drawn, in which
    batches, or on which backend (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
    3": the Philox generator of NumPy).

    Args:
        num: The number of latents, at least 0.
        latent_dim: The length of each.
        seed: The seed of the sequence, an integer of at least 0.
        start: The index of the first.

    Returns:
        float32 of shape (num, latent_dim).

    Example:
        >>> ten, four = latents(10, 2, seed=0), latents(4, 2, seed=0, start=6)
        >>> bool((ten[6:] == four).all())
        True
    """
    first, last = start // _BLOCK, max(start, start + num - 1) // _BLOCK
    blocks = [
        np.random.Generator(np.random.Philox(key=[seed % 2**64, block])).standard_normal(
            (_BLOCK, latent_dim), dtype=np.float32
        )
        for block in range(first, last + 1)
    ]
    offset = start - first * _BLOCK
    return np.concatenate(blocks)[offset : offset + num]


_DEFAULT_BATCH = 256
_EXAMPLES = 256


def run(network: keras.Model, inputs: Any, *, batch_size: int | None, verbose: int) -> Any:
    """Maps arrays through a network, batch by batch.

    Args:
        network: A built model.
        inputs: Its inputs: arrays of one length, in their structure.
        batch_size: The batch size; None for 256 at most.
        verbose: Whether to show a progress bar.

    Returns:
        NumPy arrays in the structure of the outputs, float32.
    """
    num = len(tree.flatten(inputs)[0])
    batch_size = min(num, _DEFAULT_BATCH) if batch_size is None else batch_size
    integer("batch_size", batch_size)
    bar = keras.utils.Progbar(num, unit_name="sample") if verbose else None
    drawn: Any = None
    for start in range(0, num, batch_size):
        count = min(batch_size, num - start)
        # Not `gan.predict`, which would drop the training state in the middle of a JAX epoch.
        outputs = network.predict_on_batch(_batch(inputs, start, count, batch_size))
        if drawn is None:
            drawn = tree.map_structure(lambda leaf: _empty(num, leaf), outputs)
        for to, leaf in zip(tree.flatten(drawn), tree.flatten(outputs), strict=True):
            to[start : start + count] = leaf[:count]
        if bar is not None:
            bar.update(start + count)
    return drawn


def _batch(inputs: Any, start: int, count: int, batch_size: int) -> Any:
    """Slices a batch, and pads the last one, because a new shape would be compiled again."""

    def cut(leaf: np.ndarray) -> np.ndarray:
        padding = ((0, batch_size - count),) + ((0, 0),) * (leaf.ndim - 1)
        return np.pad(leaf[start : start + count], padding)

    return tree.map_structure(cut, inputs)


def _empty(num: int, leaf: Any) -> np.ndarray:
    return np.empty((num, *leaf.shape[1:]), "float32")


def refuse_seed(seed: int | None) -> None:
    """Checks that no seed is passed together with latents.

    Raises:
        ValueError: If it is not None.
    """
    if seed is not None:
        raise invalid(
            "seed",
            received=f"{seed} together with `latents`",
            expected="one of them",
            fix="leave `seed` out",
        )


def choose_latents(
    gan: GANModel, num_samples: int | None, *, seed: int | None, given: Any
) -> np.ndarray:
    """Draws latents, or checks given ones: the arguments of `GAN.generate`.

    Returns:
        float32 of shape (num_samples, latent_dim).

    Raises:
        TypeError: If a number is not an integer, or the latents are not an array.
        ValueError: If a number is out of range, or the latents have the wrong shape.
    """
    if given is None:
        num_samples = integer("num_samples", num_samples)
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        return latents(num_samples, gan.latent_dim, seed=integer("seed", seed, minimum=0))
    refuse_seed(seed)
    array = array_to_numpy("latents", given)
    num = len(array) if num_samples is None and array.ndim else num_samples
    if array.shape != (num, gan.latent_dim) or num == 0:
        raise invalid(
            "latents",
            received=f"an array of shape {array.shape}",
            expected=f"({'num_samples' if num_samples is None else num_samples}, {gan.latent_dim})",
            fix="pass one latent of length gan.latent_dim for each sample",
        )
    return array.astype("float32", copy=False)


def truncated(latents: np.ndarray, truncation: float) -> np.ndarray:
    """Moves latents toward their mean, which is 0.

    Raises:
        TypeError: If `truncation` is not a number.
        ValueError: If it is below 0.
    """
    if truncation == 1.0:
        return latents
    factor = number(
        "truncation",
        truncation,
        lambda value: value >= 0.0,
        expected="a number of at least 0; 1 leaves the latents unchanged",
        fix="pass for example truncation=0.7",
    )
    return latents * np.float32(factor)


def first_examples(*samples: Any) -> tuple[NDArray[Any], ...]:
    """Copies the first 256 of each array, which `generate` uses by default."""
    return tuple(np.array(ops.convert_to_numpy(part[:_EXAMPLES])) for part in samples)


def draw_rows(
    num: int, length: int, seed: int | np.random.SeedSequence | None
) -> NDArray[np.int64]:
    """Draws `num` indices below `length`; index i depends on the seed and i only."""
    words = np.random.Philox(seed).random_raw(num)
    return (words % np.uint64(length)).astype(np.int64)


def class_levels(probabilities: np.ndarray) -> np.ndarray:
    """Returns a gray level in [0, 1] for each pixel, which stands for its most probable class.

    Example:
        >>> class_levels(np.eye(3)[None, None]).tolist()
        [[[[0.0], [0.5], [1.0]]]]
    """
    classes = probabilities.argmax(-1)[..., None].astype("float32")
    levels: np.ndarray = classes / max(1, probabilities.shape[-1] - 1)
    return levels
