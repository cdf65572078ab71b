"""Interpolates between two latents."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._arguments import integer, one_of
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit.data._arrays import array_to_numpy

_METHODS = ("slerp", "linear")
# Directions that differ by less than this are equal in float32, the dtype of latents.
_SAME = 1e-6


def interpolate_latents(
    start: ArrayLike, end: ArrayLike, steps: int, *, method: str = "slerp"
) -> NDArray[np.float32]:
    """Interpolates between two latents, for `GAN.generate(latents=...)`.

    Normal latents of many dimensions lie near a sphere. A straight line leaves it, and passes
    through norms that the generator has never seen. Slerp (Shoemake 1985, "Animating rotation with
    quaternion curves"; for latents White 2016, arXiv 1609.04468) turns the direction by the same
    angle at every step: with the angle omega between the directions u and v,

        direction(t) = (sin((1 - t) omega) u + sin(t omega) v) / sin(omega)

    The norm changes in equal steps. (White's formula mixes the latents
    themselves: for ends of equal norm it is the same; for others neither their angles nor their
    norms come in equal steps.) For parallel ends the path is the straight line, which is the limit.

    Args:
        start: The first latent, shape (latent_dim,).
        end: The last latent, of the same shape.
        steps: The number of latents on the path, including both ends; at least 2.
        method: "slerp" or "linear".

    Returns:
        float32 of shape (steps, latent_dim); the first is `start` and the last is `end`.

    Raises:
        TypeError: If `start` or `end` is not an array of numbers, or `steps` is not an integer.
        ValueError: If shapes differ, a number is not finite or out of range, or slerp has no path:
            an end is 0, or the ends are opposite, so that the shortest arc is not unique.

    Example:
        >>> print(interpolate_latents([3.0, 0.0], [0.0, 3.0], 3)[1].round(4))  # 45 degrees
        [2.1213 2.1213]
        >>> interpolate_latents([3.0, 0.0], [0.0, 3.0], 3, method="linear")[1].tolist()
        [1.5, 1.5]
    """
    first, last = _latent("start", start), _latent("end", end)
    if first.shape != last.shape:
        raise invalid(
            "end",
            received=f"a latent of length {len(last)}",
            expected=f"the length of `start`: {len(first)}",
            fix="take both from the latents of one model",
        )
    integer("steps", steps, minimum=2)
    one_of("method", method, _METHODS)
    share = np.linspace(0.0, 1.0, steps)[:, None]
    path = (_slerp if method == "slerp" else _linear)(first, last, share).astype("float32")
    path[0], path[-1] = first, last  # to the last bit
    return path


def _latent(argument: str, value: ArrayLike) -> NDArray[np.float64]:
    latent = array_to_numpy(argument, value)
    if latent.ndim != 1 or not len(latent) or not np.isfinite(latent).all():
        finite = "" if np.isfinite(latent).all() else ", with values that are not finite"
        raise invalid(
            argument,
            received=f"an array of shape {latent.shape}{finite}",
            expected="one latent: finite numbers of shape (latent_dim,)",
            fix="take one row of an array of latents, for example latents[0]",
        )
    return latent.astype("float64")


def _linear(
    start: NDArray[np.float64], end: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    line: NDArray[np.float64] = (1.0 - share) * start + share * end
    return line


def _slerp(
    start: NDArray[np.float64], end: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    norms = np.linalg.norm(start), np.linalg.norm(end)
    for argument, norm in zip(("start", "end"), norms, strict=True):
        if norm == 0.0:
            raise ValueError(_no_path(argument, "a latent of zeros, which has no direction"))
    u, v = start / norms[0], end / norms[1]
    apart, together = float(np.linalg.norm(u - v)), float(np.linalg.norm(u + v))
    if apart < _SAME:
        return _linear(start, end, share)
    if together < _SAME:
        raise ValueError(_no_path("end", "the opposite of `start`: no unique shortest arc"))
    # Not by the arc cosine, which is inaccurate for small angles.
    omega = 2.0 * math.atan2(apart, together)
    direction = (np.sin((1.0 - share) * omega) * u + np.sin(share * omega) * v) / math.sin(omega)
    path: NDArray[np.float64] = ((1.0 - share) * norms[0] + share * norms[1]) * direction
    return path


def _no_path(argument: str, received: str) -> str:
    return explain(
        argument,
        received=received,
        expected="ends with an arc between them",
        fix="interpolate through a third latent, or pass method='linear'",
    )
