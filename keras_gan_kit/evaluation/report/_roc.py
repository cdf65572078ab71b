"""Draws ROC curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._section import GRAY

_POINTS = 2000  # points of a curve, more than the pixels across a page


def roc_points(truth: NDArray[Any], scores: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Computes the false and true positive rates at every threshold.

    Args:
        truth: True or 1 for positive samples, shape (n,).
        scores: Scores that are higher for samples more likely to be positive, shape (n,).
    """
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(truth, scores)
    return false, true


def draw_roc(axes: Any, false: NDArray[Any], true: NDArray[Any], **style: Any) -> None:
    """Draws a ROC curve, its axes and, with the first curve, the diagonal of random guessing.

    Args:
        axes: Matplotlib axes.
        false: False positive rates.
        true: True positive rates.
        **style: Options of `axes.plot`.
    """
    if not axes.lines:
        axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", linewidth=0.8)
    draw_curve(axes, false, true, **style)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC curve")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))


def draw_curve(axes: Any, x: NDArray[Any], y: NDArray[Any], **style: Any) -> None:
    """Draws a line through at most about 2,000 points."""
    step = max(1, len(x) // _POINTS)
    kept = np.union1d(np.arange(0, len(x), step), [len(x) - 1])
    axes.plot(x[kept], y[kept], **style)
