"""Sets of features for the tests of metrics."""

import numpy as np


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def two_sets(n=60, m=40, d=4):
    """A real set, and a synthetic one that overlaps with it."""
    return normal(n, d), 0.8 * normal(m, d, seed=1) + 0.3


def rotation(d, seed=2):
    return np.linalg.qr(normal(d, d, seed=seed))[0]


def distances(x, y):
    return np.sqrt(np.square(x[:, None] - y[None]).sum(axis=2))


def radii(x, k):
    """The distance of each row to its k-th nearest other row."""
    return np.sort(distances(x, x), axis=1)[:, k]
