"""Simulates retinal vessel trees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

# Lengths are fractions of the side of the image.
_STEP = 0.012
_TRUNK, _FINEST = 0.022, 0.0045
_SIDE_BRANCHES = 0.085  # the probability of one per step
_OVERSAMPLING = 4
_MOST = 400  # branches


class Branch(NamedTuple):
    """A vessel: points (n, 2) as x and y, and the width at each point."""

    points: NDArray[np.float64]
    widths: NDArray[np.float64]


def grow_tree(
    draw: np.random.Generator, disc: tuple[float, float], fovea: tuple[float, float]
) -> list[Branch]:
    """Grows the vessels of one eye in the unit square.

    Four trunks leave the disc, two of which bend around the fovea as arcades do.

    Args:
        draw: The random generator. Only its method `random` is used, which is stable across
            versions of NumPy.
        disc: The position of the optic disc, x and y.
        fovea: The position of the fovea, x and y.
    """
    toward = np.arctan2(fovea[1] - disc[1], fovea[0] - disc[0])
    waiting = []
    for side in (-1.0, 1.0):
        for opening, bend in ((1.15, -0.030), (2.35, 0.008)):
            angle = toward + side * (opening + 0.3 * (draw.random() - 0.5))
            width = _TRUNK * (0.75 + 0.35 * draw.random())
            waiting.append((np.array(disc), angle, width, side * bend))
    found: list[Branch] = []
    while waiting and len(found) < _MOST:
        start, angle, width, bend = waiting.pop(0)
        branch, children = _grow(draw, start, angle, width, bend)
        found.append(branch)
        waiting.extend(children)
    return found


def _grow(
    draw: np.random.Generator, start: NDArray[np.float64], angle: float, width: float, bend: float
) -> tuple[Branch, list[tuple[NDArray[np.float64], float, float, float]]]:
    points, widths, children = [start], [width], []
    while width > _FINEST and np.hypot(*(points[-1] - 0.5)) < 0.49:
        angle += bend + 0.22 * (draw.random() - 0.5)
        points.append(points[-1] + _STEP * np.array([np.cos(angle), np.sin(angle)]))
        width *= 0.988
        widths.append(width)
        if draw.random() < _SIDE_BRANCHES and len(points) > 4:
            side = 1.0 if draw.random() < 0.5 else -1.0
            turn = side * (0.5 + 0.6 * draw.random())
            children.append((points[-1], angle + turn, width * (0.5 + 0.3 * draw.random()), 0.0))
            # Roughly Murray's law: the trunk narrows behind a branch.
            width *= 0.94
            angle -= 0.2 * turn
    return Branch(np.array(points), np.array(widths)), children


def draw_tree(tree: list[Branch], size: int) -> NDArray[np.float32]:
    """Returns the share of each pixel that vessels cover, float32 (size, size)."""
    side = size * _OVERSAMPLING
    canvas = Image.new("L", (side, side))
    pen = ImageDraw.Draw(canvas)
    for branch in tree:
        points, widths = branch.points * side, branch.widths * side
        for a, b, width in zip(points, points[1:], widths, strict=False):
            # At least one pixel: thinner vessels would vanish from the label.
            width = max(width, _OVERSAMPLING)
            pen.line([tuple(a), tuple(b)], fill=255, width=round(width))
            corners = [tuple(b - width / 2), tuple(b + width / 2)]
            pen.ellipse(corners, fill=255)
    small = canvas.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)
