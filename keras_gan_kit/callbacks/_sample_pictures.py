"""Turns images, signals and volumes into pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from keras_gan_kit.data import to_uint8

_LANES = 16  # the largest number of channels of a signal to draw
_LANE, _WIDTH = 24, 200  # pixels of a signal if the grid has no given size
_FINER = 2  # lines are drawn larger, then reduced, so that they are smooth


def is_drawn(shape: tuple[int | None, ...]) -> bool:
    """Returns whether samples of a shape, batch axis included, can be drawn.

    Args:
        shape: `(n, length, channels)` of signals, `(n, height, width, channels)` of images, or
            `(n, depth, height, width, channels)` of volumes. Images and volumes need 1 or 3
            channels.
    """
    return len(shape) == 3 or (len(shape) in (4, 5) and shape[-1] in (1, 3))


def sample_pictures(
    samples: np.ndarray,
    value_range: tuple[float, float] | None,
    cell: tuple[int | None, int | None],
) -> np.ndarray:
    """Turns samples into pictures of one size.

    Signals become lines, a lane for each of the first 16 channels. Volumes become their middle
    slices along the three axes, side by side.

    Args:
        samples: Signals, images or volumes, batch first.
        value_range: The lowest and the highest value; None for [-1, 1], or for signals those of
            `samples`.
        cell: Width and height in pixels that a signal has in the grid; None for a free side.

    Returns:
        uint8 `(n, height, width, channels)`, with 1 or 3 channels.
    """
    samples = np.nan_to_num(samples)
    if samples.ndim == 3:
        return _lines(samples, value_range or (samples.min(), samples.max()), cell)
    if samples.ndim == 5:
        samples = _middle_slices(samples, (value_range or (-1.0, 1.0))[0])
    return to_uint8(samples, value_range=value_range or (-1.0, 1.0))


def _middle_slices(volumes: np.ndarray, background: float) -> np.ndarray:
    depth, height, width = volumes.shape[1:4]
    slices = (
        volumes[:, depth // 2],
        volumes[:, :, height // 2],
        volumes[:, :, :, width // 2],
    )
    tallest = max(depth, height)
    padded = [
        np.pad(
            part,
            ((0, 0), (0, tallest - part.shape[1]), (0, 0), (0, 0)),
            constant_values=background,
        )
        for part in slices
    ]
    return np.concatenate(padded, axis=2)


def _lines(
    signals: np.ndarray, value_range: tuple[float, float], cell: tuple[int | None, int | None]
) -> np.ndarray:
    lanes = min(signals.shape[-1], _LANES)
    width, height = cell[0] or _WIDTH, cell[1] or lanes * _LANE
    low, high = value_range
    # From 0 at the top of a lane to 1 at its bottom.
    down = (high - signals) / max(high - low, 1e-12)
    x = np.linspace(0, _FINER * width - 1, signals.shape[1])
    lane = _FINER * height / lanes
    pictures = np.empty((len(signals), height, width, 1), np.uint8)
    for picture, curves in zip(pictures, np.clip(down, 0.0, 1.0), strict=True):
        canvas = Image.new("L", (_FINER * width, _FINER * height), "white")
        draw = ImageDraw.Draw(canvas)
        for number in range(lanes):
            y = lane * number + curves[:, number] * (lane - 1)
            draw.line(np.stack([x, y], axis=1).ravel().tolist(), fill=0, width=_FINER)
        picture[..., 0] = canvas.resize((width, height), Image.Resampling.BOX)
    return pictures
