"""A table from a CSV or Parquet file."""

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


_PARQUET = b"PAR1"  # how every such file begins
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
    RuntimeError,  # an encrypted one
)


def read_table(path: str | PathLike[str], **options: Any) -> pd.DataFrame:
    """Reads a table from a CSV or Parquet file, and detects how the file is written.

    A Parquet file is recognized by its first bytes. Anything else is text:

    - in UTF-8, UTF-16 or an 8-bit encoding of Windows. A warning names the encoding if it is a
      guess;
    - with columns separated by a comma, semicolon, tab, bar or space. An empty field after the last
      separator is dropped; other fields without a header are an error;
    - with a decimal comma in the columns that have one, unless commas separate the columns;
    - with codes: leading zeros stay, and so does "NA" among codes of two letters. A warning names
      the columns.

    Files compressed with gzip, bzip2 or xz are read too; of other archives pass `sep`.

    Args:
        path: The file. Its first line has the names of the columns.
        **options: Passed to `pandas.read_csv` or `pandas.read_parquet`; they have precedence:
            `sep="::"`, `encoding="cp1250"`, `decimal="."`, `na_values=["?"]`.

    Returns:
        The table.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If a Parquet file is given, and pyarrow is not installed.
        ValueError: If the file is empty or broken, or its encoding another one.

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
            raise  # an error of the operating system
        if str(error).startswith("Invalid `path`"):
            raise
        raise invalid(
            "path",
            received=f"{str(path)!r}, which pandas cannot read ({error})",
            expected="a table whose lines have equally many columns",
            fix="open it in an editor; pass for example sep=';' or encoding='latin-1'",
        ) from error


def as_table(table: object) -> pd.DataFrame:
    """Returns a DataFrame unchanged, converts those of other libraries, and reads a file.

    Raises:
        TypeError: If it is neither.
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
    """Converts a table that has `to_pandas()`, such as one of Polars or Arrow; None for others."""
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
            received=f"{str(path)!r}, which pyarrow cannot read ({error})",
            expected="a complete Parquet file",
            fix="write it again",
        ) from error
