"""Reads CSV files, detecting their encoding, separator and decimal mark."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from keras_gan_kit._errors import invalid, warn
from keras_gan_kit.data._text_forms import hint, text_form

if TYPE_CHECKING:
    import pandas as pd

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = (",", ";", "\t", "|", " ")
_LINES = 100  # lines to detect the separator from
_BLOCK = 2**20  # bytes
_COMMA = re.compile(r"\s*[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?\s*")
_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(,\d{3})*(\.\d+)?\s*")
_DECIMAL_COMMA = re.compile(r",\d{1,2}(?!\d)")
_CODE = re.compile(r"[A-Z]{2}")
_ZEROS = re.compile(r"\s*[+-]?0\d+\s*")
# pandas' missing values, except "NA", which is the code of Namibia.
_MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "<NA>"]
_MISSING += ["1.#QNAN", "N/A", "NULL", "NaN", "None", "n/a", "nan", "null"]
# Options that control how values are converted.
_VALUES = ("dtype", "converters", "na_values", "keep_default_na", "na_filter", "dtype_backend")
_SHAPE = ("names", "header", "index_col", "usecols", "skiprows", "on_bad_lines", "comment")


def read_csv(path: Path, options: dict[str, Any]) -> pd.DataFrame:
    """Reads a CSV file, with the options of `pandas.read_csv`.

    Raises:
        ValueError: If it is damaged, or lines have more fields than the header.
    """
    import pandas as pd

    if path.suffix.lower() in (".zip", ".zst", ".tar"):
        # pandas detects these from the first line only.
        found = {} if "sep" in options or "delimiter" in options else {"sep": None}
        return pd.read_csv(path, **found, **{"engine": "python"} | options)
    options = {"encoding": _encoding(path)} | options if "encoding" not in options else options
    separator = options.get("sep", options.get("delimiter"))
    if separator is None:
        separator = _separator(path, options["encoding"])
        options = options | {"sep": separator}
    if options.get("engine", "c") == "c" and not options.keys() & {"chunksize", "iterator"}:
        options = {"low_memory": False} | options  # otherwise a column may have several dtypes
    is_plain = isinstance(separator, str) and len(separator) == 1
    extra = _extra_column(path, options, separator) if is_plain else None
    if extra is not None:
        options = options | {"names": extra, "header": 0, "index_col": False}
    table: pd.DataFrame = pd.read_csv(path, **options)
    if not isinstance(table, pd.DataFrame):
        return table  # an iterator over tables
    if extra is not None:
        table = table.drop(columns=_checked_empty(path, table, extra[-1]))
    elif is_plain and not options.keys() & set(_SHAPE):
        table = _without_nameless_end(table)
    if is_plain and not options.keys() & set(_VALUES):
        table = _with_codes(path, table, options, separator)
    if separator != "," and "decimal" not in options:
        table = _with_decimal_commas(table)
    _tell_forms(table, may_have_commas=separator == "," and not options.keys() & set(_VALUES))
    return table


def _open(path: Path) -> IO[bytes]:
    opener = _OPENERS.get(path.suffix.lower())
    return cast(IO[bytes], path.open("rb") if opener is None else opener(path, "rb"))


def _blocks(path: Path) -> Iterator[bytes]:
    with _open(path) as file:
        while block := file.read(_BLOCK):
            yield block


def _encoding(path: Path) -> str:
    """Returns the encoding of a file, and warns if it is a guess."""
    with _open(path) as file:
        beginning = file.read(_BLOCK)
    for mark, encoding in _MARKS.items():
        if beginning.startswith(mark):
            return encoding
    for encoding, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        # In UTF-16, digits, separators and Latin letters have a zero byte here.
        if len(beginning) > 3 and beginning[place::2].count(0) > 0.4 * len(beginning[place::2]):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    high: list[bytes] = []
    is_unicode = True
    for block in _blocks(path):
        if is_unicode:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_unicode = False
        if not block.isascii():  # which is faster than the search
            high += re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff]+[A-Za-z\x80-\xff]*", block)[:10_000]
    if is_unicode:
        return "utf-8"
    return _guessed(path, high)


def _guessed(path: Path, words: list[bytes]) -> str:
    """Returns the 8-bit encoding in which words with non-English letters look plausible."""
    scores = {encoding: _strangeness(words, encoding) for encoding in _EIGHT_BITS}
    best = min(scores, key=lambda encoding: scores[encoding])
    if scores[best] == float("inf"):
        raise invalid(
            "path",
            received=f"{str(path)!r}, whose encoding is unknown",
            expected="UTF-8, UTF-16 or an 8-bit Windows encoding",
            fix="pass `encoding`, for example encoding='shift_jis'",
        )
    if best != "cp1252" or scores[best] > 0:
        shown = ", ".join(repr(word.decode(best)) for word in dict.fromkeys(words[:3]))
        other = "cp1252" if best == "cp1251" else "cp1251"
        warn(
            f"The encoding of {path.name!r} was guessed as {best}, which gives words such as "
            f"{shown}. If these are wrong, pass `encoding`, for example encoding={other!r}."
        )
    return best


# Each encoding with the letters of its languages, in upper case, and the signs used with numbers.
_EIGHT_BITS = {
    "cp1252": "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŠŽŒŸß",
    "cp1251": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁІЇЄҐЎЋЂЈЉЊЏЅ",
    "koi8-r": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁ",
    "cp1253": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏΪΫς",
    "cp1250": "ÁÂĂÄÇĆČĎĐÉĚËĘÍÎŁĹĽŃŇÓÔŐÖŔŘŚŠŞŤŢÚŮŰÜÝŹŻŽĄß",
}
_SIGNS = set("°µ€£¥§±²³¹¼½¾–—‘’“”„•…©®™«»¿¡ªº·×÷‰№´\xa0")  # noqa: RUF001 (beside numbers)

_SIGN_IN_WORD = re.compile(r"\w[£¥§©®™¿¡¼½¾±×÷¹²³•]\w")  # noqa: RUF001


def _strangeness(words: list[bytes], encoding: str) -> float:
    """Scores how implausible words are in the languages of an encoding; 0 is a perfect fit."""
    letters = set(_EIGHT_BITS[encoding])
    latin = encoding in ("cp1252", "cp1250")
    strange = total = 0
    for word in words:
        try:
            text = word.decode(encoding)
        except UnicodeDecodeError:
            return float("inf")
        total += len(text)
        for part in re.split(f"[{re.escape(''.join(_SIGNS))}]", text):
            others = [c for c in part if not c.isascii()]
            strange += sum(c.upper() not in letters and c not in letters for c in others)
            # "Müller" has one such letter; a word of only such letters is in another script.
            strange += len(others) if latin and len(others) > max(2, len(part) / 2) else 0
            strange += sum(a.islower() and b.isupper() for a, b in pairwise(part))
            if not latin:  # a word uses a single script
                strange += sum(c.isascii() for c in part) if others else 0
        strange += len(_SIGN_IN_WORD.findall(text))
    return strange / max(total, 1)


def _lines(path: Path, encoding: str) -> list[str]:
    with _open(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        lines = list(islice(text, _LINES))
        text.detach()
    return lines


def _separator(path: Path, encoding: str) -> str:
    """Returns the separator that splits most lines into as many fields as the header."""
    lines = [line for line in _lines(path, encoding) if line.strip()]
    best, most = ",", (0.0, 0)
    for separator in _SEPARATORS:
        rows = list(csv.reader(lines, delimiter=separator))
        first = len(rows[0]) if rows else 0
        # Some programs also write a separator after the last field of each row.
        fit = [len(r) == first or (len(r) == first + 1 and not r[-1].strip()) for r in rows]
        found = sum(fit) / max(len(fit), 1), first
        if first > 1 and found[0] > 0.5 and found > most:
            best, most = separator, found
    return best


def _extra_column(path: Path, options: dict[str, Any], separator: str) -> list[str] | None:
    """Returns the names of all columns if rows have one empty field more than the header.

    Raises:
        ValueError: If rows have more fields than the header; pandas would use them as the index.
    """
    if options.keys() & set(_SHAPE):
        return None
    quote = {"quotechar": options["quotechar"]} if options.get("quotechar") else {}
    lines = _lines(path, options["encoding"])
    reader = csv.reader(lines, delimiter=separator, **quote)
    header: list[str] = []
    longer = False
    for row in reader:
        if not header:  # skips leading empty lines
            header = row
        elif len(row) > len(header) + 1 or (len(row) > len(header) and row[-1].strip()):
            raise _too_many(path, reader.line_num, len(row), len(header))
        longer = longer or len(row) > len(header)
    if not longer:
        return None
    names = [name if name else f"Unnamed: {i}" for i, name in enumerate(header)]
    return None if len(set(names)) < len(names) else [*names, "field after the last separator"]


def _checked_empty(path: Path, table: pd.DataFrame, name: str) -> str:
    filled = table[name].notna().to_numpy(bool)
    if filled.any():
        raise _too_many(path, int(filled.argmax()) + 2, table.shape[1], table.shape[1] - 1)
    return name


def _without_nameless_end(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table without the empty column that a separator at the end of each line makes."""
    last = table.shape[1] - 1
    is_nameless = last > 0 and table.columns[last] == f"Unnamed: {last}"
    return table.iloc[:, :last] if is_nameless and table.iloc[:, last].isna().all() else table


