"""Decides whether two samples are duplicates."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.samples._samples import Samples


def fingerprints(samples: Samples) -> NDArray[np.object_]:
    """Returns a key for each sample, equal for duplicates.

    Numbers are compared as float32 and pixels as 8 bits, so a copy is still found after it was
    written to a file and read back.

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


def copies_within(samples: Samples, known: Samples, tolerance: float) -> NDArray[np.bool_]:
    """Finds the samples that equal a known sample up to a tolerance.

    A number may differ by `tolerance` times its magnitude, a pixel by `tolerance` times the pixel
    range. Categories and missing values must be equal.

    Args:
        samples: Samples from `comparable`.
        known: Other samples of the same form.
        tolerance: The relative tolerance.

    Returns:
        Whether each of `samples` is a copy, shape (n,).
    """
    groups: dict[bytes, list[int]] = {}
    for place, key in enumerate(_categories(known)):
        groups.setdefault(key, []).append(place)
    ours, theirs = _numbers(samples), _numbers(known)
    pixels = 0 if samples.image is None else 1 + samples.image[0].size
    probe = np.linspace(0, ours.shape[1] - 1, min(16, ours.shape[1])).astype(int)
    found = np.zeros(len(samples), bool)
    lead = 0 if pixels else int(np.argmax([len(np.unique(x)) for x in theirs.T]))
    sorted_groups = {}
    for key, rows in groups.items():
        order = np.array(rows)[np.argsort(theirs[rows, lead], kind="stable")]
        sorted_groups[key] = order, theirs[order, lead]
    for i, key in enumerate(_categories(samples)):
        if key not in groups:
            continue
        order, leads = sorted_groups[key]
        margin = tolerance * np.abs(ours[i])
        margin[:pixels] = tolerance * 2.0  # pixels are in [-1, 1]
        low, high = ours[i, lead] - margin[lead], ours[i, lead] + margin[lead]
        near = order[np.searchsorted(leads, low) : np.searchsorted(leads, high, side="right")]
        for columns in (probe, slice(None)):  # most candidates already differ in a few columns
            differ = np.abs(theirs[near][:, columns] - ours[i, columns])
            near = near[(differ <= margin[columns]).all(axis=1)]
        found[i] = len(near) > 0
    return found


def _numbers(samples: Samples) -> NDArray[np.float64]:
    """Returns the mean pixel, the pixels and the numbers of the table, with 0 for missing ones."""
    parts = []
    if samples.image is not None:
        flat = samples.image.reshape(len(samples), -1)
        parts += [flat.mean(axis=1, keepdims=True), flat]
    if samples.table is not None:
        parts.append(np.nan_to_num(_rows(samples)[:, _is_number(samples)]))
    return np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)


def _categories(samples: Samples) -> list[bytes]:
    """Returns a key for each sample's categories and missing numbers."""
    if samples.table is None:
        return [b""] * len(samples)
    rows, numbers = _rows(samples), _is_number(samples)
    keys = np.where(numbers, np.isnan(rows), rows)
    return [row.tobytes() for row in keys]


def _is_number(samples: Samples) -> NDArray[np.bool_]:
    table = samples.table
    columns = [] if table is None else [table[name] for name in table.columns]
    return np.array([values.dtype.kind == "f" for values in columns], bool)


def _rows(samples: Samples) -> NDArray[np.float64]:
    table = samples.table
    rows = np.zeros((len(samples), 0 if table is None else table.shape[1]))
    for place, name in enumerate([] if table is None else table.columns):
        values = table[name]  # type: ignore[index]
        if values.dtype.kind == "f":
            rows[:, place] = _as_float32(values.to_numpy())
        else:
            rows[:, place] = values.cat.codes
    return rows + 0.0  # avoids -0.0, whose bytes differ


def _as_float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounds to the 24 bits of float32, without its limited range."""
    mantissa, exponent = np.frexp(values)
    with np.errstate(over="ignore"):
        rounded: NDArray[np.float64] = np.ldexp(
            mantissa.astype(np.float32).astype(np.float64), exponent
        )
    rounded[np.isnan(values)] = np.nan  # a single bit pattern for NaN
    return rounded
