"""Reads binary masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._read_image import Decoded, decode, halved

_LOSSY = {"JPEG", "MPO", "WEBP", "JPEG2000", "AVIF"}
_LUMA = (299, 587, 114)  # thousandths: integers distinguish colors that round to the same gray


class _Gray(NamedTuple):
    """Gray levels `(height, width)`, opacity in [0, 1] or None, and the level of white."""

    values: NDArray[Any]
    alpha: NDArray[Any] | None
    white: float


def read_mask(
    argument: str, path: Path, threshold: float | None = None, half: int | None = None
) -> NDArray[np.bool_]:
    """Reads a mask with two values, of which the brighter one is marked.

    Transparent pixels are not marked. Palette images are read by index if the palette has colors,
    by brightness if it is gray.

    Args:
        argument: The name of the caller's argument, for errors.
        path: The file.
        threshold: The smallest gray value of a marked pixel, for masks with more than two values
            and for lossy formats: below 1 a fraction of white, otherwise a level of the file.
        half: 0 to read only the left half of the file, 1 for the right half.

    Returns:
        A boolean mask `(height, width)`.

    Raises:
        UnreadableImageError: If the file cannot be decoded.
        ValueError: If the file has more than two values and `threshold` is None.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "mask.png")
        >>> Image.fromarray(np.uint16([[0, 3]])).save(path)
        >>> read_mask("labels", path).tolist()
        [[False, True]]
    """
    found = decode(path, None, None, "stretch")
    found = found if half is None else halved(found, half)
    values, alpha, white = _gray(found)
    marked_where_opaque = False
    if alpha is not None and (alpha < 1).any():
        seen = np.unique(values[alpha > 0])
        marked_where_opaque = len(seen) <= 1
        if marked_where_opaque:  # drawn in a single color on a transparent layer
            values, white = alpha, 1.0
        elif ((alpha == 0) | (alpha == 1)).all():
            values = np.where(alpha > 0, values, seen[0])
        else:
            values = values * alpha
    levels = np.unique(values)
    two = len(levels) <= 2 and bool(np.isfinite(levels).all())
    if threshold is not None and not (two and found.image.format not in _LOSSY):
        marked: NDArray[np.bool_] = values >= (threshold * white if threshold < 1 else threshold)
        return marked
    if not two:
        raise invalid(
            argument,
            received=f"{str(path)!r}, with {len(levels)} gray values",
            expected="an image with two values",
            fix="pass threshold=0.5 to mark pixels of at least half of white, or write the file "
            "again without resampling or JPEG compression",
        )
    return values == levels[-1] if len(levels) == 2 else values > 0


def resized_mask(
    mask: NDArray[np.bool_], size: tuple[int, int], share: float
) -> tuple[NDArray[np.bool_], float | None]:
    """Resizes a mask by the share of marked area.

    Args:
        mask: `(height, width)`.
        size: The new height and width.
        share: The smallest share of marked area for which a new pixel is marked.

    Returns:
        The new mask and, if more than a fifth of the marked area is lost, the `share` that would
        keep it; otherwise None.

    Example:
        >>> line = np.arange(9)[:, None] == np.zeros((1, 9))
        >>> small, better = resized_mask(line, (3, 3), 0.5)
        >>> int(small.sum()), float(better), int(resized_mask(line, (3, 3), better)[0].sum())
        (0, 0.33, 3)
    """
    if size == mask.shape:
        return mask, None
    picture = Image.fromarray(mask.astype(np.float32))
    shares = np.asarray(picture.resize(size[::-1], Image.Resampling.BOX))
    new: NDArray[np.bool_] = shares >= share - 1e-6
    if new.mean() >= 0.8 * mask.mean():
        return new, None
    wanted = min(max(1, round(float(mask.mean()) * shares.size)), shares.size)
    keeps = float(np.partition(shares, shares.size - wanted, axis=None)[shares.size - wanted])
    return new, max(np.floor(100 * keeps) / 100, 0.01)


def _gray(found: Decoded) -> _Gray:
    image = found.image
    if image.mode == "P":
        return _of_palette(image)
    if found.levels is not None:
        levels, alpha = found.levels, found.alpha
        values = levels[..., 0] if levels.shape[-1] == 1 else levels @ np.array(_LUMA) / 1000
        values = found.white - values if found.inverted else values
        return _Gray(values, None if alpha is None else alpha[..., 0], found.white)
    if image.mode in ("1", "L"):
        pixels = np.asarray(image).astype(np.float32)
        white = 1.0 if image.mode == "1" else 255.0
        clear = image.info.get("transparency")
        return _Gray(pixels, None if clear is None else _as_alpha(pixels != clear), white)
    if image.has_transparency_data:
        colors = np.asarray(image.convert("RGBA"))
        return _Gray(_luma(colors), colors[..., 3] / np.float32(255), 255.0)
    return _Gray(_luma(np.asarray(image.convert("RGB"))), None, 255.0)


def _of_palette(image: Image.Image) -> _Gray:
    indices = np.asarray(image)
    palette = np.asarray(image.getpalette("RGB") or range(256), np.uint8).reshape(-1, 3)
    clear = image.info.get("transparency")
    alpha = None
    if isinstance(clear, bytes):
        table = np.full(256, 255, np.float32)
        table[: len(clear)] = np.frombuffer(clear, np.uint8)
        alpha = table[indices] / np.float32(255)
    elif clear is not None:
        alpha = _as_alpha(indices != clear)
    used = palette[np.unique(indices[indices < len(palette)])]
    if (used == used[:, :1]).all() and indices.max() < len(palette):
        return _Gray(palette[indices, 0].astype(np.float32), alpha, 255.0)
    return _Gray(indices.astype(np.float32), alpha, float(indices.max()))


def _as_alpha(opaque: NDArray[np.bool_]) -> NDArray[np.float32]:
    return opaque.astype(np.float32)


def _luma(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    total = np.zeros(colors.shape[:2], np.int32)
    for channel, weight in enumerate(_LUMA):
        total += np.int32(weight) * colors[..., channel]
    return total.astype(np.float32) / np.float32(1000)
