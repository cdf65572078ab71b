"""Draws PCA and t-SNE plots of real and synthetic vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._section import BLUE, VERMILION, Drawing
from keras_gan_kit.evaluation.samples._columns import sampled

_POINTS = 500  # per set; t-SNE takes seconds for these, and more would overlap
_FEWEST = 5


def projection(
    real: NDArray[Any], synthetic: NDArray[Any], *, what: str, seed: int = 0
) -> list[Drawing]:
    """Returns a PCA and t-SNE drawing, or nothing if there are too few samples.

    Args:
        real: Vectors (n, d).
        synthetic: Vectors (m, d).
        what: The name of a sample, such as "row".
        seed: Seed of the draw and of t-SNE.
    """
    real, synthetic = sampled(real, _POINTS, seed), sampled(synthetic, _POINTS, seed + 1)
    if min(len(real), len(synthetic)) < _FEWEST or not real.shape[1]:
        return []

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        _scatter(left, *_pca(real, synthetic))
        left.set_title("PCA")
        _scatter(right, *_tsne(real, synthetic, seed))
        right.set_title("t-SNE")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    return [
        Drawing(
            "pca_tsne",
            draw,
            f"Each point is a {what}; there are {len(real)} real and {len(synthetic)} synthetic "
            "ones. The two colors should overlap: real points without synthetic points nearby "
            "are cases that the generator misses, and synthetic points without real points "
            "nearby are unrealistic. PCA shows the directions of largest real variance. In "
            "t-SNE, only neighborhoods are meaningful.",
            f"Two scatter plots, PCA and t-SNE, of real and synthetic {what}s.",
            (8.0, 4.4),
        )
    ]


def _pca(real: NDArray[Any], synthetic: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    from sklearn.decomposition import PCA

    # The components are fitted only on the real samples.
    pca = PCA(min(2, *real.shape), random_state=0).fit(real)
    first, second = (_two(pca.transform(x)) for x in (real, synthetic))
    return first, second


def _two(points: NDArray[Any]) -> NDArray[Any]:
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))


def _tsne(
    real: NDArray[Any], synthetic: NDArray[Any], seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    both = np.concatenate([real, synthetic])
    perplexity = min(30.0, (len(both) - 1) / 3.0)
    # PCA initialization requires two columns and some variance, which not every table has.
    tsne = TSNE(perplexity=perplexity, init="random", random_state=seed)
    # With so few points, threads don't help, and are slow on a busy machine.
    with threadpool_limits(1):
        points = tsne.fit_transform(both)
    return points[: len(real)], points[len(real) :]


def _scatter(axes: Any, real: NDArray[Any], synthetic: NDArray[Any]) -> None:
    axes.scatter(*real.T, s=7, marker="o", color=BLUE, alpha=0.5, linewidths=0, label="real")
    axes.scatter(
        *synthetic.T, s=9, marker="^", color=VERMILION, alpha=0.5, linewidths=0, label="synthetic"
    )
    axes.set_xticks([])
    axes.set_yticks([])
