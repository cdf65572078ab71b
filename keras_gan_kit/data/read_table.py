"""A table from a file, whatever separates its columns."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from keras_gan_kit._errors import explain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_table", "read_table"]

_SEPARATORS = ",;\t| "
_LINES = 100  # that are looked at


def read_table(path: str | PathLike[str], **options: Any) -> pd.DataFrame:
    """Reads a table from a CSV or Parquet file.

    Args:
        path: The file.
        **options: Passed to pandas.

    Returns:
        The table.
    """
    import pandas as pd

    return pd.read_csv(path, sep=None, engine="python", **options)


def as_table(table: object) -> pd.DataFrame:
    """Returns a DataFrame as it is, and reads a file.

    Raises:
        TypeError: If it is neither.
    """
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, str | PathLike):
        return read_table(table)
    raise TypeError(
        explain(
            "table",
            received=f"a {type(table).__name__}",
            expected="a pandas.DataFrame, or the path of a file",
            fix="pass pandas.DataFrame(table, columns=[...])",
        )
    )
