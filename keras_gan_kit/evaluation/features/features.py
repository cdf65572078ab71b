"""Holds features of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Features:
    """Features of images, as `extract_features` returns them. Metrics take them as an array.

    Metrics raise an error for features of different networks, because comparing them is
    meaningless.

    Args:
        values: float32 features (n, d), one row per image.
        name: A description of the features.
        network: The network that maps images of the same size to the features. Pass it as
            `features` to compute the same features of other images, or to a metric.
        fingerprint: A hash of the network.

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
        """Returns the values as a NumPy array."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.values)
