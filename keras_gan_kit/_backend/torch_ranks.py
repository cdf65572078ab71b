"""The PyTorch backend with several processes: ranks of `torch.distributed` share each step.

The result of a step must not depend on the number of ranks. Each rank reads the whole batch of a
step and takes its own rows of it. It weights its losses by its share of the batch, so that the sum
of the ranks' gradients is the gradient of the whole batch. It draws random numbers for the whole
batch and takes those of its samples. Logs are means over the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
import torch
from torch import distributed

from keras_gan_kit._backend._model import Model
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._keras import raw_value

# Larger than the difference between the seeds of two layers of a model.
_BETWEEN_RANKS = 1_000_003


class _Place(NamedTuple):
    """The rows of the whole batch that this rank takes."""

    first: int
    own: int
    whole: int

    @property
    def rows(self) -> slice:
        return slice(self.first, self.first + self.own)


_PLACE: ContextVar[_Place | None] = ContextVar("place", default=None)


def num_ranks() -> int:
    """Returns the number of processes that share each training step."""
    if not distributed.is_available() or not distributed.is_initialized():
        return 1
    return int(distributed.get_world_size())


def is_chief(gan: Model) -> bool:
    """Returns whether this process is the one that writes files."""
    return num_ranks() == 1 or distributed.get_rank() == 0


def check_batch_sizes(gan: Model, sizes: set[int]) -> None:
    """Checks that the ranks can share the batches.

    Args:
        gan: The model.
        sizes: The sizes of the batches that training will see.

    Raises:
        ValueError: If a rank would have no sample.
    """
    if min(sizes) < num_ranks():
        raise invalid(
            "batch_size",
            received=f"a batch of {min(sizes)} samples (it may be the last one of a pass) for "
            f"{num_ranks()} processes",
            expected="at least one sample for each process",
            fix="use another `batch_size`, or leave the last samples out",
        )


def check_same_start(gan: Model) -> None:
    """Checks that all ranks start at the same step, and copies the state of rank 0 to the others.

    Without a seed, each rank would have initial weights of its own.

    Raises:
        ValueError: If ranks have taken different numbers of steps, or have different seeds.
    """
    if num_ranks() == 1:
        return
    values = (gan.steps_taken, gan.seed)
    found: list[Any] = [None] * num_ranks()
    with _explained():
        distributed.all_gather_object(found, values)
    steps, seeds = ([each[i] for each in found] for i in (0, 1))
    if len(set(steps)) > 1:
        raise invalid(
            "directory",
            received=f"processes that have taken {steps} steps",
            expected="the same checkpoint in every process",
            fix="pass `PeriodicCheckpoint` a folder that all processes can read",
        )
    if len(set(seeds)) > 1:
        raise invalid(
            "seed",
            received=f"{seeds}, one for each process",
            expected="the same seed in every process: it determines the order of the batches",
            fix="pass the same seed; each process draws other numbers from it",
        )
    with torch.no_grad(), _explained():
        for variable in _state(gan):
            distributed.broadcast(raw_value(variable).data, 0)


def _state(gan: Model) -> list[Any]:
    found = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables, *gan.random_states]
    return list({id(variable): variable for variable in found}.values())


@contextmanager
def part_of_step(gan: Model, batch: Any) -> Iterator[Any]:
    """Surrounds a training step, and yields the rows of the batch that this rank takes."""
    ranks = num_ranks()
    if ranks == 1:
        yield batch
        return
    leaves = [leaf for leaf in keras.tree.flatten(batch) if leaf is not None]
    whole, rank = len(leaves[0]), distributed.get_rank()
    if whole < ranks:
        raise invalid(
            "x",
            received=f"a batch of {whole} samples for {ranks} processes",
            expected="at least one sample for each process",
            fix="leave the last samples out, or take another batch size",
        )
    bounds = [whole * i // ranks for i in (rank, rank + 1)]
    place = _Place(bounds[0], bounds[1] - bounds[0], whole)
    token = _PLACE.set(place)
    try:
        with _own_noise(gan, rank):
            yield keras.tree.map_structure(lambda x: None if x is None else x[place.rows], batch)
        _average_statistics(gan, ranks)
    finally:
        _PLACE.reset(token)


@contextmanager
def _own_noise(gan: Model, rank: int) -> Iterator[None]:
    """Shifts the seeds of layers on each rank, and restores them afterwards.

    A `Dropout` draws for its own samples. With the same seed, every rank would drop the same
    units. The model's own seed does not change, because it draws for the whole batch.
    """
    seeds = [state for state in gan.random_states if state is not gan.seed_generator.state]
    shift = torch.tensor([rank * _BETWEEN_RANKS, 0])
    for seed in seeds:
        seed.assign(raw_value(seed) + shift.to(raw_value(seed)))
    try:
        yield
    finally:
        for seed in seeds:
            seed.assign(raw_value(seed) - shift.to(raw_value(seed)))


def _average_statistics(gan: Model, ranks: int) -> None:
    """Averages what layers have learnt from their own samples, such as BatchNormalization."""
    # An average of weights is linear in them: its mean is the average of the mean statistics.
    networks, sources = [*gan.networks, gan.ema_generator], [*gan.networks, gan.generator]
    values = [
        raw_value(weight)
        for network, source in zip(networks, sources, strict=True)
        if network is not None
        for weight, original in zip(network.weights, source.weights, strict=True)
        if not original.trainable and weight.dtype.startswith(("float", "bfloat"))
    ]
    if values:
        with torch.no_grad():
            for value, total in zip(values, _summed(values), strict=True):
                value.copy_(total / ranks)


def summed_gradients(gradients: list[list[Any]]) -> list[list[Any]]:
    """Adds the gradients of all ranks."""
    if _PLACE.get() is None:
        return gradients
    return [_summed(group) for group in gradients]


def share_of(loss: Any) -> Any:
    """Weights a rank's mean so that the sum over ranks is the mean over the batch."""
    place = _PLACE.get()
    return loss if place is None else loss * (place.own / place.whole)


