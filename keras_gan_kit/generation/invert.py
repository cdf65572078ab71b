"""Finds the latents of given samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops, tree
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer, number
from keras_gan_kit._backend import compiled, recorded_pass
from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._arrays import structure_to_numpy
from keras_gan_kit.generation._progress import progress
from keras_gan_kit.generation._search_conditions import SearchConditions, search_conditions
from keras_gan_kit.models import GAN
from keras_gan_kit.models._check_data import check_range, check_shape
from keras_gan_kit.models._inspection import output_bounds, output_of
from keras_gan_kit.models._sampling import latents

Floats = NDArray[np.float32]
# The number of random latents from which the first guesses of each sample are chosen.
_GUESSES = 512
_GUESSES_OF_ONE = 64
# The share of steps after which only the best guess of each sample continues, and its conditions
# are fixed.
_ROUND = 0.4
_BETAS, _TINY = (0.9, 0.99), 1e-8


def invert(
    gan: GAN,
    samples: Any,
    *,
    labels: Any = None,
    conditions: Any = None,
    steps: int = 400,
    starts: int = 4,
    learning_rate: float = 0.1,
    seed: int = 0,
    batch_size: int = 32,
    verbose: int = 1,
) -> Any:
    """Finds latents whose samples are nearest to given ones, by gradient descent.

    The error is the mean square over each part of a sample, summed over the parts. Each sample
    starts from the nearest of 512 random latents, several times, and continues with the best. Adam
    (Kingma and Ba 2015, arXiv 1412.6980) takes the steps, with a learning rate that falls to 0.

    Part of a joint sample is enough: given `{"image": images}`, it finds the latents that draw
    these images, and `gan.generate(latents=...)["table"]` then returns matching rows. For samples
    that come from the model, the error is small; for real samples, it shows what the model can't
    draw.

    Args:
        gan: A model that draws samples from latents.
        samples: Samples in the structure of the generator's output, or a dict of some of its parts.
        labels: For a `ConditionalGAN` with classes: the classes, as in `generate`, if known.
        conditions: For a `ConditionalGAN` with conditions: the known ones, as in `generate`.
        steps: The number of gradient steps for each sample.
        starts: The number of first guesses for each sample, at least 1.
        learning_rate: The learning rate of the first step, above 0.
        seed: The seed of the guesses.
        batch_size: The number of samples in memory at a time, each `starts` times.
        verbose: 1 shows a progress bar.

    Returns:
        Latents `(n, latent_dim)`. For a `ConditionalGAN`, a pair of latents and labels `(n,)` or of
        latents and a DataFrame of conditions. Pass them to
        `gan.generate(latents=..., conditions=...)`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If samples do not match the generator, or a number is out of range.

    Example:
        >>> from keras_gan_kit import networks
        >>> generator = networks.dense_generator((4, 4, 1), latent_dim=3, units=(8,))
        >>> gan = GAN(generator, networks.dense_discriminator((4, 4, 1), units=(8,)))
        >>> images = gan.generate(2, seed=1)
        >>> found = invert(gan, images, steps=50, verbose=0)
        >>> found.shape
        (2, 3)
    """
    if not isinstance(gan, GAN) or gan.latent_dim is None:
        raise wrong_type(
            "gan",
            received=f"{type(gan).__name__}",
            expected="a model that draws samples from latents, such as GAN",
            fix="wrap the generator: GAN(generator, discriminator)",
        )
    integer("steps", steps)
    integer("starts", starts, maximum=_GUESSES)
    integer("seed", seed, minimum=0)
    integer("batch_size", batch_size)
    expected, fix = "a number above 0", "pass learning_rate=0.1"
    number("learning_rate", learning_rate, lambda x: x > 0, expected=expected, fix=fix)
    given = _given(gan, samples)
    num = len(next(iter(given.values())))
    search = search_conditions(gan, labels, conditions, num, seed)
    descent = _Descent(gan, search, steps, starts, learning_rate, seed)
    found: list[tuple[Floats, Any]] = []
    with progress("inverted", num, 0, visible=bool(verbose)) as add:
        for start in range(0, num, batch_size):
            part = {path: leaf[start : start + batch_size] for path, leaf in given.items()}
            found.append(descent.run(part, start))
            add(len(found[-1][0]))
    points = np.concatenate([point for point, _ in found])
    if search is None:
        return points
    return points, search.result(np.concatenate([rows for _, rows in found]))


def _given(gan: GAN, samples: Any) -> dict[tuple[Any, ...], Floats]:
    """Returns the parts of samples by their paths, after checking them."""
    parts = dict(tree.flatten_with_path(structure_to_numpy("samples", samples)))
    outputs = dict(tree.flatten_with_path(output_of(gan.generator)))
    if not parts or not parts.keys() <= outputs.keys():
        raise invalid(
            "samples",
            received=f"the parts {['/'.join(map(str, path)) for path in parts]}",
            expected=f"some of {['/'.join(map(str, path)) for path in outputs]}",
            fix="pass samples in the structure that the generator returns",
        )
    for (path, output), limits in zip(outputs.items(), output_bounds(gan.generator), strict=True):
        if path in parts:
            name = "samples" + "".join(f"[{key!r}]" for key in path)
            check_shape(name, parts[path], tuple(output.shape))
            check_range(name, parts[path], limits)
    return parts


class _Descent:
    """Searches the latents of one batch of samples after the other."""

    def __init__(
        self,
        gan: GAN,
        search: SearchConditions | None,
        steps: int,
        starts: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self.gan, self.search = gan, search
        self.steps, self.starts, self.learning_rate = steps, starts, learning_rate
        self.guesses = latents(_GUESSES, gan.latent_dim, seed=seed)
        self._gradients: dict[Any, Callable[..., Any]] = {}

    def run(self, given: dict[tuple[Any, ...], Floats], start: int) -> tuple[Floats, Any]:
        """Returns latents of a batch, and its rows of conditions or labels."""
        count = len(next(iter(given.values())))
        points, rows = self._first(given, start)
        repeated = np.repeat(np.arange(count), self.starts)
        targets = {path: leaf[repeated] for path, leaf in given.items()}
        is_one = self.starts == 1 and (self.search is None or not self.search.moves)
        first = 0 if is_one else max(1, int(self.steps * _ROUND))
        if first:
            points, rows, losses = self._descend(targets, points, rows, range(first), free=True)
            best = losses.reshape(count, self.starts).argmin(axis=1)
            best += np.arange(count) * self.starts
            points = points[best]
            rows = None if rows is None or self.search is None else self.search.fixed(rows[best])
        points, rows, _ = self._descend(given, points, rows, range(first, self.steps), free=False)
        return points, rows

    def _first(self, given: dict[tuple[Any, ...], Floats], start: int) -> tuple[Floats, Any]:
        """Returns the nearest guesses of each sample, `starts` of them, and their conditions."""
        count = len(next(iter(given.values())))
        if self.search is None or not self.search.is_known:
            rows = None if self.search is None else self.search.guesses(_GUESSES)
            nearest = self._nearest(given, self.guesses, rows).reshape(-1)
            return self.guesses[nearest], None if rows is None else rows[nearest]
        # Known conditions differ between samples, so the same latent draws different samples.
        rows = self.search.known[start : start + count]
        points = self.guesses[: max(_GUESSES_OF_ONE, self.starts)]
        nearest = np.concatenate(
            [
                self._nearest(
                    {path: leaf[i : i + 1] for path, leaf in given.items()},
                    points,
                    np.repeat(rows[i : i + 1], len(points), axis=0),
                )
                for i in range(count)
            ]
        ).reshape(-1)
        return points[nearest], np.repeat(rows, self.starts, axis=0)

    def _nearest(
        self, given: dict[tuple[Any, ...], Floats], points: Floats, rows: Any
    ) -> NDArray[np.intp]:
        drawn = dict(tree.flatten_with_path(self._draw(points, rows)))
        distances = np.zeros((len(next(iter(given.values()))), len(points)))
        for path, leaf in given.items():
            a = leaf.reshape(len(leaf), -1).astype(np.float64)
            b = np.asarray(drawn[path], np.float64).reshape(len(points), -1)
            squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
            distances += squares / a.shape[1]
        return np.argsort(distances, axis=1)[:, : self.starts]

    def _draw(self, points: Floats, rows: Any) -> Any:
        inputs: Any = points if rows is None else [points, rows]
        pieces = [
            self.gan.sampling_network.predict_on_batch(
                tree.map_structure(lambda leaf, i=i: leaf[i : i + 128], inputs)
            )
            for i in range(0, len(points), 128)
        ]
        return tree.map_structure(lambda *leaves: np.concatenate(leaves), *pieces)

    def _descend(
        self,
        targets: dict[tuple[Any, ...], Floats],
        points: Floats,
        rows: Any,
        numbers: range,
        *,
        free: bool,
    ) -> tuple[Floats, Any, NDArray[np.float64]]:
        """Takes Adam's steps from `points`, and from `rows` if they are `free`.

        Returns:
            The latents and rows with the smallest error so far, and the errors.
        """
        moves = rows is not None and free and self.search is not None and self.search.moves
        gradient = self._gradient(tuple(targets), rows is not None, bool(moves))
        values = [points.astype(np.float64)] + ([rows.astype(np.float64)] if moves else [])
        slots = [(np.zeros_like(value), np.zeros_like(value)) for value in values]
        best: Any = [value.copy() for value in values]
        least = np.full(len(points), np.inf)
        for i, step in enumerate(numbers, start=1):
            now = [value.astype(np.float32) for value in values]
            inputs = now if moves or rows is None else [*now, rows]
            losses, slopes = gradient(inputs, list(targets.values()))
            losses = ops.convert_to_numpy(losses).astype(np.float64)
            better = losses < least
            least[better] = losses[better]
            for kept, value in zip(best, values, strict=True):
                kept[better] = value[better]
            rate = self.learning_rate * 0.5 * (1.0 + np.cos(np.pi * step / self.steps))
            for value, slope, slot in zip(values, slopes, slots, strict=True):
                _adam(value, ops.convert_to_numpy(slope).astype(np.float64), slot, i, rate)
            if moves and self.search is not None:
                values[1] = self.search.projected(values[1])
        found = [value.astype(np.float32) for value in best]
        return found[0], found[1] if moves else rows, least

    def _gradient(self, paths: tuple[Any, ...], has_rows: bool, moves: bool) -> Callable[..., Any]:
        """Returns a function from inputs and targets to errors `(n,)` and their gradients."""
        key = paths, has_rows, moves
        if key in self._gradients:
            return self._gradients[key]
        network = self.gan.sampling_network

        def slopes(inputs: list[Any], targets: list[Any]) -> tuple[Any, Any]:
            fixed = inputs[1:] if has_rows and not moves else []

            def errors(free: list[Any]) -> Any:
                every = [ops.convert_to_tensor(x) for x in (*free, *fixed)]
                samples = network(every if has_rows else every[0], training=False)
                drawn = dict(tree.flatten_with_path(samples))
                total = 0.0
                for path, target in zip(paths, targets, strict=True):
                    apart = ops.cast(drawn[path], "float32") - ops.convert_to_tensor(target)
                    apart = ops.square(apart)
                    total = total + ops.mean(apart, axis=tuple(range(1, len(apart.shape))))
                return total

            free = inputs[: 2 if moves else 1]
            found, slope = recorded_pass(errors, free)
            return found, slope()

        self._gradients[key] = compiled(slopes)
        return self._gradients[key]


def _adam(
    value: NDArray[np.float64], slope: Any, slot: tuple[Any, Any], step: int, rate: float
) -> None:
    """Takes a step of Adam in place."""
    for moment, new, beta in zip(slot, (slope, slope**2), _BETAS, strict=True):
        moment *= beta
        moment += (1.0 - beta) * new
    first, second = (m / (1.0 - beta**step) for m, beta in zip(slot, _BETAS, strict=True))
    value -= rate * first / (np.sqrt(second) + _TINY)
