"""Columns that number or name the rows of a table, and describe nothing."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype, is_string_dtype

from keras_gan_kit.data._text_forms import text_form

_TELLING = {"id", "key", "no", "nr", "number", "mrn"}
_COUNTS = {"no", "nr", "number"}  # with "of" after them
# "PatientID" has two words, as "patient_id" and "patient id" have.
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+")
# In fewer rows measurements, too, often differ or step by a constant.
_FEWEST_ROWS = 10
_FIRST = 1000  # rows that show in most columns that values repeat


def key_columns(frame: pd.DataFrame) -> list[str]:
    """Returns the columns of a table that are keys.

    A key numbers or names rows, and carries no information about them. All its values differ, and
    they are one of these:

    - text, unless every text is a date, a time, a percentage or a number with decimals;
    - whole numbers that, sorted, step by a constant, such as 10001, 10002, 10003;
    - whole numbers under a name with the word id, key, no, nr, number or mrn: "patient_id",
      "PatientID", "record no".

    Without such a name, a table of fewer than 10 rows is too small to tell. Missing values are not
    counted, as long as most rows have a value; numbers that are keys only because they step by a
    constant have none.

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
    """Returns whether a column's name says that it is a key. "number of visits" is a count."""
    parts = [part for word in _WORD.findall(str(name)) for part in _CAMEL.findall(word)]
    words = [part.lower() for part in parts]
    return any(
        word in _TELLING and not (word in _COUNTS and after == "of")
        for word, after in zip(words, [*words, ""][1:], strict=True)
    )


def _is_key(name: object, values: pd.Series[Any]) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.dtype.ordered:
            return False
        values = values.astype(values.dtype.categories.dtype)
    elif str(values.dtype).startswith("dictionary"):  # Arrow's
        values = values.astype(object)
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
    """Returns values without missing ones as integers, or None if they are something else."""
    dtype = known.dtype
    if is_bool_dtype(dtype) or not (is_numeric_dtype(dtype) or is_object_dtype(dtype)):
        return None
    numbers: NDArray[Any] = known.to_numpy(getattr(dtype, "numpy_dtype", None))
    if isinstance(dtype, pd.SparseDtype):
        numbers = np.asarray(known)
    if numbers.dtype.kind in "iu":
        return numbers
    if numbers.dtype.kind == "f":
        return (
            numbers
            if bool(np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all())
            else None
        )
    # Objects: Python's integers have no largest one, and are subtracted exactly.
    whole = all(
        isinstance(value, int | np.integer) and not isinstance(value, bool) for value in numbers
    )
    return np.array([int(value) for value in numbers], object) if whole else None


def _may_be_key(dtype: Any) -> bool:
    if is_bool_dtype(dtype) or getattr(dtype, "kind", "") in "mMc":
        return False
    return bool(is_numeric_dtype(dtype) or is_object_dtype(dtype) or is_string_dtype(dtype))


def _are_texts(known: pd.Series[Any]) -> bool:
    """Returns whether every value is text, or a whole number beside text."""
    if not is_object_dtype(known.dtype):
        return bool(is_string_dtype(known.dtype))
    return all(isinstance(value, str | int) and not isinstance(value, bool) for value in known)


def _repeats(known: pd.Series[Any]) -> bool:
    try:
        return bool(known.duplicated().any())
    except TypeError:  # lists and dicts, which pandas cannot compare
        return True
