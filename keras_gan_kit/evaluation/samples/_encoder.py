"""Encodes samples as vectors, for distances, projections and predictors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.samples._columns import as_float, columns_of_both
from keras_gan_kit.evaluation.samples._image_arrays import reduced

if TYPE_CHECKING:
    import pandas as pd


_LEVELS = 20  # of a categorical column; rarer ones are taken together
_SIDE = 64  # pixels: larger images are reduced before their components are found


class RowEncoder:
    """Encodes rows as vectors: standardized numbers, one-hot levels, marked missing values.

    Numbers are scaled to a standard deviation of 1. Indicators are scaled by 1/sqrt(2), so that two
    different levels have the same distance as two numbers one standard deviation apart.

    Args:
        table: The rows that determine scales and levels, from `table_of`.
        continuous: Columns to treat as continuous.
        categorical: Columns to treat as categorical.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        *,
        continuous: Iterable[str] = (),
        categorical: Iterable[str] = (),
    ) -> None:
        kinds = {"continuous": continuous, "categorical": categorical}
        columns, _ = columns_of_both(table, table, **kinds)
        self.numbers: dict[str, tuple[float, float, bool]] = {}
        self.levels: dict[str, list[Any]] = {}
        for column in columns:
            if column.kind == "continuous":
                present, _ = column.present()
                spread = float(present.std()) or 1.0
                gaps = len(present) < len(column.real)
                self.numbers[column.name] = float(np.median(present)), spread, gaps
            elif len(column.levels) > 1 or column.missing()[0]:
                counts = np.bincount(column.real[column.real >= 0], minlength=len(column.levels))
                common = np.argsort(-counts, kind="stable")[:_LEVELS]
                worth = column.worth or column.levels
                self.levels[column.name] = [worth[i] for i in sorted(common.tolist())]

    def __call__(self, table: pd.DataFrame) -> NDArray[np.float32]:
        """Returns float32 vectors (rows, width); the table must have the columns."""
        parts = [np.zeros((len(table), 0), np.float32)]
        for name, (middle, spread, gaps) in self.numbers.items():
            values = as_float(table[name])
            lost = np.isnan(values)
            scaled = np.where(lost, 0.0, (values - middle) / spread)
            parts.append(scaled[:, None])
            if gaps:
                parts.append(lost[:, None] / np.sqrt(2.0))
        for name, levels in self.levels.items():
            parts.append(_indicators(table[name], levels) / np.sqrt(2.0))
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="unsafe")


def _indicators(values: Any, levels: list[Any]) -> NDArray[np.float64]:
    if levels and isinstance(levels[0], float):
        given: Any = as_float(values)
    else:
        given = values.astype(object).where(values.notna(), None).map(str, na_action="ignore")
        given = given.to_numpy()
    return np.stack([given == level for level in levels], axis=1).astype(np.float64)


class PixelEncoder:
    """Encodes images as their principal components.

    Args:
        images: Images `(n, height, width, channels)` that the components are found on.
        components: The largest number of components.
        longest: Images are reduced to at most so many pixels a side first.
        exact: Whether to compute components exactly where that is fast; otherwise always by the
            randomized decomposition (Halko et al. 2011).
        seed: Seed of the randomized decomposition.
    """

    def __init__(
        self,
        images: NDArray[Any],
        *,
        components: int = 64,
        longest: int = _SIDE,
        exact: bool = False,
        seed: int = 0,
    ) -> None:
        from sklearn.decomposition import PCA

        self.longest = longest
        pixels = reduced(images, longest)
        count = min(components, *pixels.shape)
        # An exact decomposition of thousands of pixels takes minutes.
        solver = "auto" if exact else "randomized"
        with np.errstate(invalid="ignore"):  # shares of the variance of equal images are 0 / 0
            self.pca = PCA(count, svd_solver=solver, random_state=seed).fit(pixels)

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Returns float32 vectors (images, components)."""
        made: NDArray[np.float32] = self.pca.transform(reduced(images, self.longest))
        return made.astype(np.float32)
