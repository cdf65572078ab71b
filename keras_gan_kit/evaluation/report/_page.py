"""Renders a report as a single self-contained HTML page."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keras_gan_kit.evaluation.report._score import worded_goal
from keras_gan_kit.evaluation.report._section import Drawing, Section

if TYPE_CHECKING:
    import pandas as pd


_PIXELS_PER_INCH = 96  # in CSS
_NARROWEST = 560  # pixels; in narrower windows figures scroll, so that text stays legible

_STYLE = """
:root { color-scheme: light; --line: #d0d5da; --soft: #f4f6f8; --real: #0072B2; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: #fff; color: #1b1f23;
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem;
  border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .5rem 0; }
nav ul { padding-left: 1.2rem; columns: 18rem; }
a { color: #005a8c; }
figure { margin: 1rem 0 1.5rem; }
figcaption, caption { color: #444; font-size: .9rem; text-align: left; padding: .35rem 0; }
caption { font-weight: 600; }
.scroll { overflow: auto; max-width: 100%; }
.scroll.tall { max-height: 30rem; }
.scroll:focus-visible { outline: 2px solid var(--real); }
img { display: block; height: auto; width: 100%; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
.scroll th, .scroll td { overflow-wrap: normal; }
thead th { position: sticky; top: 0; background: var(--soft); }
.scores td:nth-child(2) { white-space: nowrap; }
.bar { display: block; width: 7rem; height: .5rem; margin-top: .3rem; background: #e3e7eb; }
.bar span { display: block; height: 100%; background: var(--real); }
footer { margin-top: 3rem; color: #555; font-size: .85rem; }
@media (max-width: 40rem) {
  body { padding: .75rem; }
  .scores thead { display: none; }
  .scores, .scores tbody, .scores tr, .scores th, .scores td { display: block; border: 0; }
  .scores th, .scores td { padding: .1rem 0; }
  .scores tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .scroll, .scroll.tall { overflow: visible; max-height: none; }
  thead th { position: static; }
  table { font-size: 8pt; }
  img { min-width: 0 !important; max-height: 24cm; object-fit: contain; object-position: left; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def page(title: str, summary: str, main: Mapping[str, Any], sections: Sequence[Section]) -> str:
    """Returns the page, with all text escaped.

    Args:
        title: The heading.
        summary: Paragraphs, separated by blank lines.
        main: The scores to show at the top.
        sections: The sections of the page.

    Returns:
        A complete HTML document with embedded figures.
    """
    from keras_gan_kit import __version__

    links = "".join(
        f'<li><a href="#part-{i}">{html.escape(section.title)}</a></li>'
        for i, section in enumerate(sections)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{html.escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
{_paragraphs(summary)}
{_scores(main)}
{f'<nav aria-label="Sections"><ul>{links}</ul></nav>' if len(sections) > 1 else ""}
{"".join(_section(i, section) for i, section in enumerate(sections))}
</main>
<footer>Made with keras_gan_kit {html.escape(__version__)}. All scores are in scores.json.</footer>
</body>
</html>
"""


def _paragraphs(text: str) -> str:
    blocks = [block.strip() for block in text.split("\n\n")]
    return "\n".join(f"<p>{html.escape(block)}</p>" for block in blocks if block)


def _scores(main: Mapping[str, Any]) -> str:
    if not main:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name.replace("_", " "))}</th>{_value(entry)}'
        f"<td>{html.escape(_goal(entry))}</td></tr>"
        for name, entry in main.items()
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("score", "value", "goal"))
    return f'<table class="scores"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _goal(entry: Mapping[str, Any]) -> str:
    low, high = entry["range"]
    limits = "" if low is None or high is None else f" (between {low:g} and {high:g})"
    floor = f"; real samples reach {entry['floor']:.4g}" if "floor" in entry else ""
    return worded_goal(entry) + limits + floor


def _value(entry: Mapping[str, Any]) -> str:
    value, (low, high) = entry["value"], entry["range"]
    if value is None:
        return f"<td>not computable: {html.escape(entry.get('not_computable', ''))}</td>"
    text = f"{value:.4g}"
    if "interval" in entry:
        text += " [{:.4g}, {:.4g}]".format(*entry["interval"])
    bar = ""
    if low is not None and high is not None and high > low:
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        bar = f'<span class="bar" aria-hidden="true"><span style="width:{share:.1%}"></span></span>'
    return f"<td>{text}{bar}</td>"


def _section(number: int, section: Section) -> str:
    parts = [_figure(drawing) for drawing in section.drawings]
    parts += [_table(caption, table) for caption, table in section.tables.items()]
    return (
        f'<section id="part-{number}">\n<h2>{html.escape(section.title)}</h2>\n'
        f"{_paragraphs(section.reading)}\n{''.join(parts)}</section>\n"
    )


def _figure(drawing: Drawing) -> str:
    width = round(drawing.size[0] * _PIXELS_PER_INCH)
    style = f"max-width:{width}px;min-width:{min(width, _NARROWEST)}px"
    source = base64.b64encode(drawing.png).decode("ascii")
    alt = html.escape(drawing.alt, quote=True)
    return (
        f'<figure><div class="scroll" tabindex="0" role="group" aria-label="{alt}">'
        f'<img style="{style}" alt="{alt}" src="data:image/png;base64,{source}"></div>'
        f"<figcaption>{html.escape(drawing.reading)}</figcaption></figure>\n"
    )


def _table(caption: str, table: pd.DataFrame) -> str:
    import pandas as pd

    label = html.escape(caption, quote=True)
    # Overrides the user's pandas settings, which might shorten names.
    with pd.option_context("display.max_colwidth", None, "display.html.table_schema", False):
        body = table.to_html(border=0, escape=True, na_rep="", float_format=lambda x: f"{x:.4g}")
    body = body.replace("<thead>", f"<caption>{label}</caption><thead>", 1)
    tall = " tall" if len(table) > 14 else ""
    return (
        f'<div class="scroll{tall}" tabindex="0" role="group" aria-label="{label}">{body}</div>\n'
    )