def draw_for_batch(draw: Callable[[Any], Any], batch_size: Any) -> Any:
    """Draws for the whole batch of a step, and returns the rows of this rank's samples.

    Args:
        draw: Maps a batch size to a structure of tensors, batch first, or None.
        batch_size: The number of samples of this rank.
    """
    place = _PLACE.get()
    if place is None:
        return draw(batch_size)
    return keras.tree.map_structure(
        lambda leaf: None if leaf is None else leaf[place.rows], draw(place.whole)
    )


def whole_batch(samples: Any) -> Any:
    """Collects the samples of all ranks, in the order of the batch of the step."""
    place = _PLACE.get()
    if place is None:
        return samples

    def collect(leaf: Any) -> Any:
        everyones = leaf.new_zeros((place.whole, *leaf.shape[1:]))
        everyones[place.rows] = leaf.detach()
        return _summed([everyones])[0]

    return keras.tree.map_structure(collect, samples)


def mean_of_batch(values: Any, weight: Any) -> tuple[Any, Any]:
    """Averages over the batch of a step.

    Args:
        values: A vector of means over this rank's samples.
        weight: The number of those samples, as a float.

    Returns:
        The means over the whole batch, and its number of samples.
    """
    place = _PLACE.get()
    if place is None:
        return values, weight
    total = _summed([share_of(values.detach())])[0]
    return total, torch.full_like(weight, place.whole)


def _summed(tensors: list[Any]) -> list[Any]:
    """Returns the sums of tensors over all ranks, by one exchange for each dtype."""
    results: list[Any] = [None] * len(tensors)
    for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
        places = [i for i, tensor in enumerate(tensors) if tensor.dtype == dtype]
        flat = torch.cat([tensors[i].detach().reshape(-1) for i in places])
        with _explained():
            distributed.all_reduce(flat)
        parts = flat.split([tensors[i].numel() for i in places])
        for i, part in zip(places, parts, strict=True):
            results[i] = part.reshape(tensors[i].shape)
    return results


@contextmanager
def _explained() -> Iterator[None]:
    """Explains the error of an exchange with a process that is gone."""
    try:
        yield
    except RuntimeError as error:
        raise RuntimeError(
            explain(
                "torch.distributed",
                received="no answer from another process",
                expected="all processes of the group to take part in each step",
                fix="see the error of the process that ended first, and start all of them again; "
                "`PeriodicCheckpoint` continues from the newest checkpoint",
            )
        ) from error
