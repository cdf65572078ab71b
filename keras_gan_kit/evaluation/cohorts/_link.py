"""Measures how well rows match their images, compared with real samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.report._holm import significant
from keras_gan_kit.evaluation.report._labels import labels_of, paged
from keras_gan_kit.evaluation.report._score import Range, not_computable, score
from keras_gan_kit.evaluation.report._section import BLUE, VERMILION, Drawing, Section
from keras_gan_kit.evaluation.samples._columns import Column

_FEWEST = 40  # samples, half of which are for training
_LEVEL = 0.01
_LEVELS = 5  # of a categorical column; each is predicted separately
_SHUFFLES = 100
_PAGE = 35


@dataclass(frozen=True)
class Link:
    """The correlations between a column and its prediction from the image."""

    name: str
    real: float  # on real samples that the predictor has not seen
    synthetic: float
    shuffled: float  # the 97.5th percentile for shuffled synthetic columns
    counts: tuple[int, int]

    def seen(self, number: int) -> bool:
        """Returns whether real images predict the column significantly, given `number` columns."""
        from scipy.stats import norm

        z = np.arctanh(min(self.real, 0.999999)) * np.sqrt(max(self.counts[0] - 3, 1))
        return bool(norm.sf(z) * number < _LEVEL)

    def kept(self) -> float:
        """Returns the synthetic correlation as a share of the real one."""
        return float(np.clip(self.synthetic / self.real, 0.0, 1.0))

    def p_lost(self) -> float:
        """Returns the p-value of the test for a lower synthetic correlation (Fisher's z)."""
        from scipy.stats import norm

        z = [np.arctanh(np.clip(r, -0.999999, 0.999999)) for r in (self.real, self.synthetic)]
        spread = np.sqrt(sum(1.0 / max(count - 3, 1) for count in self.counts))
        return float(norm.sf((z[0] - z[1]) / spread))


def measure_links(
    columns: Sequence[Column], real: NDArray[Any], synthetic: NDArray[Any], *, seed: int = 0
) -> list[Link] | str:
    """Predicts every column from image features, after training on half of the real samples.

    Args:
        columns: The columns of the rows.
        real: Features of the real images (n, d), in the order of the rows.
        synthetic: Features of the synthetic images.
        seed: Seed of the split into halves.

    Returns:
        The links, strongest first; or the reason why there is none.
    """
    if min(len(real), len(synthetic)) < _FEWEST:
        return f"{min(len(real), len(synthetic))} samples per set; {_FEWEST} are needed"
    wanted = {name: pair for column in columns for name, pair in _numbers(column).items()}
    random = np.random.default_rng(seed)
    order = random.permutation(len(real))
    learn, test = order[: len(real) // 2], order[len(real) // 2 :]
    wanted = {name: pair for name, pair in wanted.items() if _varies(pair[0][learn])}
    if not wanted or not _varies(real[learn]):
        return "all columns or all images are the same"
    truth = np.stack([first[learn] for first, _ in wanted.values()], axis=1)
    model = _fitted(real[learn], truth, seed)
    # For a single column, the regression drops the second axis.
    guessed = [model.predict(x).reshape(len(x), len(wanted)) for x in (real[test], synthetic)]
    links = []
    for i, (name, (first, second)) in enumerate(wanted.items()):
        links.append(_link(name, guessed[0][:, i], first[test], guessed[1][:, i], second, random))
    return sorted(links, key=lambda link: -link.real)


def _numbers(column: Column) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Returns the column as numbers, or as indicators of its most common levels."""
    if column.kind == "continuous":
        return {column.name: (column.real, column.synthetic)}
    counts = np.bincount(column.real[column.real >= 0], minlength=len(column.levels))
    common = [int(i) for i in np.argsort(-counts, kind="stable")[:_LEVELS]]
    if column.kind == "binary":
        common = [int(column.real.max())]
    found = {}
    for code in common:
        name = column.name if column.kind == "binary" else f"{column.name} = {column.levels[code]}"
        first, second = (np.where(x < 0, np.nan, x == code) for x in column.both)
        found[name] = first, second
    return found


def _varies(values: NDArray[Any]) -> bool:
    if values.ndim == 1:  # a column, which may have no values in this half
        values = values[~np.isnan(values)]
    return bool(len(values) and np.any(np.ptp(values, axis=0) > 0))


def _fitted(x: NDArray[Any], truth: NDArray[Any], seed: int) -> Any:
    """Fits kernel ridge regression to all columns, each with its best penalty."""
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import RidgeCV
    from sklearn.metrics import pairwise_distances
    from sklearn.pipeline import make_pipeline

    truth = truth / np.maximum(np.nanmax(np.abs(truth), axis=0), np.finfo(np.float64).tiny)
    means, spreads = np.nanmean(truth, axis=0), np.nanstd(truth, axis=0)
    scaled = np.nan_to_num((truth - means) / spreads)
    # The median heuristic for the kernel width.
    width = float(np.median(pairwise_distances(x[:500]))) or 1.0
    kernel = Nystroem(gamma=0.5 / width**2, n_components=min(len(x), 400), random_state=seed)
    ridge = RidgeCV(np.logspace(-4, 4, 13), alpha_per_target=True)
    return make_pipeline(kernel, ridge).fit(x, scaled)


def _link(
    name: str,
    guessed_real: NDArray[Any],
    real: NDArray[Any],
    guessed_synthetic: NDArray[Any],
    synthetic: NDArray[Any],
    random: np.random.Generator,
) -> Link:
    (a, b), (c, d) = _both_known(guessed_real, real), _both_known(guessed_synthetic, synthetic)
    shuffled = [_correlation(c, random.permutation(d)) for _ in range(_SHUFFLES)]
    highest = float(np.quantile(shuffled, 0.975))
    return Link(name, _correlation(a, b), _correlation(c, d), highest, (len(b), len(d)))


def _both_known(guessed: NDArray[Any], truth: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    known = ~np.isnan(truth)
    return guessed[known], truth[known]


def _correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Returns Pearson's correlation; 0 if one side is constant."""
    if len(first) < 3:
        return 0.0
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    # Scaled first, because squares of large numbers might overflow.
    first, second = (x / np.abs(x).max() for x in (first, second))
    return float(np.corrcoef(first, second)[0, 1])


def link_scores(links: list[Link] | str) -> dict[str, Any]:
    """Returns the main scores of the link, with the scores of each column under "link_columns"."""
    seen = [] if isinstance(links, str) else [link for link in links if link.seen(len(links))]
    goals: dict[str, str] = {"link": "maximize", "link_worst": "maximize", "link_lost": "minimize"}
    if not seen:
        reason = links if isinstance(links, str) else "no column can be predicted from images"
        empty: dict[str, Any] = {
            name: not_computable(reason, goal=goal) for name, goal in goals.items()
        }
        return empty | {"link_columns": _by_column(links, [])}
    worst = min(seen, key=lambda link: link.kept())
    weight = sum(link.real for link in seen)
    kept = sum(min(max(link.synthetic, 0.0), link.real) for link in seen) / weight
    chance = sum(min(max(link.shuffled, 0.0), link.real) for link in seen) / weight
    lost = significant({link.name: link.p_lost() for link in seen}, _LEVEL)
    return {
        "link": score(kept, goal="maximize", shuffled=chance),
        "link_worst": score(worst.kept(), goal="maximize", column=worst.name),
        "link_lost": score(len(lost) / len(seen), goal="minimize", columns=lost),
        "link_columns": _by_column(links, seen),
    }


def _by_column(links: list[Link] | str, seen: Sequence[Link]) -> dict[str, Any]:
    if isinstance(links, str):
        return {}
    limits: Range = (-1.0, 1.0)
    names = {link.name for link in seen}
    return {
        link.name: score(
            link.synthetic,
            goal=link.real,
            limits=limits,
            shuffled=link.shuffled,
            told_from_real_images=link.name in names,
        )
        for link in links
    }


def link_section(links: list[Link] | str, scores: Mapping[str, Any]) -> Section:
    """Returns the section on the link between images and rows."""
    text = (
        "A predictor is trained on half of the real samples to predict each column from the image. "
        "Then it predicts the columns of the other real samples and of the synthetic ones. If "
        "synthetic rows match their images, predictions correlate with them as strongly as with "
        "real rows. Only columns that can be predicted from real images are used."
    )
    if isinstance(links, str):
        return Section("The link between image and row", f"{text}\n\nNot computable: {links}.")
    if scores["link"]["value"] is None:
        text += f"\n\nNot computable: {scores['link']['not_computable']}."
    elif scores["link_lost"]["columns"]:
        text += "\n\nSignificantly weaker than in real samples: "
        text += ", ".join(scores["link_lost"]["columns"]) + "."
    drawings = [_dots(number, page) for number, page in enumerate(paged(links, _PAGE), 1)]
    return Section("The link between image and row", text, drawings)


def _dots(number: int, links: Sequence[Link]) -> Drawing:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(len(links))[::-1]
        for place, link in zip(places, links, strict=True):
            axes.fill_betweenx(
                [place - 0.4, place + 0.4], -link.shuffled, link.shuffled, color="#ddd"
            )
        style = {"linestyle": "none", "markersize": 6}
        axes.plot([x.real for x in links], places, "o", color=BLUE, label="real", **style)
        synthetic = [x.synthetic for x in links]
        axes.plot(synthetic, places, "^", color=VERMILION, label="synthetic", **style)
        axes.set_yticks(places, labels_of([link.name for link in links]))
        axes.set(
            xlabel="correlation between predicted and true values", ylim=(-0.7, len(links) - 0.3)
        )
        figure.legend(loc="outside lower center", ncols=2)

    return Drawing(
        f"link_{number}",
        draw,
        "Each triangle should be close to its circle. The gray band shows correlations that "
        "shuffled synthetic rows also reach. A triangle in the band with its circle far to the "
        "right means that the generator has lost the link.",
        "Correlations between columns and their predictions from the image, real and synthetic: "
        + ", ".join(link.name for link in links),
        (8.0, 0.25 * len(links) + 1.2),
    )
