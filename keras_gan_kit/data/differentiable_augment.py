"""Differentiable augmentation for training with few images."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid, wrong_type

# The random numbers of each part of a policy per sample; the first decides whether it applies.
_DRAWS = {
    "color": ("color", "brightness", "saturation", "contrast"),
    "translation": ("translation", "shift_1", "shift_2"),
    "cutout": ("cutout", "hole_1", "hole_2"),
}
# Volumes need more numbers, which are drawn after those of images.
_MORE_DRAWS = {"color": (), "translation": ("shift_3",), "cutout": ("hole_3",)}
_RANKS = (3, 4, 5)  # of batches of signals, images and volumes
_SHIFT = 1 / 8  # the largest shift, as a fraction of the side
_HOLE = 1 / 2  # the size of the cutout, as a fraction of the side


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class DifferentiableAugment(keras.Layer):
    """Augments real and generated samples alike before the discriminator sees them.

    Zhao et al. 2020 (arXiv 2006.10738). With a few hundred images a discriminator memorizes them.
    Augmenting only the real ones would teach the generator to draw augmented images. As
    `GAN(augmenter=...)` this layer is applied to both, and the generator learns through it. For
    samples in [-1, 1] and u uniform in [0, 1], drawn for each sample:

    - "color": brightness x + (u - 1/2), saturation 2 u (scales the distance from the mean over
      channels), contrast u + 1/2 (scales the distance from the mean of the sample), in this order;
    - "translation": a shift by whole pixels, up to 1/8 of each side, in both directions; `fill`
      moves in;
    - "cutout": a box of half of each side, centered anywhere in the sample, becomes `fill`.

    Each part is applied to a sample with the probability `strength`, independently (Karras et al.
    2020, arXiv 2006.06676). `strength` is a variable that `callbacks.Schedule` and
    `callbacks.AdaptiveStrength` change while compiled steps run. Nothing is clipped: values may
    leave [-1, 1], and no gradient is lost at a bound. (The Keras layers `RandomBrightness` and
    `RandomContrast` clip, `RandomSaturation` expects three channels in [0, 1], and XLA on
    TensorFlow does not compile `RandomTranslation`.)

    Augments signals (batch, length, channels), images (batch, height, width, channels) and volumes
    (batch, depth, height, width, channels). In a structure of samples all of these are augmented,
    those of one sample in the same way, and other arrays are left unchanged.

    If every sample is augmented, augmentations may leak into the generated samples. If some samples
    stay unchanged, the generator learns to draw unaugmented ones: Karras et al. saw no leak below a
    strength of about 0.8. Without `training=True`, in `evaluate` and `generate`, the layer does
    nothing.

    Args:
        policy: One or several of "color", "translation" and "cutout".
        strength: The probability of each part for each sample, in [0, 1].
        fill: The value behind the edges and in cutouts: the background of the samples, such as 1.0
            for white paper.
        seed: Makes the draws repeatable. Their state is saved with the model.
        **options: `name` and `dtype`, as in every Keras layer.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a part is unknown or repeated, or `strength` is out of range.

    Example:
        >>> augment = DifferentiableAugment("translation", seed=0)
        >>> images = keras.random.uniform((2, 8, 8, 1), -1, 1)
        >>> augment(images, training=True).shape == images.shape
        True
        >>> bool(ops.all(augment(images) == images))
        True
    """

    def __init__(
        self,
        policy: str | Iterable[str] = ("color", "translation", "cutout"),
        *,
        strength: float = 1.0,
        fill: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.policy = _check_policy(policy)
        self._initial_strength = number(
            "strength",
            strength,
            lambda probability: 0.0 <= probability <= 1.0,
            expected="a probability in [0, 1]",
            fix="pass strength=1.0, which augments every sample",
        )
        self.fill = number(
            "fill", fill, math.isfinite, expected="a finite number", fix="pass fill=0.0"
        )
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.strength = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(self._initial_strength),
            dtype="float32",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
            name="strength",
        )
        self.built = True

    def call(self, samples: Any, training: bool = False) -> Any:
        """Returns the samples, augmented in training, with the same structure and shape."""
        if not training:
            return samples
        ranks = [len(leaf.shape) for leaf in tree.flatten(samples)]
        if not set(ranks) & set(_RANKS):
            return samples
        draw = self._draw(ops.shape(tree.flatten(samples)[0])[0], max(ranks))
        return tree.map_structure(
            lambda leaf: self._augment(leaf, draw) if len(leaf.shape) in _RANKS else leaf, samples
        )

    def _draw(self, batch_size: Any, rank: int) -> dict[str, Any]:
        """Draws uniform numbers for each sample; the first of each part becomes 0 or 1."""
        names = [name for part in self.policy for name in _DRAWS[part]]
        if rank == max(_RANKS):
            names += [name for part in self.policy for name in _MORE_DRAWS[part]]
        numbers = keras.random.uniform(
            (batch_size, len(names)), dtype="float32", seed=self.seed_generator
        )
        draw = {name: numbers[:, i] for i, name in enumerate(names)}
        for part in self.policy:
            draw[part] = ops.cast(draw[part] < self.strength.value, "float32")
        return draw

    def _augment(self, samples: Any, draw: dict[str, Any]) -> Any:
        for part in self.policy:
            if part == "color":
                samples = _recolor(samples, draw)
            elif part == "translation":
                samples = _translate(samples, draw, self.fill)
            else:
                samples = _cut(samples, draw, self.fill)
        return samples

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape, which does not change."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "policy": list(self.policy),
            "strength": self._initial_strength,
            "fill": self.fill,
            "seed": self.seed,
        }


def _per_sample(numbers: Any, samples: Any) -> Any:
    return ops.cast(ops.reshape(numbers, (-1,) + (1,) * (len(samples.shape) - 1)), samples.dtype)


def _spatial_axes(samples: Any) -> range:
    return range(1, len(samples.shape) - 1)


def _recolor(samples: Any, draw: dict[str, Any]) -> Any:
    # The added terms are exactly 0 for samples that remain unchanged.
    on = draw["color"]
    samples = samples + _per_sample(on * (draw["brightness"] - 0.5), samples)
    if samples.shape[-1] != 1:  # one channel is its own mean
        more = _per_sample(on * (2.0 * draw["saturation"] - 1.0), samples)
        samples = samples + more * (samples - ops.mean(samples, axis=-1, keepdims=True))
    more = _per_sample(on * (draw["contrast"] - 0.5), samples)
    axes = (*_spatial_axes(samples), len(samples.shape) - 1)
    return samples + more * (samples - ops.mean(samples, axis=axes, keepdims=True))


def _translate(samples: Any, draw: dict[str, Any], fill: float) -> Any:
    for axis in _spatial_axes(samples):
        order = list(range(len(samples.shape)))
        order[1], order[axis] = order[axis], order[1]
        if axis > 1:
            samples = ops.transpose(samples, order)
        samples = _shift_rows(samples, draw["translation"], draw[f"shift_{axis}"], fill)
        if axis > 1:
            samples = ops.transpose(samples, order)
    return samples


def _shift_rows(samples: Any, on: Any, place: Any, fill: float) -> Any:
    """Shifts along the first axis after the batch; the gradient shifts back."""
    shape = ops.shape(samples)
    batch_size, length = shape[:2]
    farthest = int(length * _SHIFT + 0.5)
    # Every integer from -farthest to farthest is equally likely.
    shift = ops.floor(place * (2 * farthest + 1)) - farthest
    rows = ops.arange(length)[None, :] - ops.cast(on * shift, "int32")[:, None]
    inside = ops.logical_and(rows >= 0, rows < length)
    first = ops.arange(batch_size)[:, None] * length
    source = ops.reshape(first + ops.clip(rows, 0, length - 1), (-1,))
    moved = ops.take(ops.reshape(samples, (-1, math.prod(shape[2:]))), source, axis=0)
    kept = ops.reshape(inside, (batch_size, length) + (1,) * (len(shape) - 2))
    return _filled(ops.reshape(moved, shape), ops.cast(kept, samples.dtype), fill)


def _cut(samples: Any, draw: dict[str, Any], fill: float) -> Any:
    axes = _spatial_axes(samples)
    hole = ops.reshape(draw["cutout"], (-1,) + (1,) * len(axes))
    for axis in axes:
        side = samples.shape[axis]
        shape = [side if other == axis else 1 for other in axes]
        hole = hole * ops.reshape(_near(draw[f"hole_{axis}"], side), (-1, *shape))
    return _filled(samples, ops.cast(1.0 - hole, samples.dtype)[..., None], fill)


def _filled(samples: Any, kept: Any, fill: float) -> Any:
    """Returns the samples where `kept` is 1, and `fill` where it is 0."""
    samples = samples * kept
    return samples + fill * (1.0 - kept) if fill else samples


def _near(place: Any, side: int) -> Any:
    """Marks half of a side around a position, cropped at the edges."""
    center = ops.floor(place * side)[:, None]
    size = int(side * _HOLE + 0.5)
    at = ops.arange(side, dtype="float32")[None, :] - (center - size // 2)
    return ops.cast(ops.logical_and(at >= 0, at < size), "float32")


def _check_policy(policy: Any) -> tuple[str, ...]:
    parts = (policy,) if isinstance(policy, str) else policy
    details = {
        "received": repr(policy),
        "expected": f"one or several of {', '.join(map(repr, _DRAWS))}, each once",
        "fix": "leave it out for all three",
    }
    if not isinstance(parts, Iterable):
        raise wrong_type("policy", **details)
    parts = tuple(parts)
    unknown = [part for part in parts if part not in _DRAWS]
    if unknown and (close := difflib.get_close_matches(str(unknown[0]), _DRAWS, 1)):
        details["fix"] = f"did you mean {close[0]!r}?"
    if not parts or unknown or len(set(parts)) != len(parts):
        raise invalid("policy", **details)
    return parts
