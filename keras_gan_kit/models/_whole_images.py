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


class WholeImages:
    """Runs an image-to-image network on images of any size.

    Args:
        network: A functional model from (n, height, width, channels) to images of the same height
            and width.

    Attributes:
        fixed: The height and width that the network was built for, or None for any.
        multiple: The number of pixels that must divide the height and the width.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        shape = tuple(input_of(network).shape)
        self.channels = shape[3]
        self.fixed = None if None in shape[1:3] else (int(shape[1]), int(shape[2]))
        self._layers = keras.Function(
            network.inputs, [layer.output for layer in network.layers if layer.output is not None]
        )
        self.multiple = 1 if self.fixed else self._find_multiple()

    def _find_multiple(self) -> int:
        for multiple in _MULTIPLES:
            # An odd multiple, because an even one could hide a factor of two.
            size = 3 * multiple
            try:
                output = self.network.compute_output_spec(self._image(size, size))
            except ValueError:  # skip connections of different sizes
                continue
            if tuple(tree.flatten(output)[0].shape[1:3]) == (size, size):
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
        """Returns the bytes of all layers' outputs for one image, an upper bound for a pass."""
        outputs = tree.flatten(self._layers.compute_output_spec([self._image(height, width)]))
        return 4 * sum(int(np.prod(output.shape)) for output in outputs)

    def padded_size(self, height: int, width: int) -> tuple[int, int]:
        """Rounds a size up to a multiple that the network takes."""
        m = self.multiple
        return -(-height // m) * m, -(-width // m) * m

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
        if self.fixed:
            return None if (height, width) == self.fixed else self.fixed
        if tile_size is not None:
            integer("tile_size", tile_size)
            if tile_size % self.multiple:
                raise invalid(
                    "tile_size",
                    received=repr(tile_size),
                    expected=f"a multiple of {self.multiple}, which the network needs",
                    fix=f"pass {-(-tile_size // self.multiple) * self.multiple}",
                )
            return tile_size, tile_size
        limit = available_memory() // 2
        if self.bytes_of(*self.padded_size(height, width)) <= limit:
            return None
        side = -(-_TILE // self.multiple) * self.multiple
        while side > self.multiple and self.bytes_of(side, side) > limit:
            side = -(-side // 2 // self.multiple) * self.multiple
        return side, side

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
        full = max(height, tile[0]), max(width, tile[1])
        top, left = (full[0] - height) // 2, (full[1] - width) // 2
        places = [(y, x) for y in _starts(full[0], tile[0]) for x in _starts(full[1], tile[1])]
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


def _starts(length: int, tile: int) -> list[int]:
    """Returns the starts of tiles that overlap by at least a quarter and end with the image."""
    steps = -(-(length - tile) // max(1, tile * 3 // 4))
    return [round(i * (length - tile) / steps) for i in range(steps + 1)] if steps else [0]


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
