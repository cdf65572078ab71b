"""The columns of a table: what the numbers that a generator draws for it mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit.data._column import Column

if TYPE_CHECKING:
    import pandas as pd

# Rows that tell two transformers apart.
_PROBES = 64


@dataclass(frozen=True)
class Decoder:
    """Turns the numbers of a table into its columns.

    Args:
        columns: All columns, in order.
        transformer: What has `inverse_transform(array) -> DataFrame`; None where the numbers are
            the columns.
    """

    columns: tuple[Column, ...]
    transformer: Any

    def __call__(self, rows: NDArray[np.float32], first: int = 0) -> pd.DataFrame:
        """Returns the table of rows (n, width).

        Args:
            rows: What the generator drew.
            first: The index of the first sample, from which keys count.

        Raises:
            ValueError: If a number is not finite.
        """
        import pandas as pd

        check_finite(rows)
        if self.transformer is None:
            return pd.DataFrame(rows, columns=[column.name for column in self.columns])
        return _inverse(self.transformer, rows, first)

    @property
    def fingerprint(self) -> str | None:
        """A SHA-256 that another transformer does not have; None where there is none."""
        if self.transformer is None:
            return None
        table = self(_probes(_width(self.transformer)))
        # Six digits are the same on every processor.
        text = table.to_csv(index=False, float_format="%.6g")
        return hashlib.sha256(text.encode()).hexdigest()


def check_finite(values: NDArray[np.float32]) -> None:
    """Refuses what was drawn by a model that has diverged.

    Raises:
        ValueError: If a number is not finite.
    """
    if not np.isfinite(values).all():
        raise invalid(
            "model_or_path",
            received="a model that draws NaN or infinite numbers",
            expected="numbers",
            fix="look for the step at which training diverged",
        )


def decoder(table: Any, width: int, name: str) -> Decoder:
    """Makes the decoder of a part that is a table.

    Args:
        table: A fitted `TableTransformer`, the names of the columns, or None for numbered ones.
        width: How many numbers a row has.
        name: What numbered columns begin with.

    Raises:
        TypeError: If `table` is neither.
        ValueError: If it is for another width, or names are not unique.
    """
    if table is None:
        digits = len(str(width - 1))
        table = [f"{name}_{i:0{digits}}" for i in range(width)]
    if callable(getattr(table, "inverse_transform", None)):
        return _of_transformer(table, width)
    is_names = isinstance(table, Sequence) and not isinstance(table, str)
    if not is_names or not all(isinstance(column, str) and column for column in table):
        raise wrong_type(
            "table",
            received=f"{table!r} of type {type(table).__name__}",
            expected="a fitted TableTransformer, or the names of the columns",
            fix="pass the transformer that the training table went through",
        )
    if len(table) != width:
        raise ValueError(_wrong_width(f"{len(table)} names", width))
    return Decoder(tuple(Column(column, "float32") for column in table), None)


def _of_transformer(transformer: Any, width: int) -> Decoder:
    if _width(transformer) != width:
        raise ValueError(_wrong_width(f"a transformer for {_width(transformer)} numbers", width))
    if _is_ours(transformer):
        return Decoder(transformer.columns, transformer)
    table = _inverse(transformer, _probes(width))
    return Decoder(tuple(Column.of(name, table[name]) for name in table.columns), transformer)


def _inverse(transformer: Any, rows: NDArray[np.float32], first: int = 0) -> pd.DataFrame:
    options = {"first_row": first} if _is_ours(transformer) else {}
    table: pd.DataFrame = transformer.inverse_transform(rows, **options)
    return table.rename(columns=str).reset_index(drop=True)


def _is_ours(transformer: Any) -> bool:
    from keras_gan_kit.data import TableTransformer  # which imports scikit-learn

    return isinstance(transformer, TableTransformer)


def _width(transformer: Any) -> int:
    try:
        return int(transformer.width)
    except (AttributeError, TypeError, ValueError) as error:  # what an unfitted one raises
        raise invalid(
            "table",
            received=f"a {type(transformer).__name__} without a width ({error})",
            expected="a fitted TableTransformer",
            fix="fit it on the table that the model was trained on",
        ) from error


def _probes(width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random((_PROBES, width), dtype=np.float32)


def _wrong_width(received: str, width: int) -> str:
    return explain(
        "table",
        received=received,
        expected=f"as many as the generator draws: {width}",
        fix="pass the transformer that the model was trained with",
    )
