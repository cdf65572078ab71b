"""Decides whether two samples are duplicates."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.samples._columns import as_float, is_number
from keras_gan_kit.evaluation.samples._samples import Samples


def fingerprints(samples: Samples) -> NDArray[np.object_]:
    """Returns a text for each sample. Duplicates have the same text.

    Numbers are compared as float32 and pixels as 8 bits, so that writing a sample to a file and
    reading it back does not hide a copy.
    """
    parts = []
    if samples.image is not None:
        pixels = np.round((np.clip(samples.image, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)
        parts.append(
            [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in pixels]
        )
    if samples.table is not None:
        parts.append(_row_keys(samples.table))
    return np.array([b"".join(keys) for keys in zip(*parts, strict=True)], dtype=object)


def _row_keys(table: Any) -> list[bytes]:
    import pandas as pd

    plain = {}
    for name in sorted(table.columns):
        values = table[name]
        if is_number(values):
            # Rounding makes -0.0 of small negative numbers, whose bytes are not those of 0.0.
            plain[name] = as_float(values).astype(np.float32) + np.float32(0.0)
        else:
            plain[name] = values.astype(object).map(str, na_action="ignore").fillna("")
    hashes = pd.util.hash_pandas_object(pd.DataFrame(plain), index=False).to_numpy()
    return [bytes(number) for number in hashes.view(np.uint8).reshape(-1, 8)]
