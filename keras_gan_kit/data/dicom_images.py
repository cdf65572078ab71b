"""Holds images from DICOM files."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray


class DicomImages(NamedTuple):
    """Images from DICOM files, as `images_from_dicom` reads them.

    Attributes:
        images: `(n, height, width, channels)`.
        names: A name for each image, which reveals nothing about the patient unless you passed
            `name_by`.

    Example:
        >>> import numpy as np
        >>> images, names = DicomImages(np.zeros((1, 4, 4, 1), "float32"), ("1",))
        >>> names
        ('1',)
    """

    images: NDArray[Any]
    names: tuple[str, ...]
