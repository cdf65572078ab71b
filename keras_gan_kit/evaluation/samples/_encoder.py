"""Encodes samples as vectors, for distances, projections and predictors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit.evaluation.samples._image_arrays import reduced

if TYPE_CHECKING:
    import pandas as pd


_LEVELS = 20  # per categorical column; rarer levels have no indicator
_SIDE = 64  # pixels; larger images are reduced before the PCA
_INDICATOR = np.float32(np.sqrt(0.5))


class RowEncoder:
    """Encodes rows as vectors of scaled numbers and of indicators for levels and missing values.

    Numbers are scaled to a standard deviation of 1. An indicator is 1/sqrt(2), so the distance of
    two levels is that of two numbers one standard deviation apart.

    Args:
        table: A table from `frames_of`, which determines scales and levels.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.numbers: dict[str, tuple[float, float, float, bool]] = {}
        self.levels: dict[str, NDArray[np.intp]] = {}
        for name in table.columns:
            values = table[name]
            if values.dtype.kind == "f":
                self.numbers[name] = _scale(values.to_numpy())
                continue
            codes = values.cat.codes.to_numpy()
            counts = np.bincount(codes[codes >= 0], minlength=len(values.cat.categories))
            if np.count_nonzero(counts) > 1 or (codes < 0).any():
                common = np.argsort(-counts, kind="stable")[:_LEVELS]
                self.levels[name] = np.sort(common[counts[common] > 0])

    @property
    def width(self) -> int:
        """The length of a vector."""
        return sum(1 + gaps for *_, gaps in self.numbers.values()) + sum(
            map(len, self.levels.values())
        )

    def __call__(self, table: pd.DataFrame) -> NDArray[np.float32]:
        """Returns float32 vectors (rows, width) of a table with the same columns."""
        made = np.zeros((len(table), self.width), np.float32)
        place = 0
        for name, (size, middle, spread, gaps) in self.numbers.items():
            values = table[name].to_numpy()
            missing = np.isnan(values)
            with np.errstate(over="ignore"):  # values far outside the real range
                scaled = (values / size - middle) / spread
            made[:, place] = np.where(missing, 0.0, np.clip(scaled, -1e18, 1e18))
            if gaps:
                made[:, place + 1] = missing * _INDICATOR
            place += 1 + gaps
        for name, levels in self.levels.items():
            codes = table[name].cat.codes.to_numpy()
            for level in levels:
                made[:, place] = (codes == level) * _INDICATOR
                place += 1
        return made


def _scale(values: NDArray[Any]) -> tuple[float, float, float, bool]:
    """Returns a power-of-two scale, the scaled median and deviation, and if values are missing."""
    present = values[~np.isnan(values)]
    size = float(np.abs(present).max(initial=0.0))
    # Dividing by a power of two is exact, and squares of the results neither overflow nor
    # underflow.
    size = float(2.0 ** np.floor(np.log2(size))) if size > 0 else 1.0
    scaled = present / size
    middle = float(np.median(scaled)) if len(scaled) else 0.0
    # Rounding errors give a constant column a small deviation.
    spread = float(scaled.std()) if len(scaled) and np.ptp(scaled) > 0 else 0.0
    return size, middle, spread or 1.0, len(present) < len(values)


class PixelEncoder:
    """Encodes images as their principal components.

    Args:
        images: Images `(n, height, width, channels)` to compute the components from.
        components: The largest number of components.
        longest: Images are first reduced to at most this many pixels per side.
        exact: Whether to compute components exactly if that is fast; otherwise always use the
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
        with np.errstate(invalid="ignore"):  # equal images have variance ratios of 0 / 0
            self.pca = PCA(count, svd_solver=solver, random_state=seed).fit(pixels)

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Returns float32 vectors (images, components)."""
        made: NDArray[np.float32] = self.pca.transform(reduced(images, self.longest))
        return made.astype(np.float32)
