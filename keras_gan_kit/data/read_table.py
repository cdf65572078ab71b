"""Reads a table from a CSV or Parquet file."""

from __future__ import annotations

import csv
import errno
import lzma
import tarfile
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit._extra import extra
from keras_gan_kit.data._csv_file import read_csv

if TYPE_CHECKING:
    import pandas as pd


_PARQUET = b"PAR1"  # the first bytes of every Parquet file
_PARQUET_ENDINGS = (".parquet", ".pq")
# What pandas and Python's own modules raise for damaged text and archives.
_CSV_FAULTS: tuple[type[Exception], ...] = (
    ValueError,
    OSError,
    EOFError,
    csv.Error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    OverflowError,
    NotImplementedError,  # an unknown compression of a zip file
    RuntimeError,  # an encrypted zip file
)


def read_table(path: str | PathLike[str], **options: Any) -> pd.DataFrame:
    """Reads a table from a CSV or Parquet file, and detects the encoding and separator.

    A Parquet file is recognized by its first bytes. Any other file is read as text:

    - in UTF-8, UTF-16 or an 8-bit Windows encoding. A warning names the encoding if it was guessed;
    - with columns separated by a comma, semicolon, tab, bar or space. An empty field after the last
      separator is dropped; other fields without a header raise an error;
    - with decimal commas in the columns that have them, unless commas separate the columns;
    - with codes: leading zeros are kept, and so is "NA" among two-letter codes. A warning names the
      columns.

    Files compressed with gzip, bzip2 or xz are read too; for other archives, pass `sep`.

    Args:
        path: The file. Its first line holds the column names.
        **options: Passed to `pandas.read_csv` or `pandas.read_parquet`, overriding what is
            detected: `sep="::"`, `encoding="cp1250"`, `decimal="."`, `na_values=["?"]`.

    Returns:
        The table.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If the file is a Parquet file and pyarrow is not installed.
        ValueError: If the file is empty or damaged, or has an unknown encoding.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "patients.csv")
        >>> _ = path.write_text("name;weight\\nA;70,5\\nB;81,0\\n")
        >>> read_table(path).to_dict("list")
        {'name': ['A', 'B'], 'weight': [70.5, 81.0]}
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            explain(
                "path",
                received=repr(str(path)),
                expected="an existing CSV or Parquet file",
                fix="check the name and the working directory",
            )
        )
    with path.open("rb") as file:
        if file.read(len(_PARQUET)) == _PARQUET or path.suffix.lower() in _PARQUET_ENDINGS:
            return _parquet(path, options)
    try:
        return read_csv(path, options)
    except _CSV_FAULTS as error:
        if getattr(error, "errno", None) not in (None, errno.EINVAL):
            raise  # an error from the operating system
        if str(error).startswith("Invalid `path`"):
            raise
        raise invalid(
            "path",
            received=f"{str(path)!r}, which pandas can't read ({error})",
            expected="a table with the same number of fields in every line",
            fix="open it in an editor; pass for example sep=';' or encoding='latin-1'",
        ) from error


def as_table(table: object) -> pd.DataFrame:
    """Converts a table of any library, or a file, to a pandas DataFrame.

    Raises:
        TypeError: If it is neither a table nor a path.
    """
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    converted = as_pandas(table)
    if converted is not None:
        return converted
    if isinstance(table, str | PathLike):
        return read_table(table)
    raise wrong_type(
        "table",
        received=f"{type(table).__name__}",
        expected="a DataFrame of pandas, Polars or Arrow, or the path of a file",
        fix="pass pandas.DataFrame(table, columns=[...])",
    )


def as_pandas(table: object) -> pd.DataFrame | None:
    """Converts a table with `to_pandas()`, such as Polars' or Arrow's; None for other objects."""
    import pandas as pd

    convert = getattr(table, "to_pandas", None)
    made = convert() if callable(convert) else None
    return made if isinstance(made, pd.DataFrame) else None


def _parquet(path: Path, options: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    received = f"{str(path)!r}, a Parquet file"
    with extra("parquet", "path", received=received, library="pyarrow"):
        import pyarrow
    try:
        return pd.read_parquet(path, **options)
    # ValueError, KeyError and AttributeError: damaged metadata of pandas in the file.
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, AttributeError) as error:
        raise invalid(
            "path",
            received=f"{str(path)!r}, which pyarrow can't read ({error})",
            expected="a complete Parquet file",
            fix="write it again",
        ) from error
