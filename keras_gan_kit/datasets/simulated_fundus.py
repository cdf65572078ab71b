"""Simulates retinal images with masks of their vessels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from keras_gan_kit._arguments import integer, true_or_false
from keras_gan_kit.data.image_pairs import ImagePairs
from keras_gan_kit.datasets._vessel_tree import draw_tree, grow_tree

_SMALLEST = 32
_COVERED = 0.4  # the smallest share of a pixel for which it counts as vessel in the label
# The share of red, green and blue that a vessel absorbs; green the most, as in photographs.
_ABSORBED = np.array([0.35, 0.55, 0.4], "float32")


def simulated_fundus(
    num_images: int, *, image_size: int = 128, standardize: bool = False, seed: int = 0
) -> ImagePairs:
    """Simulates photographs of retinas, each with a mask of its vessels.

    Vessels leave the optic disc, branch, thin out and bend around the fovea. They are darker than
    the background, mostly in green. Light, color and noise vary between images. The field of view
    is a disc. Equal seeds give equal images, and image i does not depend on `num_images`.

    Args:
        num_images: The number of images, at least 1.
        image_size: Height and width in pixels, at least 32.
        standardize: Whether to standardize each image and channel to mean 0 and standard deviation
            1 over the field of view, as `data.paired_images` does. Otherwise images are in [-1, 1].
        seed: Non-negative integer.

    Returns:
        An `ImagePairs`: `images, labels, masks = simulated_fundus(...)` are float32
        `(num_images, image_size, image_size, 3)`, and twice `(..., 1)` of 0 and 1.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a number is out of range.

    Example:
        >>> images, labels, masks = simulated_fundus(2, image_size=64)
        >>> images.shape, labels.shape, np.unique(labels).tolist()
        ((2, 64, 64, 3), (2, 64, 64, 1), [0.0, 1.0])
    """
    num = integer("num_images", num_images)
    size = integer("image_size", image_size, minimum=_SMALLEST)
    key = integer("seed", seed, minimum=0)
    true_or_false("standardize", standardize)
    view = _distance(size, (0.5, 0.5)) < 0.48
    pixels = np.empty((num, size, size, 3), np.float32)
    labels = np.empty((num, size, size, 1), np.float32)
    for i in range(num):
        bits = np.random.Philox(np.random.SeedSequence(key, spawn_key=(i,)))
        pixels[i], labels[i, ..., 0] = _eye(np.random.Generator(bits), size, view)
    masks = np.repeat(view[None, ..., None].astype(np.float32), num, axis=0)
    names = tuple(f"simulated_{i:04d}" for i in range(num))
    mean, deviation = np.full((2, num, 1, 1, 3), 0.5, np.float32)
    if standardize:
        inside = pixels[:, view].astype(np.float64)
        mean = inside.mean(1)[:, None, None].astype(np.float32)
        deviation = inside.std(1)[:, None, None].astype(np.float32)
    images = (pixels - mean) / deviation
    return ImagePairs(names, images, labels, masks, mean, deviation, size=(size, size))


def _eye(
    draw: np.random.Generator, size: int, view: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draws one retina; returns pixels in [0, 1] and the mask of vessels."""
    side = 1.0 if draw.random() < 0.5 else -1.0
    disc = 0.5 + side * (0.24 + 0.06 * draw.random()), 0.5 + 0.1 * (draw.random() - 0.5)
    fovea = 0.5 - side * 0.08, 0.52 + 0.06 * (draw.random() - 0.5)
    covered = draw_tree(grow_tree(draw, disc, fovea), size)
    label = ((covered > _COVERED) & view).astype(np.float32)

    color = np.array([0.72, 0.36, 0.18]) + 0.12 * (draw.random(3) - 0.5)
    light = 1.0 - (0.5 + 0.4 * draw.random()) * _distance(size, 0.5 + 0.2 * (draw.random(2) - 0.5))
    light -= 0.18 * np.exp(-((_distance(size, fovea) / 0.09) ** 2))
    pixels = light[..., None] * (1.0 + 0.1 * _clouds(draw, size)[..., None]) * color
    glow = np.exp(-((_distance(size, disc) / 0.055) ** 4))[..., None]
    pixels = pixels + glow * np.array([0.25, 0.33, 0.25])
    strength = 0.55 + 0.45 * draw.random()
    # Simulates optical blur: half a pixel at 128 x 128.
    soft = _blurred(covered, size / 256)[..., None]
    pixels = pixels * (1.0 - strength * _ABSORBED * soft)
    pixels = np.where(view[..., None], pixels, 0.02)
    pixels = pixels + 0.05 * (draw.random((size, size, 3)) - 0.5)
    return np.clip(pixels, 0.0, 1.0).astype(np.float32), label


def _distance(size: int, center: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the distance of each pixel from a point (x, y) of the unit square."""
    x, y = center
    places = (np.arange(size) + 0.5) / size
    return np.hypot(places[None, :] - x, places[:, None] - y)


def _clouds(draw: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Returns blurred noise with a standard deviation of about 1."""
    noise = _blurred(draw.random((size, size)), size / 24)
    clouds: NDArray[np.float32] = (noise - noise.mean()) / max(float(noise.std()), 1e-6)
    return clouds


def _blurred(values: NDArray[np.floating], radius: float) -> NDArray[np.float32]:
    picture = Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))
    soft = picture.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)
