"""Recognizes text columns that hold dates, times, percentages, amounts of money or numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
_ZONE = r"(\s?(Z|UTC|[+-]\d{2}:?(\d{2})?))?"
_AMOUNT = r"[+-]?\d+([.,' ]\d{3})*([.,]\d+)?"
_MONEY = r"[$€£¥₽₹]|USD|EUR|GBP|CHF"
# A column has a form if every text in it matches.
_FORMS = {
    "ISO dates": re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_TIME}{_ZONE})?"),
    "dates": re.compile(rf"\d{{1,4}}([./-])\d{{1,2}}\1\d{{1,4}}([T ]{_TIME}{_ZONE})?"),
    "times of day": re.compile(_TIME),
    "percentages": re.compile(rf"{_AMOUNT}\s?%"),
    "amounts of money": re.compile(rf"[+-]?({_MONEY})\s?{_AMOUNT}|{_AMOUNT}\s?({_MONEY})"),
    "numbers": re.compile(r"[+-]?(\d+[.,]\d+|\d{1,3}([,. ']\d{3})+([.,]\d+)?|\d+[eE][+-]?\d+)"),
}
_FIRST = 1000  # texts to check before checking all


def text_form(texts: pd.Series[Any]) -> str | None:
    """Returns the form that all texts of a column have, or None if they are plain text.

    Whole numbers, such as "0042", are plain text: they may be codes.

    Args:
        texts: Strings, none of them missing.

    Returns:
        "ISO dates", "dates", "times of day", "percentages", "amounts of money", "numbers" or None.

    Example:
        >>> import pandas as pd
        >>> text_form(pd.Series(["2024-05-01", "2023-12-24"])), text_form(pd.Series(["5%", "12 %"]))
        ('ISO dates', 'percentages')
    """
    if not len(texts):
        return None
    for form, pattern in _FORMS.items():
        for some in (texts.iloc[:_FIRST], texts):
            if not all(pattern.fullmatch(text.strip()) for text in some.unique()):
                break
        else:
            return form
    return None


def hint(name: str, form: str | None) -> str | None:
    """Returns advice on converting a column of this form."""
    column = f"table[{name!r}]"
    fixes = {
        "ISO dates": f"pass parse_dates=[{name!r}] to read_table, or convert it: {column} = "
        f"pandas.to_datetime({column})",
        "dates": f"convert it: {column} = pandas.to_datetime({column}, dayfirst=...)",
        "times of day": f"convert it: {column} = pandas.to_timedelta({column} + ':00')",
        "percentages": f"convert it: {column} = {column}.str.rstrip('% ').astype(float)",
        "amounts of money": f"convert it: {column} = "
        f"{column}.str.replace(r'[^0-9.-]', '', regex=True).astype(float)",
        "amounts of money with decimal commas": f"convert it: {column} = {column}.str.replace("
        "r'[^0-9,-]', '', regex=True).str.replace(',', '.').astype(float)",
        "numbers": f"convert it: {column} = pandas.to_numeric({column}.str.replace(',', '.'))",
    }
    return fixes.get(form or "")
