"""Finds the key columns of a table, which only identify rows, and generates keys."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype, is_string_dtype

from keras_gan_kit._errors import invalid
from keras_gan_kit.data._column_dtypes import without_dictionary
from keras_gan_kit.data._text_forms import text_form

_TELLING = {"id", "key", "no", "nr", "number", "nummer", "mrn", "pid", "uid", "guid", "uuid"}
_TELLING |= {"identifier", "kennung", "schlüssel", "schluessel"}
_COUNTS = {"no", "nr", "number"}  # counts, if followed by "of"
# German compounds are one word: "Patientennummer", "Fallnr". "num" before a noun is a count.
_ENDS = re.compile(r"\w{3,}(nummer|nr|kennung|schlüssel|schluessel)")
_JOINED = re.compile(
    r"(patient|subject|case|record|row|sample|study|visit|user|person|client|member|order|hospital|"
    r"encounter|participant|fall|proband(en)?|pat|kunden)(id|no|num)|idnr"
)
# "PatientID" is two words, like "patient_id" and "patient id".
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+")
# With fewer rows, measurements also often differ or step by a constant.
_FEWEST_ROWS = 10
_FIRST = 1000  # enough rows to see that values repeat in most columns


def key_columns(frame: pd.DataFrame) -> list[str]:
    """Returns the key columns of a table.

    A key identifies rows and carries no other information about them. All its values differ, and
    they are one of these:

    - text, unless all of it is dates, times, percentages or numbers with decimals;
    - integers that, sorted, step by a constant, such as 10001, 10002, 10003;
    - integers in a column whose name has a word such as id, key, no, nr, number or mrn:
      "patient_id", "PatientID", "record no", "Patientennummer".

    Without such a name, a table of fewer than 10 rows is too small to decide. Missing values are
    ignored if most rows have a value; but integers that are keys only because they step by a
    constant must have none missing.

    Args:
        frame: A table; its columns may be of any dtype.

    Example:
        >>> frame = pd.DataFrame({"patient_id": [17, 3, 12], "age": [61, 61, 70]})
        >>> key_columns(frame)
        ['patient_id']
    """
    columns = zip(frame.columns, range(frame.shape[1]), strict=True)
    return [name for name, place in columns if _is_key(name, frame.iloc[:, place])]


def has_telling_name(name: object) -> bool:
    """Returns whether a column's name suggests a key. "number of visits" is a count."""
    parts = [part for word in _WORD.findall(str(name)) for part in _CAMEL.findall(word)]
    words = [part.lower() for part in parts]
    if len(words) > 1 and words[-1] == "num":
        return True
    return any(
        (word in _TELLING or _ENDS.fullmatch(word) or _JOINED.fullmatch(word))
        and not (word in _COUNTS and after == "of")
        for word, after in zip(words, [*words, ""][1:], strict=True)
    )


def _is_key(name: object, values: pd.Series[Any]) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.dtype.ordered:
            return False
        values = values.astype(object)  # integers can't be missing
    values = without_dictionary(values)
    is_telling = has_telling_name(name)
    if len(values) < (2 if is_telling else _FEWEST_ROWS) or not _may_be_key(values.dtype):
        return False
    known = values.dropna()
    if 2 * len(known) <= len(values) or _repeats(known.iloc[:_FIRST]) or _repeats(known):
        return False
    numbers = whole_numbers(known)
    if numbers is None:
        texts = known.map(str) if _are_texts(known) else None
        return texts is not None and text_form(texts) is None
    if is_telling:
        return True
    steps = np.diff(np.sort(numbers))
    return len(known) == len(values) and bool((steps == steps[0]).all())


def whole_numbers(known: pd.Series[Any]) -> NDArray[Any] | None:
    """Returns non-missing values as integers, or None if they are not integers."""
    dtype = known.dtype
    if is_bool_dtype(dtype) or not (is_numeric_dtype(dtype) or is_object_dtype(dtype)):
        return None
    numbers: NDArray[Any] = known.to_numpy(getattr(dtype, "numpy_dtype", None))
    if isinstance(dtype, pd.SparseDtype):
        numbers = np.asarray(known)
    if numbers.dtype.kind in "iu":
        return numbers
    if numbers.dtype.kind == "f":
        is_whole = np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all()
        return numbers if is_whole else None
    # An object array, because Python's integers don't overflow.
    if all(
        isinstance(value, int | np.integer) and not isinstance(value, bool) for value in numbers
    ):
        return np.array([int(value) for value in numbers], object)
    return None


def _may_be_key(dtype: Any) -> bool:
    if is_bool_dtype(dtype) or getattr(dtype, "kind", "") in "mMc":
        return False
    return bool(is_numeric_dtype(dtype) or is_object_dtype(dtype) or is_string_dtype(dtype))


def _are_texts(known: pd.Series[Any]) -> bool:
    """Returns whether every value is text, or an integer mixed with text."""
    if not is_object_dtype(known.dtype):
        return bool(is_string_dtype(known.dtype))
    return all(isinstance(value, str | int) and not isinstance(value, bool) for value in known)


def _repeats(known: pd.Series[Any]) -> bool:
    try:
        return bool(known.duplicated().any())
    except TypeError:  # pandas can't compare lists and dicts
        return True


