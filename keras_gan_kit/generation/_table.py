"""Maps generated table rows to columns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.data._column import Column

if TYPE_CHECKING:
    import pandas as pd

# Random rows that reveal the columns of a transformer, and tell two transformers apart.
_PROBES = 64


def columns_of(table: Any, width: int, name: str) -> tuple[Column, ...]:
    """Finds the columns of a table.

    Args:
        table: A fitted `TableTransformer`, the names of the columns, or None to number them.
        width: The number of values that the generator draws for a row.
        name: The prefix of numbered columns.

    Raises:
        TypeError: If `table` is neither.
        ValueError: If it does not match the width, or names are not unique.
    """
    if table is None:
        digits = len(str(width - 1))
        table = [f"{name}_{i:0{digits}}" for i in range(width)]
    if is_transformer(table):
        if _width(table) != width:
            raise _wrong_width(f"a transformer of width {_width(table)}", width)
        if _is_ours(table):
            columns: tuple[Column, ...] = table.columns
            return columns
        rows = inverse(table, _probes(width))
        return tuple(Column.of(str(key), rows[key]) for key in rows.columns)
    is_names = isinstance(table, Sequence) and not isinstance(table, str)
    if not is_names or not all(isinstance(column, str) and column for column in table):
        raise wrong_type(
            "table",
            received=f"{table!r} of type {type(table).__name__}",
            expected="a fitted TableTransformer, or the names of the columns",
            fix="pass the transformer of the training table",
        )
    if len(table) != width:
        raise _wrong_width(f"{len(table)} names", width)
    return tuple(Column(column, "float32") for column in table)


def is_transformer(table: Any) -> bool:
    """Returns whether an object maps rows of numbers back to a table."""
    return callable(getattr(table, "inverse_transform", None))


def _is_ours(transformer: Any) -> bool:
    from keras_gan_kit.data import TableTransformer  # which imports scikit-learn

    return isinstance(transformer, TableTransformer)


def constraints_of(*transformers: Any) -> tuple[str, ...]:
    """Returns the constraints that the rows of `TableTransformer`s satisfy."""
    return tuple(text for t in transformers if _is_ours(t) for text in t.constraints or ())


def inverse(transformer: Any, rows: NDArray[np.float32], first: int = 0) -> pd.DataFrame:
    """Maps rows `(n, width)` back to a table; keys count from the row `first`."""
    options = {"first_row": first} if _is_ours(transformer) else {}
    table: pd.DataFrame = transformer.inverse_transform(rows, **options)
    return table.rename(columns=str).reset_index(drop=True)


def table_of(
    columns: tuple[Column, ...], transformer: Any, rows: NDArray[np.float32], first: int = 0
) -> pd.DataFrame:
    """Maps rows that the generator drew to a table.

    Args:
        columns: All columns, in order.
        transformer: The fitted transformer, or None if the numbers are the columns.
        rows: float32 `(n, width)`.
        first: The index of the first sample, from which keys count.

    Raises:
        ValueError: If a number is not finite.
    """
    import pandas as pd

    check_finite(rows)
    if transformer is None:
        return pd.DataFrame(rows, columns=[column.name for column in columns])
    return inverse(transformer, rows, first)


def fingerprint(columns: tuple[Column, ...], transformer: Any) -> str:
    """Computes a SHA-256 that identifies a transformer, from its outputs for random rows."""
    table = table_of(columns, transformer, _probes(_width(transformer)))
    # The first six digits are equal on all processors.
    text = table.to_csv(index=False, float_format="%.6g")
    return hashlib.sha256(text.encode()).hexdigest()


def check_finite(values: NDArray[np.float32]) -> None:
    """Checks the output of a model that may have diverged.

    Raises:
        ValueError: If a number is not finite.
    """
    if not np.isfinite(values).all():
        raise invalid(
            "model_or_path",
            received="a model that draws NaN or infinite numbers",
            expected="finite numbers",
            fix="find the step at which training diverged",
        )


def _width(transformer: Any) -> int:
    try:
        return int(transformer.width)
    except (AttributeError, TypeError, ValueError) as error:  # from an unfitted transformer
        raise invalid(
            "table",
            received=f"a {type(transformer).__name__} without a width ({error})",
            expected="a fitted TableTransformer",
            fix="fit it on the training table of the model",
        ) from error


def _probes(width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random((_PROBES, width), dtype=np.float32)


def _wrong_width(received: str, width: int) -> ValueError:
    return invalid(
        "table",
        received=received,
        expected=f"the width of the generator's table, {width}",
        fix="pass the transformer that the model was trained with",
    )