def _too_many(path: Path, line: int, fields: int, header: int) -> ValueError:
    return invalid(
        "path",
        received=f"{str(path)!r} with {fields} fields in line {line} and {header} in the header",
        expected="as many fields in every line as in the header",
        fix="quote fields that contain separators; pass the right sep=';' or decimal=','; or "
        "pass index_col=0 if the header has no name for the index",
    )


def _with_codes(
    path: Path, table: pd.DataFrame, options: dict[str, Any], separator: str
) -> pd.DataFrame:
    """Restores leading zeros, long codes, and "NA" in columns of two-letter codes."""
    import pandas as pd
    from pandas.api import types

    has_zeros, has_na = _occur(path, options["encoding"], separator)
    if options.keys() & {"usecols", "index_col", "names"} or not table.columns.is_unique:
        return table
    columns = {name: table[name] for name in table}
    numbers = [n for n, v in columns.items() if (has_zeros and _is_whole(v)) or _are_cut(v)]
    texts = [n for n, v in columns.items() if has_na and types.is_string_dtype(v) and _are_codes(v)]
    if not numbers + texts:
        return table
    places = [table.columns.get_loc(name) for name in numbers + texts]
    as_text = {"dtype": str, "keep_default_na": False, "na_values": _MISSING}
    raw: pd.DataFrame = pd.read_csv(path, **options, **as_text, usecols=places)
    kept: dict[str, str] = {}
    for name in raw:
        if name in numbers and _padded(raw[name]):
            table[name] = raw[name].mask(raw[name].str.strip() == "NA")
            kept[name] = "leading zeros"
        elif name in numbers and _are_cut(table[name]):
            table[name] = _whole(raw[name], table[name])
        elif name in texts and (raw[name] == "NA").any():
            table[name] = raw[name]
            kept[name] = "'NA' as a code"
    if kept:
        named = ", ".join(f"{name!r} ({what})" for name, what in kept.items())
        first = next(iter(kept))
        warn(
            f"Columns of {path.name!r} are read as codes, not as numbers or missing values: "
            f"{named}. For numbers pass dtype={{{first!r}: 'float64'}}; for missing values "
            "na_values=['NA']."
        )
    return table


