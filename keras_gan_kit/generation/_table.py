"""Maps the numbers that a generator draws for a table to columns, and columns to files."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit.generation._json import value_of

if TYPE_CHECKING:
    import pandas as pd

# pandas raises these for invalid names of dtypes, and for levels that are not of the dtype.
_NO_DTYPE = (
    TypeError,
    ValueError,
    SyntaxError,
    OverflowError,
    MemoryError,
    NotImplementedError,
)
# Random rows that reveal the columns of a transformer, and tell two transformers apart.
_PROBES = 64


@dataclass(frozen=True)
class _ObjectKind:
    """How the values of an object column are stored.

    Args:
        arrow: The name of the type in Parquet files.
        text: Maps a value to text.
        value: Maps text to a value.
    """

    arrow: str
    text: Callable[[Any], str]
    value: Callable[[str], Any]


# The names are those of `pandas.api.types.infer_dtype`.
_OBJECTS = {
    "boolean": _ObjectKind("bool", str, lambda text: text == "True"),
    "integer": _ObjectKind("int64", str, int),
    "floating": _ObjectKind("float64", repr, float),
    "date": _ObjectKind("date32", str, datetime.date.fromisoformat),
    "time": _ObjectKind("string", str, datetime.time.fromisoformat),
    "decimal": _ObjectKind("string", str, decimal.Decimal),
    "mixed": _ObjectKind("string", json.dumps, json.loads),
}


@dataclass(frozen=True)
class Column:
    """One column of a table on disk.

    Args:
        name: Its name.
        dtype: The name of its pandas dtype; for a category, of the dtype of its levels.
        categories: The levels of a category, otherwise None.
        ordered: Whether the levels are ordered.
        objects: For a column of Python objects, a key of `_OBJECTS`; None for text.
    """

    name: str
    dtype: str
    categories: tuple[Any, ...] | None = None
    ordered: bool = False
    objects: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns a description that JSON can hold."""
        described = asdict(self)
        described["categories"] = None if self.categories is None else list(self.categories)
        return described

    @classmethod
    def from_json(cls, described: Any) -> Column:
        """Restores the column that `to_json` described.

        Raises:
            ValueError: If a value is missing or invalid.
        """
        categories = value_of(described, "categories", list, type(None))
        objects = described.get("objects")  # missing in version 1
        if objects is not None and objects not in list(_OBJECTS):
            raise ValueError(f"the objects {objects!r}")
        column = cls(
            value_of(described, "name", str),
            value_of(described, "dtype", str),
            None if categories is None else tuple(categories),
            value_of(described, "ordered", bool),
            objects,
        )
        try:
            kind = getattr(column.pandas_dtype, "kind", "O")
        except _NO_DTYPE as error:
            raise ValueError(f"the dtype {column.dtype!r} ({error})") from error
        if kind == "V":
            raise ValueError(f"the dtype {column.dtype!r}")
        return column

    @property
    def pandas_dtype(self) -> Any:
        """The pandas dtype."""
        import pandas as pd

        dtype = pd.api.types.pandas_dtype(self.dtype)
        if self.categories is None:
            return dtype
        return pd.CategoricalDtype(pd.Index(self.categories, dtype=dtype), self.ordered)

    @property
    def arrow_type(self) -> str:
        """The name of the type in Parquet files, for example "int64", "bool" or "string"."""
        import pandas as pd

        if self.objects is not None:
            return _OBJECTS[self.objects].arrow
        dtype: Any = pd.api.types.pandas_dtype(self.dtype)
        if pd.api.types.is_bool_dtype(dtype):
            return "bool"
        if pd.api.types.is_numeric_dtype(dtype):
            # pandas' nullable "Int64" is Arrow's int64, because all Arrow types are nullable.
            return str(dtype).lower().removesuffix("[pyarrow]")
        if pd.api.types.is_datetime64_dtype(dtype):
            return f"timestamp[{np.datetime_data(dtype)[0]}]"
        return "string"

    def stored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Converts values to a dtype that files can hold. Categories become their levels."""
        if self.categories is not None:
            values = values.astype("object")  # integers cannot hold missing values
        if self.arrow_type != "string":
            return values
        to_text = str if self.objects is None else _OBJECTS[self.objects].text
        texts = values.astype("object")
        return texts.where(values.isna(), texts.map(to_text, na_action="ignore"))

    def restored(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Converts values from a file to the column's dtype.

        Raises:
            ValueError: If a value is not one of the categories, or cannot be converted.
        """
        if self.objects is not None:
            to_value = _OBJECTS[self.objects].value
            found = values.astype("object")  # of Python, not of NumPy
            objects = [to_value(value) if isinstance(value, str) else value for value in found]
            return _as_objects(objects, values.isna())
        if self.categories is not None:
            values = values.astype("object")
            unknown = values[values.notna() & ~values.isin(self.categories)]
            if len(unknown):
                raise ValueError(f"{unknown.iloc[0]!r} is no category of {self.name!r}")
        try:
            return values.astype(self.pandas_dtype)
        except (TypeError, OverflowError) as error:  # from pandas, for values of another dtype
            raise ValueError(f"its column {self.name!r}: {error}") from error


