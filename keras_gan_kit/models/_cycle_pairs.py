"""Combines unpaired images of two domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops, tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.data import UnpairedDataset
from keras_gan_kit.data._arrays import array_to_numpy
from keras_gan_kit.models._check_data import check_images, is_arrays
from keras_gan_kit.models._inspection import input_of
from keras_gan_kit.models._sampling import draw_rows, refuse_seed

if TYPE_CHECKING:
    from keras_gan_kit.models.cycle_gan import CycleGAN


def unpaired(a: Any, b: Any, options: dict[str, Any], *, seed: int) -> UnpairedDataset:
    """Makes the unpaired dataset for `fit`, and removes its arguments from the options."""
    batch_size = options.pop("batch_size", None)
    return UnpairedDataset(
        a,
        b,
        batch_size=1 if batch_size is None else batch_size,
        shuffle=options.get("shuffle", True),
        seed=seed,
        steps_per_epoch=options.pop("steps_per_epoch", None),
    )


def mean_distance(real: Any, drawn: Any) -> Any:
    """Averages the absolute difference over pixels, and over the two directions."""
    parts = zip(tree.flatten(real), tree.flatten(drawn), strict=True)
    means = [ops.mean(ops.abs(ops.cast(y, "float32") - ops.cast(x, "float32"))) for x, y in parts]
    return sum(means) / len(means)


def side_by_side(sources: dict[str, Any], drawn: dict[str, Any], num: int) -> dict[str, Any]:
    """Puts each image before its translation; returns `num` images of each domain."""
    pairs = {key: np.stack([sources[key], drawn[key]], axis=1) for key in drawn}
    return {key: pair.reshape(-1, *pair.shape[2:])[:num] for key, pair in pairs.items()}


def of_one_length(a: Any, b: Any) -> tuple[Any, Any]:
    """Repeats the shorter of two arrays to the length of the longer; keeps other data as it is."""
    if not (is_arrays(a) and is_arrays(b)):
        return a, b
    a, b = array_to_numpy("a", a), array_to_numpy("b", b)
    # The check of the data reports empty arrays.
    if 0 < len(a) < len(b):
        a = a[np.arange(len(b)) % len(a)]
    elif 0 < len(b) < len(a):
        b = b[np.arange(len(a)) % len(b)]
    return a, b


def choose_pair(
    gan: CycleGAN, num_samples: int | None, *, seed: int | None, given: Any
) -> dict[str, np.ndarray]:
    """Chooses images to translate, or checks given images, for `CycleGAN.generate`.

    Returns:
        Arrays of `num_samples` images, by the keys "a" and "b".

    Raises:
        TypeError: If a number is not an integer, or images do not have a float dtype.
        ValueError: If a number is out of range, or images are missing or have the wrong shape.
    """
    if given is not None:
        refuse_seed(seed)
        return _checked(gan, num_samples, given)
    num_samples = integer("num_samples", num_samples)
    if not gan.examples:
        raise invalid(
            "latents",
            received="None, before `fit` was given any images",
            expected="images to translate: {'a': ..., 'b': ...}",
            fix="pass them, or call translate(images, 'a_to_b')",
        )
    key = np.random.SeedSequence(seed if seed is None else integer("seed", seed, minimum=0))
    chosen = {}
    for name, images, own in zip("ab", gan.examples, key.spawn(2), strict=True):
        chosen[name] = images[draw_rows(num_samples, len(images), own)]
    return chosen


def _checked(gan: CycleGAN, num_samples: int | None, given: Any) -> dict[str, np.ndarray]:
    details = {
        "expected": "a dict with the keys 'a' and 'b' and the same number of images for both",
        "fix": "for a single direction, call translate(images, 'a_to_b')",
    }
    if not isinstance(given, dict) or set(given) != {"a", "b"}:
        raise invalid("latents", received=f"{given!r:.80}", **details)
    symbolic = input_of(gan.generator)
    pair = {key: check_images(f"latents[{key!r}]", given[key], symbolic[key]) for key in "ab"}
    numbers = {len(pair["a"]), len(pair["b"]), num_samples or len(pair["a"])}
    if len(numbers) > 1:
        raise invalid("latents", received=f"{sorted(numbers)} images", **details)
    return pair
