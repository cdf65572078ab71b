"""A table from a CSV or Parquet file, whatever separates its columns."""

from __future__ import annotations

import codecs
import csv
import errno
import re
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit._extra import extra
from keras_gan_kit._faults import FAULTS

if TYPE_CHECKING:
    import pandas as pd


_PARQUET = b"PAR1"  # how every such file begins
_PARQUET_ENDINGS = (".parquet", ".pq")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = (",", ";", "\t", "|", " ")
_CSV_FAULTS: tuple[type[Exception], ...] = (*FAULTS, csv.Error)
_LINES = 100  # that are looked at for the separator
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+(,\d+)?\s*")


def read_table(path: str | PathLike[str], **options: Any) -> pd.DataFrame:
    """Reads a table, and finds out how its file is written.

    A Parquet file is known by its first bytes. Anything else is text: in UTF-8, UTF-16 with a byte
    order mark, or Windows-1252; its columns separated by a comma, semicolon, tab, bar or space,
    whichever divides most lines into as many as the first; its numbers with a decimal comma, where
    the comma separates no columns. A file that pandas has compressed is read too; where commas
    separate its columns, pass `sep=","`.

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
        return _csv(path, options)
    except _CSV_FAULTS as error:
        if options and isinstance(error, TypeError):
            raise  # options that there are not
        if getattr(error, "errno", None) not in (None, errno.EINVAL):
            raise  # what the system has refused
        raise invalid(
            "path",
            received=f"{str(path)!r}, which pandas cannot read ({error})",
            expected="a table whose lines have equally many columns",
            fix="open it in an editor; pass for example sep=';' or encoding='latin-1'",
        ) from error


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
    raise wrong_type(
        "table",
        received=f"{type(table).__name__}",
        expected="a pandas.DataFrame, or the path of a file",
        fix="pass pandas.DataFrame(table, columns=[...])",
    )


def _parquet(path: Path, options: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    received = f"{str(path)!r}, a Parquet file"
    with extra("parquet", "path", received=received, library="pyarrow"):
        import pyarrow
    try:
        return pd.read_parquet(path, **options)
    except (pyarrow.ArrowException, *FAULTS) as error:
        if options and isinstance(error, TypeError):
            raise
        raise invalid(
            "path",
            received=f"{str(path)!r}, which pyarrow cannot read ({error})",
            expected="a complete Parquet file",
            fix="write it again",
        ) from error


def _csv(path: Path, options: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    compressed = path.suffix.lower() in (".gz", ".bz2", ".zip", ".xz", ".zst", ".tar")
    if not compressed:
        options = {"encoding": _encoding(path)} | options
    if "sep" not in options and "delimiter" not in options:
        # Of a compressed file pandas looks at the first line only.
        found = {"sep": None, "engine": "python"}
        options = (
            found if compressed else {"sep": _separator(path, options["encoding"])}
        ) | options
    table: pd.DataFrame = pd.read_csv(path, **options)
    separator = options.get("sep", options.get("delimiter"))
    if separator != "," and "decimal" not in options and _has_decimal_commas(table):
        table = pd.read_csv(path, **options, decimal=",")
    return table


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        beginning = file.read(4)
        for mark, encoding in _MARKS.items():
            if beginning.startswith(mark):
                return encoding
    try:
        with path.open(encoding="utf-8") as text:
            for _ in text:
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(path: Path, encoding: str) -> str:
    """Returns what divides most of the first lines into as many columns as the very first."""
    with path.open(encoding=encoding, newline="") as text:
        lines = [line for line in islice(text, _LINES) if line.strip()]
    best, most = ",", (0.0, 0)
    for separator in _SEPARATORS:
        columns = [len(row) for row in csv.reader(lines, delimiter=separator)]
        first = columns[0] if columns else 0
        found = columns.count(first) / max(len(columns), 1), first
        if first > 1 and found[0] > 0.5 and found > most:
            best, most = separator, found
    return best


def _has_decimal_commas(table: pd.DataFrame) -> bool:
    """Whether a column of text is made of numbers with a comma."""
    for name in table.select_dtypes(["object", "string"]):
        texts = table[name].dropna().astype(str)
        if texts.str.contains(",").any() and texts.str.fullmatch(_DECIMAL_COMMA).all():
            return True
    return False
