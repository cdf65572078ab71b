"""Differentiable augmentation for training with few images."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import keras
from keras import ops, tree

from keras_gan_kit._arguments import number
from keras_gan_kit._errors import invalid, wrong_type

# The numbers that each part of a policy takes from a sample's draw, whether it applies first.
_DRAWS = {
    "color": ("color", "brightness", "saturation", "contrast"),
    "translation": ("translation", "down", "right"),
    "cutout": ("cutout", "row", "column"),
}
_SHIFT = 1 / 8  # of the side, at most
_HOLE = 1 / 2  # of the side


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class DifferentiableAugment(keras.Layer):
    """Augments real and generated images before the discriminator sees them.

    Zhao et al. 2020 (arXiv 2006.10738). On a few hundred images a discriminator overfits.
    Augmenting only the real images would teach the generator to produce augmented images. As
    `GAN(augmenter=...)`, this layer augments both, and gradients pass through it to the generator.
    For images in [-1, 1], with u drawn uniformly from [0, 1] for each sample:

    - "color": brightness x + (u - 1/2); saturation: the distance from the mean over channels times
      2 u; contrast: the distance from the mean of the image times (u + 1/2), in this order;
    - "translation": a shift by a whole number of pixels, at most 1/8 of each side, padded with 0;
    - "cutout": a square (for other shapes a rectangle) with half the height and width is set to 0;
      its center is anywhere in the image.

    Each part is applied to a sample with probability `strength`, independently (Karras et al. 2020,
    arXiv 2006.06676). `strength` is a variable that `callbacks.Schedule` and
    `callbacks.AdaptiveStrength` change during training. Values are not clipped, because clipping
    would stop gradients, so they may leave [-1, 1]. (The Keras layers `RandomBrightness` and
    `RandomContrast` clip, `RandomSaturation` needs three channels in [0, 1], and XLA on TensorFlow
    does not compile `RandomTranslation`.) If a sample has several parts, all its images (batch,
    height, width, channels) are augmented in the same way, and other parts do not change.

    Leaks: an augmentation that is applied to every image looks like a property of the data, so the
    generator may learn to produce it. If some images are not augmented, the generator does better
    without it; Karras et al. saw no leak below a strength of about 0.8. The layer is only active
    with `training=True`, not in `evaluate` and `generate`.

    Args:
        policy: One or several of "color", "translation" and "cutout".
        strength: The probability of each part for each sample, in [0, 1].
        seed: Makes the augmentation reproducible. Its random state is saved with the model.
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
        images = [leaf for leaf in tree.flatten(samples) if len(leaf.shape) == 4]
        if not images:
            return samples
        draw = self._draw(ops.shape(images[0])[0])
        return tree.map_structure(
            lambda leaf: self._augment(leaf, draw) if len(leaf.shape) == 4 else leaf, samples
        )

    def _draw(self, batch_size: Any) -> dict[str, Any]:
        """Draws uniform numbers for each sample; the first of each part becomes 0 or 1."""
        names = [name for part in self.policy for name in _DRAWS[part]]
        numbers = keras.random.uniform(
            (batch_size, len(names)), dtype="float32", seed=self.seed_generator
        )
        draw = {name: numbers[:, i] for i, name in enumerate(names)}
        for part in self.policy:
            draw[part] = ops.cast(draw[part] < self.strength.value, "float32")
        return draw

    def _augment(self, images: Any, draw: dict[str, Any]) -> Any:
        for part in self.policy:
            images = {"color": _recolor, "translation": _translate, "cutout": _cut}[part](
                images, draw
            )
        return images

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape, which does not change."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "policy": list(self.policy),
            "strength": self._initial_strength,
            "seed": self.seed,
        }


def _per_sample(numbers: Any, images: Any) -> Any:
    return ops.cast(ops.reshape(numbers, (-1, 1, 1, 1)), images.dtype)


def _recolor(images: Any, draw: dict[str, Any]) -> Any:
    # What is added is 0, to the last bit, for samples that stay as they are.
    on = draw["color"]
    images = images + _per_sample(on * (draw["brightness"] - 0.5), images)
    if images.shape[-1] != 1:  # one channel is its own mean
        more = _per_sample(on * (2.0 * draw["saturation"] - 1.0), images)
        images = images + more * (images - ops.mean(images, axis=-1, keepdims=True))
    more = _per_sample(on * (draw["contrast"] - 0.5), images)
    return images + more * (images - ops.mean(images, axis=(1, 2, 3), keepdims=True))


def _translate(images: Any, draw: dict[str, Any]) -> Any:
    images = _shift_rows(images, draw["translation"], draw["down"])
    columns_first = ops.transpose(images, (0, 2, 1, 3))
    moved = _shift_rows(columns_first, draw["translation"], draw["right"])
    return ops.transpose(moved, (0, 2, 1, 3))


def _shift_rows(images: Any, on: Any, place: Any) -> Any:
    """Shifts whole rows, which is fast, and so is the gradient."""
    batch_size, height, width, channels = ops.shape(images)
    farthest = int(height * _SHIFT + 0.5)
    # Every whole number from -farthest to farthest is as likely.
    shift = ops.floor(place * (2 * farthest + 1)) - farthest
    rows = ops.arange(height)[None, :] - ops.cast(on * shift, "int32")[:, None]
    inside = ops.logical_and(rows >= 0, rows < height)
    first = ops.arange(batch_size)[:, None] * height
    source = ops.reshape(first + ops.clip(rows, 0, height - 1), (-1,))
    moved = ops.take(ops.reshape(images, (-1, width * channels)), source, axis=0)
    moved = ops.reshape(moved, (-1, height, width, channels))
    return moved * ops.cast(inside, images.dtype)[:, :, None, None]


def _cut(images: Any, draw: dict[str, Any]) -> Any:
    height, width = images.shape[1:3]
    in_rows = _near(draw["row"], height)[:, :, None]
    in_columns = _near(draw["column"], width)[:, None, :]
    hole = in_rows * in_columns * draw["cutout"][:, None, None]
    return images * ops.cast(1.0 - hole, images.dtype)[..., None]


def _near(place: Any, side: int) -> Any:
    """Marks half of a side around a position, as far as it lies in the image."""
    centre = ops.floor(place * side)[:, None]
    size = int(side * _HOLE + 0.5)
    at = ops.arange(side, dtype="float32")[None, :] - (centre - size // 2)
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
