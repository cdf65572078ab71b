"""The columns of a table: what the numbers that a generator draws for it mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import explain, invalid, wrong_type

if TYPE_CHECKING:
    import pandas as pd

# Rows that tell two transformers apart.
_PROBES = 64


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        name: Its name.
        dtype: Its dtype, by the name that pandas has for it; of a category, that of its levels.
        categories: The levels of a category; None where it is none.
        ordered: Whether the levels have an order.
    """

    name: str
    dtype: str
    categories: tuple[Any, ...] | None = None
    ordered: bool = False

    def to_json(self) -> dict[str, Any]:
        """Describes the column with what JSON knows."""
        described = asdict(self)
        described["categories"] = None if self.categories is None else list(self.categories)
        return described

    @classmethod
    def from_json(cls, described: dict[str, Any]) -> Column:
        """Makes the column that `to_json` described.

        Raises:
            ValueError: If something is of the wrong kind.
            TypeError: The same.
            KeyError: The same.
        """
        name, dtype, categories = (described[key] for key in ("name", "dtype", "categories"))
        if not isinstance(name, str) or not isinstance(dtype, str):
            raise ValueError(f"the column {name!r} of dtype {dtype!r}")
        if categories is not None and not isinstance(categories, list):
            raise ValueError(f"the categories {categories!r}")
        levels = None if categories is None else tuple(categories)
        column = cls(name, dtype, levels, bool(described["ordered"]))
        _ = column.full_dtype, column.arrow_type  # which know what there is
        return column

    @property
    def full_dtype(self) -> Any:
        """The dtype as pandas has it."""
        import pandas as pd

        dtype = pd.api.types.pandas_dtype(self.dtype)
        if self.categories is None:
            return dtype
        return pd.CategoricalDtype(pd.Index(self.categories, dtype=dtype), self.ordered)

    @property
    def arrow_type(self) -> str:
        """The name of the type that a Parquet file has: "int64", "float32", "bool", "string"..."""
        import pandas as pd

        dtype: Any = pd.api.types.pandas_dtype(self.dtype)
        if pd.api.types.is_bool_dtype(dtype):
            return "bool"
        if pd.api.types.is_numeric_dtype(dtype):
            # "Int64", which may have missing values, is int64 to Arrow, whose types all may.
            return str(dtype).lower().removesuffix("[pyarrow]")
        if pd.api.types.is_datetime64_dtype(dtype):
            return f"timestamp[{np.datetime_data(dtype)[0]}]"
        return "string"

    def stored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Returns the values in a dtype that files know: categories as what they stand for."""
        if self.categories is not None:
            values = values.astype("object")  # missing ones have no place in integers
        if self.arrow_type == "string":
            return values.astype("object").where(values.isna(), values.astype(str))
        return values

    def restored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Returns values that were read from a file in their dtype.

        Raises:
            ValueError: If one is of no category.
            TypeError: If they cannot be of the dtype.
        """
        if self.categories is None:
            return values.astype(self.dtype)
        values = values.astype("object")
        unknown = values[values.notna() & ~values.isin(self.categories)]
        if len(unknown):
            raise ValueError(f"{unknown.iloc[0]!r} is no category of {self.name!r}")
        return values.astype(self.full_dtype)


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

    def __call__(self, rows: NDArray[np.float32]) -> pd.DataFrame:
        """Returns the table of rows (n, width).

        Raises:
            ValueError: If a number is not finite.
        """
        import pandas as pd

        check_finite(rows)
        if self.transformer is None:
            return pd.DataFrame(rows, columns=[column.name for column in self.columns])
        table = _inverse(self.transformer, rows)
        return table.astype({column.name: column.full_dtype for column in self.columns})

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
    table = _inverse(transformer, _probes(width))
    return Decoder(tuple(_column(str(key), table[key]) for key in table.columns), transformer)


def _column(name: str, values: pd.Series[Any]) -> Column:
    import pandas as pd

    dtype = values.dtype
    if not isinstance(dtype, pd.CategoricalDtype):
        return Column(name, str(dtype))
    levels = dtype.categories
    return Column(name, str(levels.dtype), tuple(levels.tolist()), bool(dtype.ordered))


def _inverse(transformer: Any, rows: NDArray[np.float32]) -> pd.DataFrame:
    table: pd.DataFrame = transformer.inverse_transform(rows)
    return table.rename(columns=str).reset_index(drop=True)


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
