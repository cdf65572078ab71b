"""Holds images with the classes of their folders."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class LabeledImages(NamedTuple):
    """Images with their classes, as `images_from_directory(labels="inferred")` returns them.

    Attributes:
        images: `(n, height, width, channels)`.
        labels: int32 `(n,)`: the positions of the classes in `class_names`.
        class_names: The names of the sub-folders, sorted.
        names: The path of each image in the folder, with "/" between folders.

    Example:
        >>> images = np.zeros((2, 4, 4, 3), "float32")
        >>> found = LabeledImages(images, np.int32([0, 1]), ("cat", "dog"), ("cat/1", "dog/1"))
        >>> found.class_names[found.labels[1]]
        'dog'
    """

    images: NDArray[Any]
    labels: NDArray[np.int32]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
