"""Runs an image-to-image network on images of any size, padded or in overlapping tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import invalid
from keras_gan_kit.data._available_memory import available_memory
from keras_gan_kit.models._inspection import input_of

_MULTIPLES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_MOST_AT_ONCE = 32  # images in a pass
_TILE = 512  # pixels, where one has to be chosen
_CHANNELS = 1024  # of all layers together, at full size, where they cannot be counted


class WholeImages:
    """Runs an image-to-image network on images of any size.

    Args:
        network: A functional model from (n, height, width, channels) to images of the same height
            and width.

    Attributes:
        sides: The height and the width that the network was built for, each None for any.
        multiple: The number of pixels that must divide each side of variable size.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        shape = tuple(input_of(network).shape)
        self.channels = shape[3]
        self.sides: tuple[int | None, int | None] = (shape[1], shape[2])
        self.multiple = 1 if None not in self.sides else self._find_multiple()

    def _find_multiple(self) -> int:
        for multiple in _MULTIPLES:
            # An odd number of them: an even one could hide a factor of two.
            height, width = (side or 3 * multiple for side in self.sides)
            try:
                output = self.network.compute_output_spec(self._image(height, width))
            except ValueError:  # skip connections of different sizes
                continue
            if tuple(tree.flatten(output)[0].shape[1:3]) == (height, width):
                return multiple
        raise invalid(
            "generator",
            received=f"the network {self.network.name!r}, whose output differs in size from "
            "its input",
            expected="images of the same height and width",
            fix="pass for example networks.unet_generator((None, None, 3))",
        )

    def _image(self, height: int, width: int) -> keras.KerasTensor:
        return keras.KerasTensor((1, height, width, self.channels))

    def bytes_of(self, height: int, width: int) -> int:
        """Returns the size of all layer outputs for one image: an upper bound for a pass."""
        try:
            outputs = [layer.output for layer in self.network.layers if layer.output is not None]
            layers = keras.Function(self.network.inputs, outputs)
        except (AttributeError, ValueError):  # of Keras, for layers that other networks share
            return 4 * height * width * _CHANNELS
        outputs = tree.flatten(layers.compute_output_spec([self._image(height, width)]))
        return 4 * sum(int(np.prod(output.shape)) for output in outputs)

    def padded_size(self, height: int, width: int) -> tuple[int, int]:
        """Rounds a size up to one that the network takes; sides that are fixed stay as they are."""
        m = self.multiple
        rows, columns = (
            side or -(-length // m) * m
            for side, length in zip(self.sides, (height, width), strict=True)
        )
        return rows, columns

    def run(
        self, images: np.ndarray, *, tile_size: int | None, batch_size: int | None, verbose: bool
    ) -> np.ndarray:
        """Maps images of any size.

        Args:
            images: (n, height, width, channels), float32.
            tile_size: The side of square tiles; None for whole images if the memory allows.
            batch_size: The number of images or tiles in a pass; None for as many as the memory
                allows, at most 32.
            verbose: Whether to show a progress bar.

        Returns:
            float32 (n, height, width, output channels).
        """
        tile = self._tile(images.shape[1], images.shape[2], tile_size)
        size = tile or self.padded_size(*images.shape[1:3])
        if batch_size is None:
            fitting = available_memory() // 2 // self.bytes_of(*size)
            batch_size = int(min(max(fitting, 1), _MOST_AT_ONCE))
        integer("batch_size", batch_size)
        if tile:
            return self._tiled(images, tile, batch_size, verbose)
        return self._padded(images, size, batch_size, verbose)

    def _tile(self, height: int, width: int, tile_size: int | None) -> tuple[int, int] | None:
        if tile_size is not None:
            self._check_tile_size(tile_size)
            return self.sides[0] or tile_size, self.sides[1] or tile_size
        padded = self.padded_size(height, width)
        limit = available_memory() // 2
        fits = None not in self.sides or self.bytes_of(*padded) <= limit
        if fits and padded[0] >= height and padded[1] >= width:
            return None
        if fits:  # only sides that are fixed are too short
            return padded
        side = -(-_TILE // self.multiple) * self.multiple
        tile = self.sides[0] or side, self.sides[1] or side
        while side > self.multiple and self.bytes_of(*tile) > limit:
            side = -(-side // 2 // self.multiple) * self.multiple
            tile = self.sides[0] or side, self.sides[1] or side
        return tile

    def _check_tile_size(self, tile_size: int) -> None:
        integer("tile_size", tile_size)
        if None not in self.sides:
            if self.sides != (tile_size, tile_size):
                raise invalid(
                    "tile_size",
                    received=repr(tile_size),
                    expected=f"None: the network only takes images of {self.sides} pixels",
                    fix="leave it out, or build the network for (None, None, channels)",
                )
        elif tile_size % self.multiple:
            raise invalid(
                "tile_size",
                received=repr(tile_size),
                expected=f"a multiple of {self.multiple}, which the network requires",
                fix=f"pass {-(-tile_size // self.multiple) * self.multiple}",
            )

    def _padded(
        self, images: np.ndarray, size: tuple[int, int], batch_size: int, verbose: bool
    ) -> np.ndarray:
        height, width = images.shape[1:3]
        top, left = (size[0] - height) // 2, (size[1] - width) // 2
        bar = _bar(len(images), verbose)
        parts = []
        for start in range(0, len(images), batch_size):
            batch = _reflected(images[start : start + batch_size], size, top, left)
            drawn = self.network.predict_on_batch(batch)
            parts.append(drawn[:, top : top + height, left : left + width])
            _advance(bar, start + len(batch))
        return np.concatenate(parts).astype("float32", copy=False)

    def _tiled(
        self, images: np.ndarray, tile: tuple[int, int], batch_size: int, verbose: bool
    ) -> np.ndarray:
        height, width = images.shape[1:3]
        # Tiles begin at multiples of the network's stride, so that pooling groups the same pixels
        # as in the whole image.
        multiples = [1 if side else self.multiple for side in self.sides]
        places, corner, full = _tiles((height, width), tile, multiples)
        top, left = corner
        weights = _ramp(tile[0])[:, None, None] * _ramp(tile[1])[None, :, None]
        bar = _bar(len(images), verbose)
        results = []
        for number, image in enumerate(images, start=1):
            padded = _reflected(image[None], full, top, left)[0]
            total, seen = None, np.zeros((*full, 1), "float32")
            for chosen in _chunks(places, batch_size):
                cut = [padded[y : y + tile[0], x : x + tile[1]] for y, x in chosen]
                drawn = self.network.predict_on_batch(np.stack(cut))
                if total is None:
                    total = np.zeros((*full, drawn.shape[-1]), "float32")
                for (y, x), part in zip(chosen, drawn, strict=True):
                    total[y : y + tile[0], x : x + tile[1]] += weights * part
                    seen[y : y + tile[0], x : x + tile[1]] += weights
            blended = total / seen
            results.append(blended[top : top + height, left : left + width])
            _advance(bar, number)
        return np.stack(results)


def _reflected(images: np.ndarray, size: tuple[int, int], top: int, left: int) -> np.ndarray:
    height, width = images.shape[1:3]
    rows = top, size[0] - height - top
    columns = left, size[1] - width - left
    # Reflection, because a black border would add an edge to the image.
    return np.pad(images, ((0, 0), rows, columns, (0, 0)), mode="reflect")


def _tiles(
    size: tuple[int, int], tile: tuple[int, int], multiples: list[int]
) -> tuple[list[tuple[int, int]], tuple[int, int], tuple[int, int]]:
    """Returns where tiles begin in the padded image, the image's corner in it, and its size."""
    starts, corner, full = [], [], []
    for length, side, multiple in zip(size, tile, multiples, strict=True):
        whole = -(-length // multiple) * multiple
        full.append(max(whole, side))
        corner.append((whole - length) // 2 + (full[-1] - whole) // 2 // multiple * multiple)
        starts.append(_starts(full[-1], side, multiple))
    places = [(y, x) for y in starts[0] for x in starts[1]]
    return places, (corner[0], corner[1]), (full[0], full[1])


def _starts(length: int, tile: int, multiple: int = 1) -> list[int]:
    """Returns where tiles begin that overlap by about a quarter and end with the image.

    `multiple` divides the length, the tile and every start.

    Example:
        >>> _starts(504, 128, 8)
        [0, 88, 184, 280, 376]
    """
    steps = -(-(length - tile) // max(1, tile * 3 // 4))
    if not steps:
        return [0]
    return sorted({i * (length - tile) // steps // multiple * multiple for i in range(steps + 1)})


def _ramp(length: int) -> np.ndarray:
    """Returns weights along a side: 1 in the middle, decreasing over a quarter to the edges."""
    edge = (np.minimum(np.arange(length), np.arange(length)[::-1]) + 1) / (length / 4 + 1)
    return np.minimum(edge, 1.0).astype("float32")


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _bar(num: int, verbose: bool) -> Any:
    return keras.utils.Progbar(num, unit_name="image") if verbose else None


def _advance(bar: Any, done: int) -> None:
    if bar is not None:
        bar.update(done)
