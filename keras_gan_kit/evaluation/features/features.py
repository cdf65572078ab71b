"""Features of images, and which network they are from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Features:
    """What `extract_features` returns; every metric of features takes it as an array.

    Metrics refuse to compare features of two networks: such a distance says nothing.

    Args:
        values: float32 of shape (n, d), a row for each image.
        name: Which features they are, in words.
        network: Maps images of the same size to them. Pass it as `features` to get the same
            features of other images, or to a metric.
        fingerprint: The same for equal networks, and for no others.

    Example:
        >>> from keras_gan_kit.evaluation import extract_features, frechet_distance
        >>> real = np.linspace(-1, 1, 20 * 16, dtype="float32").reshape(20, 4, 4, 1)
        >>> features = extract_features(real, features="pixels")
        >>> len(features), features.name
        (20, '16 principal components of 4 x 4 pixels')
        >>> round(frechet_distance(features, features), 6)
        0.0
    """

    values: NDArray[np.float32]
    name: str
    network: keras.Model = field(repr=False)
    fingerprint: str = field(repr=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Gives NumPy the values."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.values)