def _as_objects(values: list[Any], missing: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    objects: pd.Series[Any] = pd.Series(values, index=missing.index, dtype="object")
    return objects.mask(missing, np.nan)


def columns_of(table: Any, width: int, name: str) -> tuple[Column, ...]:
    """Finds the columns of a table.

    Args:
        table: A fitted `TableTransformer`, the names of the columns, or None to number them.
        width: How many numbers the generator draws for a row.
        name: The prefix of numbered columns.

    Raises:
        TypeError: If `table` is neither.
        ValueError: If it does not fit the width, or names are not unique.
    """
    if table is None:
        digits = len(str(width - 1))
        table = [f"{name}_{i:0{digits}}" for i in range(width)]
    if is_transformer(table):
        if _width(table) != width:
            raise _wrong_width(f"a transformer of width {_width(table)}", width)
        rows = inverse(table, _probes(width))
        return tuple(_column(str(key), rows[key]) for key in rows.columns)
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


def _column(name: str, values: pd.Series[Any]) -> Column:
    import pandas as pd

    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels = dtype.categories
        return Column(name, str(levels.dtype), tuple(levels.tolist()), bool(dtype.ordered))
    objects = None
    if pd.api.types.is_object_dtype(dtype):
        kind = pd.api.types.infer_dtype(values, skipna=True)
        kind = "mixed" if kind.startswith("mixed") else kind
        objects = kind if kind in _OBJECTS and _survives(kind, values) else None
    return Column(name, str(dtype), objects=objects)


def _survives(kind: str, values: pd.Series[Any]) -> bool:
    """Returns whether storing values as text and reading them back changes nothing."""
    stored = _OBJECTS[kind]
    try:
        return all(stored.value(stored.text(value)) == value for value in values.dropna())
    except (TypeError, ValueError):  # from JSON, for objects that it cannot hold
        return False


def is_transformer(table: Any) -> bool:
    """Returns whether an object maps rows of numbers back to a table."""
    return callable(getattr(table, "inverse_transform", None))


def inverse(transformer: Any, rows: NDArray[np.float32]) -> pd.DataFrame:
    """Maps rows `(n, width)` back to a table."""
    table: pd.DataFrame = transformer.inverse_transform(rows)
    return table.rename(columns=str).reset_index(drop=True)


def table_of(
    columns: tuple[Column, ...], transformer: Any, rows: NDArray[np.float32]
) -> pd.DataFrame:
    """Maps rows that the generator drew to a table.

    Args:
        columns: All columns, in order.
        transformer: The fitted transformer, or None if the numbers are the columns.
        rows: float32 `(n, width)`.

    Raises:
        ValueError: If a number is not finite.
    """
    import pandas as pd

    check_finite(rows)
    if transformer is None:
        return pd.DataFrame(rows, columns=[column.name for column in columns])
    return inverse(transformer, rows).astype({c.name: c.pandas_dtype for c in columns})


def fingerprint(columns: tuple[Column, ...], transformer: Any) -> str:
    """Computes a SHA-256 that differs between transformers, from what they return."""
    table = table_of(columns, transformer, _probes(_width(transformer)))
    # Six digits are equal on every processor.
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
