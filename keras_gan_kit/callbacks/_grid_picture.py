"""Draws a grid of samples as one picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 4  # pixels between two samples
SMALLEST = 2 * GAP  # pixels of a sample and the gaps around it
_SMALLEST_TEXT, _LARGEST_TEXT = 10, 32
TEXT = 16  # pixels that the smallest text takes, at most


def grid_picture(
    pixels: np.ndarray,
    columns: int,
    size: tuple[int | None, int | None] | None,
    captions: list[str] | None = None,
) -> Image.Image:
    """Draws samples row by row, all scaled by the same factor.

    Args:
        pixels: uint8 `(n, height, width, channels)`, with 1 or 3 channels; n is a multiple of
            `columns`.
        columns: The number of samples in a row.
        size: Width and height of the picture. A side that is None is as long as the samples need.
            With None for both, samples are not scaled.
        captions: The text above each sample.
    """
    rows = len(pixels) // columns
    height, width = pixels.shape[1:3]
    wanted = size or (None, None)
    numbers = columns, rows
    free = [side and (side - GAP) // n for side, n in zip(wanted, numbers, strict=True)]
    widths = [free[0], free[1] and free[1] * width // height]
    sides = [w // 8 for w in widths if w is not None] or [width // 8]
    font = _font(min(sides + [h // 4 for h in free[1:] if h])) if captions else None
    text = 0 if font is None else sum(font.getmetrics())
    fits = [
        (space - GAP - above) / side
        for space, above, side in zip(free, (0, text), (width, height), strict=True)
        if space is not None
    ]
    scale = min(fits, default=1.0)
    # Undo rounding errors of whole numbers.
    shape = max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6))
    cell = free[0] or shape[0] + GAP, free[1] or shape[1] + GAP + text
    full = wanted[0] or columns * cell[0] + GAP, wanted[1] or rows * cell[1] + GAP
    canvas = Image.new("RGB", full, "white")
    # Keep enlarged pixels sharp; average reduced ones.
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
    left = (canvas.width - columns * cell[0]) // 2 + (cell[0] - shape[0]) // 2
    top = (canvas.height - rows * cell[1]) // 2 + (cell[1] - text - shape[1]) // 2 + text
    draw = ImageDraw.Draw(canvas)
    for i, sample in enumerate(pixels):
        row, column = divmod(i, columns)
        picture = Image.fromarray(sample.squeeze(-1) if sample.shape[-1] == 1 else sample)
        place = left + column * cell[0], top + row * cell[1]
        canvas.paste(picture.resize(shape, method).convert("RGB"), place)
        if captions and font:
            middle = place[0] + shape[0] / 2, place[1] - 1
            draw.text(middle, _shortened(captions[i], font, cell[0]), "black", font, "mb")
    return canvas


def _font(wanted: int) -> ImageFont.FreeTypeFont:
    size = min(max(wanted, _SMALLEST_TEXT), _LARGEST_TEXT)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ImportError(
            "Captions need Pillow with FreeType. Fix: pip install --force-reinstall pillow; its "
            "wheels include FreeType."
        )
    return font


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """Cuts off text that would run into the next caption."""
    while len(text) > 1 and font.getlength(text) > width - 2:
        text = text[:-1]
    return text