def _is_whole(values: pd.Series[Any]) -> bool:
    from pandas.api import types

    if not types.is_numeric_dtype(values) or types.is_bool_dtype(values):
        return False
    return not types.is_float_dtype(values) or bool((values.dropna() % 1 == 0).all())


def _are_cut(values: pd.Series[Any]) -> bool:
    """Returns whether gaps made floats of whole numbers that have more digits than floats do."""
    from pandas.api import types

    if not types.is_float_dtype(values) or not values.isna().any() or values.isna().all():
        return False
    known = values.dropna()
    return bool(known.abs().max() > 2**53 and (known % 1 == 0).all())


def _whole(texts: pd.Series[Any], read: pd.Series[Any]) -> pd.Series[Any]:
    """Returns texts as whole numbers if all are; what was read otherwise."""
    texts = texts.str.strip().mask(read.isna())
    if not texts.dropna().str.fullmatch(r"[+-]?\d{1,18}").all():
        return read
    import pandas as pd

    made = [pd.NA if gap else int(text) for text, gap in zip(texts, texts.isna(), strict=True)]
    return pd.Series(made, texts.index, dtype="Int64")


def _are_codes(values: pd.Series[Any]) -> bool:
    known = values.dropna().unique()
    codes = bool(len(known)) and all(_CODE.fullmatch(str(value)) for value in known)
    return codes and bool(values.isna().any())