_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)
_LOWER_HEX, _UPPER_HEX = "0123456789abcdef", "0123456789ABCDEF"
_ALPHABETS = (
    string.digits,
    _LOWER_HEX,
    _UPPER_HEX,
    string.ascii_lowercase,
    string.ascii_uppercase,
    string.digits + string.ascii_uppercase,
    string.digits + string.ascii_lowercase,
    string.digits + string.ascii_uppercase + string.ascii_lowercase,
)
_ROOM = 10**12  # keys to generate before the leading characters change


@dataclass(frozen=True)
class KeyForm:
    """Generates new keys in the form of a column's keys.

    Args:
        prefix: The text before the number; None for keys that are numbers.
        suffix: The text after it.
        start: The number in the key of row 0.
        step: The increment of the number from row to row.
        digits: The number of digits, with leading zeros.
        alphabets: For codes such as "7f3a-09": the characters allowed at each position, used
            instead of decimal digits.
    """

    prefix: str | None
    suffix: str = ""
    start: int = 0
    step: int = 1
    digits: int = 1
    alphabets: Sequence[str] | None = None

    @classmethod
    def of(cls, name: str, known: pd.Series[Any]) -> KeyForm:
        """Infers the form of a key from its distinct values `known`."""
        if isinstance(known.dtype, pd.CategoricalDtype):
            known = known.astype(known.dtype.categories.dtype)
        known = without_dictionary(known)
        numbers = whole_numbers(known)
        if numbers is not None:
            whole = sorted(int(number) for number in numbers)
            step = _step(whole)
            return cls(None, start=whole[-1] + step, step=step)
        texts = [str(value) for value in known]
        return _numbered(texts) or _code(texts) or _named(name, texts)

    def make(self, rows: NDArray[np.int64], name: str) -> list[Any]:
        """Returns a unique key for each row.

        Args:
            rows: The indices of the rows.
            name: The name of the column.
        """
        numbers = [self.start + self.step * int(row) for row in rows]
        if self.prefix is None:
            return numbers
        if self.alphabets is None:
            return [f"{self.prefix}{number:0{self.digits}}{self.suffix}" for number in numbers]
        total = prod(map(len, self.alphabets))
        if numbers and numbers[-1] >= total:
            raise invalid(
                "matrix",
                received=f"row {int(rows[-1])} of a table with the key {name!r}",
                expected=f"at most {total - self.start} rows, because there are no more keys of "
                "this form",
                fix=f"pass drop=[{name!r}] to the TableTransformer, and add your own key",
            )
        return [_spelled(number, self.alphabets) for number in numbers]


def _step(whole: list[int]) -> int:
    """Returns the step between sorted numbers, or 1 if it varies."""
    steps = {after - before for before, after in pairwise(whole)}
    return steps.pop() if len(steps) == 1 else 1


def _numbered(texts: list[str]) -> KeyForm | None:
    """Returns the form of texts that differ only in a number."""
    found = [_NUMBERED.fullmatch(text) for text in texts]
    parts = [match.groups() for match in found if match]
    if len(parts) < len(texts) or len({(before, after) for before, _, after in parts}) > 1:
        return None
    digits = [number for _, number, _ in parts]
    is_filled = any(number != "0" and number.startswith("0") for number in digits)
    whole = sorted(map(int, digits))
    return KeyForm(
        parts[0][0],
        parts[0][2],
        whole[-1] + _step(whole),
        _step(whole),
        min(map(len, digits)) if is_filled else 1,
    )


def _code(texts: list[str]) -> KeyForm | None:
    """Returns the form of codes of equal length."""
    is_plain = all(text.isascii() and text.isprintable() for text in texts)
    if len(set(map(len, texts))) > 1 or not is_plain:
        return None
    used = [set(places) for places in zip(*texts, strict=True)]
    alphabets = []
    for characters in used:
        fitting = (a for a in _ALPHABETS if characters <= set(a))
        alphabets.append("".join(characters) if len(characters) == 1 else next(fitting, None))
    if None in alphabets:
        return None
    chosen = [alphabet for alphabet in alphabets if alphabet is not None]
    largest = max(_number(text, chosen) for text in texts)
    block, total = 1, prod(map(len, chosen))
    # The next block has other leading characters, so new keys don't reveal the largest key.
    for alphabet in reversed(chosen):
        if (
            block >= _ROOM
            or (largest // (block * len(alphabet)) + 2) * block * len(alphabet) > total
        ):
            break
        block *= len(alphabet)
    start = (largest // block + 1) * block
    return KeyForm("", start=start, alphabets=chosen) if total - start >= 10 * len(texts) else None


def _named(name: str, texts: list[str]) -> KeyForm:
    prefix = f"{name} "
    while any(text.startswith(prefix) for text in texts):
        prefix = f"new {prefix}"
    return KeyForm(prefix, start=1)


def _number(text: str, alphabets: Sequence[str]) -> int:
    number = 0
    for character, alphabet in zip(text, alphabets, strict=True):
        number = number * len(alphabet) + alphabet.index(character)
    return number


def _spelled(number: int, alphabets: Sequence[str]) -> str:
    characters = []
    for alphabet in reversed(alphabets):
        number, place = divmod(number, len(alphabet))
        characters.append(alphabet[place])
    return "".join(reversed(characters))
