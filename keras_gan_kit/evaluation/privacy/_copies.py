"""Decides whether two samples are duplicates."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.samples._samples import Samples


def fingerprints(samples: Samples) -> NDArray[np.object_]:
    """Returns one key for each sample, equal for duplicates.

    Numbers are compared as float32, pixels as 8 bits, so that writing a copy to a file and reading
    it back does not hide it.

    Args:
        samples: Samples from `comparable`.
    """
    parts: list[list[bytes]] = []
    if samples.image is not None:
        pixels = np.round((np.clip(samples.image, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)
        parts.append(
            [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in pixels]
        )
    if samples.table is not None:
        parts.append([row.tobytes() for row in _rows(samples)])
    return np.array([b"".join(keys) + b"." for keys in zip(*parts, strict=True)], dtype=object)


def _rows(samples: Samples) -> NDArray[np.float64]:
    table = samples.table
    rows = np.zeros((len(samples), 0 if table is None else table.shape[1]))
    for place, name in enumerate([] if table is None else table.columns):
        values = table[name]  # type: ignore[index]
        if values.dtype.kind == "f":
            rows[:, place] = _as_float32(values.to_numpy())
        else:
            rows[:, place] = values.cat.codes
    return rows + 0.0  # not -0.0, whose bytes differ


def _as_float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounds to the 24 bits of float32, without its limited range."""
    mantissa, exponent = np.frexp(values)
    with np.errstate(over="ignore"):
        rounded: NDArray[np.float64] = np.ldexp(
            mantissa.astype(np.float32).astype(np.float64), exponent
        )
    rounded[np.isnan(values)] = np.nan  # one NaN of several
    return rounded