def _padded(texts: pd.Series[Any]) -> bool:
    """Returns whether texts are integers, some with leading zeros."""
    known = texts[(texts.str.strip() != "NA") & texts.notna()]
    return bool(known.str.fullmatch(_ZEROS).any() and known.str.fullmatch(r"\s*[+-]?\d+\s*").all())


def _occur(path: Path, encoding: str, separator: str) -> tuple[bool, bool]:
    """Returns whether a file has fields with leading zeros, and whether it has fields "NA"."""
    if encoding.startswith("utf-16"):
        return True, True
    mark = re.escape(separator.encode())
    zeros = re.compile(rb"[\n\r\" " + mark + rb"][+-]?0\d")
    absent = re.compile(rb"(?<=[\n\r\"" + mark + rb"])NA(?:$|[\n\r\"" + mark + rb"])")
    found = [False, False]
    last = b"\n"  # as before the first field
    for block in _blocks(path):
        for i, (pattern, part) in enumerate(((zeros, b"0"), (absent, b"NA"))):
            searched = last + block
            # Most blocks have no such part, which is found faster than a pattern.
            found[i] = found[i] or (part in searched and pattern.search(searched) is not None)
        if all(found):
            break
        last = block[-8:]
    return found[0], found[1]


def _with_decimal_commas(table: pd.DataFrame) -> pd.DataFrame:
    """Converts columns with decimal commas to numbers."""
    from pandas.api import types

    # If other columns have decimal points, a comma between integers may separate two codes.
    points = any(types.is_float_dtype(d) and (v.dropna() % 1 != 0).any() for d, v in _typed(table))
    doubtful = []
    for name in table.select_dtypes(["object", "string"]):
        texts = table[name].dropna().astype(str)
        has = texts.str.contains(",", regex=False)
        if not has.any() or not texts.str.fullmatch(_COMMA).all():
            continue
        if points and not has.all():
            doubtful.append(name)
            continue
        plain = texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        table[name] = plain.astype("float64").reindex(table.index)
    if doubtful:
        warn(
            f"Columns {', '.join(map(repr, doubtful))} are read as text: their commas may "
            "separate codes, because other columns have decimal points. If they are numbers, "
            f"{hint(doubtful[0], 'numbers')}"
        )
    return table


def _typed(table: pd.DataFrame) -> Iterator[tuple[Any, pd.Series[Any]]]:
    return ((table.iloc[:, i].dtype, table.iloc[:, i]) for i in range(table.shape[1]))


def _tell_forms(table: pd.DataFrame, *, may_have_commas: bool) -> None:
    """Warns about text that would be a number without its sign, unit or commas."""
    for name in table.select_dtypes(["object", "string"]):
        texts = table[name].dropna()
        if not all(isinstance(text, str) for text in texts.iloc[:1000]):
            continue
        form = text_form(texts)
        if may_have_commas and texts.str.contains(",", regex=False).any():
            for pattern, option in ((_THOUSANDS, "thousands"), (_COMMA, "decimal")):
                if texts.str.fullmatch(pattern).all():
                    warn(
                        f"Column {name!r} holds text that may be numbers with commas. To get "
                        f"numbers, pass {option}=','."
                    )
                    break
        if form == "amounts of money" and texts.str.contains(_DECIMAL_COMMA).all():
            form = "amounts of money with decimal commas"
        if form is not None and form.startswith(("percentages", "amounts of money")):
            warn(f"Column {name!r} holds {form} as text. To get numbers, {hint(name, form)}.")
