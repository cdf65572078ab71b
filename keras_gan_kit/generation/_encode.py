"""What the generator draws as what files hold, and back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import tree
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit.data import from_uint8, to_uint8
from keras_gan_kit.data._read_image import IMAGE_FAULTS
from keras_gan_kit.generation._parts import Part
from keras_gan_kit.generation._plan import Piece, Plan
from keras_gan_kit.generation._table import Decoder, check_finite

_FORMATS = ("PNG", "JPEG")  # that are written


@dataclass(frozen=True)
class Rows:
    """Samples in the form in which they are stored.

    Args:
        start: The index of the first.
        count: How many.
        columns: By the name of each part: a list of picture files, an array, or a DataFrame.
    """

    start: int
    count: int
    columns: dict[str, Any]


@dataclass(frozen=True)
class Encoder:
    """Turns a batch that the generator drew into rows.

    Args:
        plan: The settings.
        decoders: Of tables, by the name of the part.
    """

    plan: Plan
    decoders: dict[str, Decoder]

    def __call__(self, piece: Piece, samples: Any, labels: NDArray[np.int32] | None) -> Rows:
        """Encodes the rows of one piece.

        Args:
            piece: Where the rows are in the batch.
            samples: The batch, as the network returned it.
            labels: The classes of the batch.

        Raises:
            ValueError: If a number is NaN, or infinite where it is no pixel.
        """
        leaves = dict(tree.flatten_with_path(samples))
        columns: dict[str, Any] = {}
        for part in self.plan.parts:
            leaf = labels if part.kind == "label" else leaves[part.path]
            values = np.asarray(leaf)[piece.start : piece.stop]
            columns[part.name] = self._encode(part, values, piece.batch + piece.start)
        return Rows(piece.batch + piece.start, piece.stop - piece.start, columns)

    def _encode(self, part: Part, values: NDArray[Any], first: int) -> Any:
        if part.kind == "label":
            return values.astype("int64")
        values = values.astype("float32", copy=False)
        if part.kind == "table":
            return self.decoders[part.name](values, first)
        if part.kind == "array":
            check_finite(values)
            return values
        pixels = to_uint8(values, value_range=part.value_range)
        return [self._file(picture) for picture in pixels]

    def _file(self, pixels: NDArray[np.uint8]) -> bytes:
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        file = io.BytesIO()
        if self.plan.image_format == "jpeg":
            picture.save(file, "JPEG", quality=self.plan.quality)
        else:
            # Five times as fast as Pillow's own level for files that are 5% larger.
            picture.save(file, "PNG", compress_level=1)
        return file.getvalue()


def decode_images(part: Part, files: list[bytes], pool: Executor) -> NDArray[np.float32]:
    """Reads picture files.

    Args:
        part: What they show.
        files: The contents of the files.
        pool: Threads to read them in.

    Returns:
        float32 of shape (n, height, width, channels), in the range of the part.

    Raises:
        ValueError: If one is no picture, or of another size.
    """
    pixels = np.empty((len(files), *part.shape), np.uint8)

    def read(i: int) -> None:
        with _picture(files[i], part.shape) as picture:
            found = np.asarray(picture.convert("L" if part.shape[-1] == 1 else "RGB"))
            pixels[i] = found.reshape(part.shape)

    for _ in pool.map(read, range(len(files))):
        pass
    return from_uint8(pixels, value_range=part.value_range)


@contextmanager
def _picture(file: bytes, shape: tuple[int, ...]) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as picture:
            if (picture.height, picture.width) != shape[:2]:
                raise ValueError(f"it has {picture.height} x {picture.width} pixels")
            yield picture
    except IMAGE_FAULTS as error:
        raise ValueError(f"A picture of shape {shape} cannot be read: {error}.") from error
