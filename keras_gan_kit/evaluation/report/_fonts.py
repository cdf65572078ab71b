"""Finds fonts for characters that Matplotlib's default font lacks, such as Chinese or emoji."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def use_fonts_for_all_letters(figure: Any) -> None:
    """Adds system fonts to a figure's texts, as needed to show all characters.

    Args:
        figure: A Matplotlib figure, already drawn.
    """
    from matplotlib.text import Text

    texts = figure.findobj(Text)
    letters = {ord(letter) for text in texts for letter in text.get_text() if letter.isprintable()}
    families = _families(frozenset(letters))
    if len(families) > 1:
        for text in texts:
            text.set_fontfamily(list(families))


@lru_cache(maxsize=64)
def _families(letters: frozenset[int]) -> tuple[str, ...]:
    """Returns the fewest font families, the default first, that cover all available characters."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    default = rcParams["font.sans-serif"][0]
    missing = letters - _letters_of(findfont(FontProperties(family=default)))
    families = [default]
    if not missing:
        return tuple(families)
    # Upright fonts of normal weight; other styles have the same characters.
    fonts = {
        font.name: font.fname
        for font in fontManager.ttflist
        if font.style == "normal"
        and str(font.weight) in ("400", "normal", "regular", "book")
        and "lastresort" not in font.name.lower().replace(" ", "")  # shows boxes for all characters
    }
    while missing and fonts:
        best = max(sorted(fonts), key=lambda name: len(missing & _letters_of(fonts[name])))
        found = missing & _letters_of(fonts.pop(best))
        if not found:
            break
        families.append(best)
        missing -= found
    return tuple(families)


@lru_cache(maxsize=512)
def _letters_of(path: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        font.set_size(9.0, 100)  # color emoji fonts don't have this size
        return frozenset(font.get_charmap())
    except (RuntimeError, OSError):  # FreeType can't read the file
        return frozenset()
