"""Defines the sections and figures of a report."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keras_gan_kit._errors import invalid
from keras_gan_kit.evaluation.report._fonts import use_fonts_for_all_letters

if TYPE_CHECKING:
    import pandas as pd


# Okabe and Ito's colors, which color-blind readers can distinguish. Real is always blue, synthetic
# always vermilion.
BLUE, VERMILION, GREEN, ORANGE, GRAY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#666666"
DOTS_PER_INCH = 120
# Overrides the user's Matplotlib settings; "$" in a column name doesn't start math text.
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Drawing:
    """One figure of a report.

    Args:
        name: The name of its PNG file, without the suffix: letters, digits, `-` and `_`; unique in
            the report.
        draw: A function that draws on an empty `matplotlib.figure.Figure` (constrained layout). It
            is called at most once, when the report is shown or saved, and must not use pyplot.
        reading: One or two sentences below the figure on how to read it.
        alt: A description of the figure for readers who cannot see it.
        size: Width and height in inches. Pages are 8 inches wide.

    Raises:
        ValueError: If `name` is not a valid file name on every platform.
    """

    name: str
    draw: Callable[[Any], None]
    reading: str
    alt: str
    size: tuple[float, float] = (8.0, 4.5)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise invalid(
                "name",
                received=repr(self.name),
                expected="only letters, digits, - and _",
                fix="name the figure after what it shows, not after a column",
            )

    @cached_property
    def png(self) -> bytes:
        """Returns the figure as the bytes of a PNG file."""
        import matplotlib
        from matplotlib.figure import Figure

        memory = io.BytesIO()
        with matplotlib.rc_context(), warnings.catch_warnings():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_STYLE)
            # Characters without a font are shown as boxes.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure = Figure(figsize=self.size, dpi=DOTS_PER_INCH, layout="constrained")
            self.draw(figure)
            use_fonts_for_all_letters(figure)
            figure.savefig(memory, format="png", metadata={"Software": None})
        return memory.getvalue()


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Args:
        title: The heading.
        reading: What is compared here, and how to read it. Blank lines separate paragraphs.
        drawings: Its figures.
        tables: `pandas.DataFrame` objects by their captions.
    """

    title: str
    reading: str
    drawings: Sequence[Drawing] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
