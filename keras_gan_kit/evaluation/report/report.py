"""Defines the report that every comparison returns."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._files import written_atomically
from keras_gan_kit.evaluation.report._page import page
from keras_gan_kit.evaluation.report._score import is_score, worded_goal
from keras_gan_kit.evaluation.report._section import Section


class Report:
    """Holds scores and the sections that explain them.

    A notebook displays the report; `print(report)` prints the main scores.

    Args:
        title: The heading of the page.
        summary: The findings in plain language. Blank lines separate paragraphs.
        scores: A dict of JSON values. An entry is a score, `{"value", "goal", "range"}`, or a dict
            of scores. If a score can't be computed, its `value` is None and `"not_computable"`
            gives the reason. Scores that are not in a group are the main ones, shown at the top.
        sections: The sections of the page, in order.

    Raises:
        TypeError: If `scores` contains a value that JSON can't represent.
        ValueError: If a number in `scores` is not finite, or two figures have the same name.

    Example:
        >>> fit = {"value": 0.93, "goal": "maximize", "range": [0.0, 1.0]}
        >>> report = Report("Ages", summary="They agree.", scores={"fit": fit})
        >>> print(report)
        Ages
        They agree.
          fit: 0.930 (0 to 1, higher is better)
        >>> import tempfile
        >>> path = report.save(tempfile.mkdtemp())
        >>> path.name
        'report.html'
    """

    def __init__(
        self,
        title: str,
        *,
        summary: str,
        scores: Mapping[str, Any],
        sections: Sequence[Section] = (),
    ) -> None:
        self.title = title
        self.summary = summary
        self.scores = _plain(scores)
        self.sections = tuple(sections)
        self._main = {name: entry for name, entry in self.scores.items() if is_score(entry)}
        _check_names(self.sections)

    @classmethod
    def combined(
        cls,
        title: str,
        *,
        summary: str,
        parts: Mapping[str, Report],
        scores: Mapping[str, Any] | None = None,
        sections: Sequence[Section] = (),
    ) -> Report:
        """Combines several reports into one.

        Args:
            title: As in `Report`.
            summary: As in `Report`.
            parts: The reports by short names of letters, digits, `-` and `_`. `scores[name]` has
                the scores of a part. The name becomes a prefix of section titles and figure files.
            scores: Additional scores.
            sections: Additional sections, which come first.

        Returns:
            The combined report.

        Example:
            >>> part = Report("Rows", summary="", scores={})
            >>> Report.combined("All", summary="", parts={"table": part}).scores
            {'table': {}}
        """
        everything = dict(scores or {})
        together = list(sections)
        for name, part in parts.items():
            everything[name] = part.scores
            together.extend(_renamed(section, name) for section in part.sections)
        report = cls(title, summary=summary, scores=everything, sections=together)
        for name, part in parts.items():
            report._main |= {f"{name}: {key}": entry for key, entry in part._main.items()}
        return report

    def save(self, directory: str | Path) -> Path:
        """Writes the page, the figures and the scores.

        Files are written atomically, the page last. Existing files of the same names are replaced.

        Args:
            directory: The folder for `report.html`, a single self-contained file, for
                `scores.json`, and for `figures/*.png`. It is created if it does not exist.

        Returns:
            The path of the page.
        """
        directory = Path(directory)
        figures = directory / "figures"
        drawings = [drawing for section in self.sections for drawing in section.drawings]
        (figures if drawings else directory).mkdir(parents=True, exist_ok=True)
        for drawing in drawings:
            with written_atomically(figures / f"{drawing.name}.png") as unfinished:
                unfinished.write_bytes(drawing.png)
        scores = json.dumps(self.scores, indent=1, ensure_ascii=False, allow_nan=False)
        path = directory / "report.html"
        for target, text in ((directory / "scores.json", scores), (path, self._page())):
            with written_atomically(target) as unfinished:
                unfinished.write_text(text, encoding="utf-8")
        return path

    def __repr__(self) -> str:
        lines = [self.title, *([self.summary] if self.summary else [])]
        lines += [f"  {name}: {worded(entry)}" for name, entry in self._main.items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # An iframe separates the styles of the page from those of the notebook.
        source = html.escape(self._page(), quote=True)
        style = "width:100%;height:45rem;border:1px solid #ccc"
        return (
            f'<iframe title="{html.escape(self.title)}" style="{style}" srcdoc="{source}"></iframe>'
        )

    def _page(self) -> str:
        return page(self.title, self.summary, self._main, self.sections)


def worded(entry: Mapping[str, Any]) -> str:
    """Formats the value, range and goal of a score."""
    if entry["value"] is None:
        return f"not computable: {entry.get('not_computable', 'no reason given')}"
    low, high = entry["range"]
    bounded = low is not None and high is not None
    value = f"{entry['value']:.3f}" if bounded and high - low <= 2 else f"{entry['value']:.4g}"
    if "interval" in entry:
        value += " [{:.3f}, {:.3f}]".format(*entry["interval"])
    limits = f"{low:g} to {high:g}, " if bounded else ""
    return f"{value} ({limits}{worded_goal(entry)})"


def _plain(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Copies scores as plain JSON types."""
    details = {
        "expected": "dicts and lists of text, finite numbers, True, False and None",
        "fix": "convert arrays to lists, and NaN to entries with `not_computable`",
    }
    try:
        text = json.dumps(scores, allow_nan=False)
    except TypeError as error:
        raise wrong_type("scores", received=error, **details) from error
    except ValueError as error:
        raise invalid("scores", received=error, **details) from error
    plain: dict[str, Any] = json.loads(text)
    return plain


def _renamed(section: Section, name: str) -> Section:
    drawings = [replace(item, name=f"{name}-{item.name}") for item in section.drawings]
    title = f"{name[:1].upper()}{name[1:]}: {section.title}"
    return replace(section, title=title, drawings=drawings)


def _check_names(sections: Sequence[Section]) -> None:
    names = [drawing.name for section in sections for drawing in section.drawings]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(
            "sections",
            received=f"several figures named {', '.join(twice)}",
            expected="unique figure names, which are also file names",
            fix="rename one of them",
        )
